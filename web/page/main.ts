/**
 * The page: a pad to draw on, a network that learns, and what is inside it.
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import { DEFAULTS, describe, type RunConfig } from "../shared/run_config.ts";
import { Answer } from "./answer.ts";
import { centre } from "./centre.ts";
import { Controls } from "./controls.ts";
import { Curves } from "./curves.ts";
import { DEMONSTRATION } from "./demonstration.ts";
import { element } from "./dom.ts";
import { addEpoch } from "./epochs.ts";
import { download, onChoice, onRunFolder } from "./files.ts";
import { Inside } from "./inside.ts";
import { Hints } from "./hints.ts";
import { DeviceSwitch } from "./device_switch.ts";
import { type FromLearning, Learning } from "./learning.ts";
import { noteData, noteEngine, noteKept, problem } from "./notes.ts";
import { Pad } from "./pad.ts";
import { paintDigit } from "./paint.ts";
import { Reader } from "./reading.ts";
import { startPage, startWorker } from "./start.ts";
import { fetchTrained } from "./trained.ts";

/** A network that can answer. */
interface Answering {
  config: RunConfig;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The networks that the user chooses between. */
type Who = "trained" | "learning";

/** Everything on the page, wired. */
class Page {
  readonly #answer = new Answer();
  readonly #curves = new Curves();
  readonly #inside = new Inside();
  readonly #hints = new Hints(() => this.#controls.restart());
  readonly #seen = element("seen", HTMLCanvasElement);
  readonly #epochs = element("epochs", HTMLTableElement);
  readonly #learning: Learning;
  readonly #devices: DeviceSwitch;
  readonly #reader: Reader;
  readonly #controls: Controls;
  readonly #pad: Pad;
  readonly #networks: { [W in Who]?: Answering } = {};
  #who: Who = "trained";
  /** Whether the user has said who shall answer; until then the page does. */
  #chosen = false;
  #image: Float32Array<ArrayBuffer> | null = null;

  /** Starts both workers. */
  constructor(kernels: KernelBuild | undefined) {
    this.#reader = new Reader(
      startWorker("reader", "reads drawings", import.meta.url),
      kernels,
      ({ probabilities, layers, milliseconds }) => {
        this.#answer.show(probabilities);
        this.#inside.activations(layers);
        if (milliseconds !== null) {
          element("speed").textContent = `answered in ${milliseconds.toFixed(1)} ms`;
        }
      },
      problem,
    );
    const config = DEFAULTS.mlp;
    const dataUrl = new URL("data/index.json", import.meta.url).href;
    this.#learning = new Learning(
      startWorker("trainer", "learns", import.meta.url),
      config,
      { kernels, dataUrl },
      (message) => this.#take(message),
    );
    this.#devices = new DeviceSwitch("samples", (device) => {
      problem(null);
      this.#learning.moveTo(device);
    });
    this.#controls = new Controls(config, {
      run: (steps) => {
        problem(null);
        if (!this.#chosen) this.#switchTo("learning");
        this.#learning.run(steps);
      },
      pause: () => this.#learning.pause(),
      reset: (config) => this.#learning.reset(config),
      rates: (lr, momentum) => this.#learning.rates(lr, momentum),
    });
    this.#pad = new Pad(element("pad", HTMLCanvasElement), (since) => this.#drawn(since));
    this.#connect();
  }

  /** Fetches the network that comes with the page, and shows what it can. */
  async open(): Promise<void> {
    const { config, accuracy, bytes } = await fetchTrained(
      new URL("digits.safetensors", import.meta.url).href,
    );
    this.#networks.trained = { config, bytes };
    const right = accuracy === undefined ? "" : `, ${(100 * accuracy).toFixed(1)} % right`;
    element("trained-about").textContent = `: ${describe(config)}${right}`;
    this.#switchTo(this.#who);
    if (this.#image === null) this.#pad.show(DEMONSTRATION);
  }

  #connect(): void {
    const tell = (error: Error) => problem(error.message);
    element("undo").addEventListener("click", () => this.#learning.undo());
    element("clear").addEventListener("click", () => this.#pad.clear());
    element("sample").addEventListener("click", () => {
      this.#learning.sample().then((sample) => sample && this.#showSample(sample), tell);
    });
    for (const input of document.querySelectorAll<HTMLInputElement>("input[name=who]")) {
      input.addEventListener("change", () => {
        this.#chosen = true;
        this.#switchTo(input.value as Who);
      });
    }
    for (const what of ["checkpoint", "weights"] as const) {
      element(`save-${what}`).addEventListener("click", () => {
        this.#learning.file(what).then(({ name, bytes }) => download(name, bytes), tell);
      });
    }
    onChoice("open", ([file]) => {
      problem(null);
      this.#learning.open(file!);
    });
    onRunFolder("open-folder", (weights, config, folder) => {
      if (weights === null) {
        return problem(
          `${folder}: a run's folder has weights.safetensors: this one has none; of an ensemble, ` +
            `open the folder of one of its networks, such as seed-0`,
        );
      }
      problem(null);
      this.#learning.open(weights, config);
    });
    onChoice("images", (files) => {
      problem(null);
      this.#learning.images(files);
    });
  }

  #take(message: FromLearning): void {
    switch (message.type) {
      case "problem":
        return problem(message.text);
      case "data":
        element("sample", HTMLButtonElement).disabled = message.total === 0;
        return noteData(message);
      case "run":
        noteEngine(message.engine.kernels, message.engine.threads);
        this.#devices.show(message.device);
        document.body.dataset.device = message.device;
        if (message.isNew) this.#begin(message.config, message.engine.parameters);
        return;
      case "state":
        return this.#state(message);
      case "progress": {
        const { epoch, samples, epochSamples, totalSteps, recentLoss } = message.progress;
        element("loss").textContent = recentLoss.toFixed(4);
        element("epoch").textContent = (epoch + samples / epochSamples).toFixed(2);
        element("save-checkpoint", HTMLButtonElement).disabled = false;
        this.#devices.rate(message.device, message.progress.samplesPerSecond);
        this.#hints.learnt(totalSteps, recentLoss, this.#controls.rates);
        return this.#curves.learnt(totalSteps, recentLoss);
      }
      case "report": {
        const { images, accuracy } = message.report;
        element("accuracy").textContent = `${(100 * accuracy).toFixed(2)} %`;
        element("judged").textContent = ` (of ${images.toLocaleString("en")})`;
        this.#curves.judged(message.report);
        return this.#inside.report(message.report);
      }
      case "epoch":
        return addEpoch(this.#epochs, message.row);
      case "weights":
        this.#inside.weights(message.pictures);
        this.#networks.learning = { config: message.config, bytes: message.bytes };
        if (this.#who === "learning") this.#switchTo("learning");
        return;
      case "kept":
        return noteKept(message);
      case "diverged":
        return this.#hints.diverged(this.#controls.rates.lr);
    }
  }

  #showSample({ image: bytes, label }: { image: Uint8Array; label: number }): void {
    const image = Float32Array.from(bytes, (byte) => byte / 255);
    this.#pad.showImage(image);
    element("truth").textContent = `One of the images to judge by: it is a ${label}.`;
    this.#look(image, performance.now());
  }

  /** Another run: its form, and nothing learnt yet. */
  #begin(config: RunConfig, parameters: number): void {
    this.#controls.show(config);
    this.#hints.clear();
    this.#curves.clear();
    this.#inside.clear();
    this.#epochs.tBodies[0]!.replaceChildren();
    for (const id of ["accuracy", "loss", "rate", "epoch"]) element(id).textContent = "–";
    element("judged").textContent = "";
    element("size").textContent = `${parameters.toLocaleString("en")} weights to learn.`;
  }

  #state({ state, steps, hash }: FromLearning & { type: "state" }): void {
    this.#controls.state(state, steps);
    document.body.dataset.state = state;
    document.body.dataset.steps = String(steps);
    element("save-weights", HTMLButtonElement).disabled = state === "waiting";
    element("save-checkpoint", HTMLButtonElement).disabled = steps === 0;
    element("hash").hidden = hash === undefined;
    element("hash").textContent = `SHA-256 of the weights: ${hash}`;
  }

  /** Something was drawn; `since` when the user did it, null where nobody did. */
  #drawn(since: number | null): void {
    element("truth").textContent = "";
    element("pad-hint").hidden = this.#pad.strokes.length > 0;
    if (this.#pad.strokes.length > 0) return this.#look(centre(this.#pad.strokes), since);
    this.#image = null;
    this.#reader.forget();
    this.#answer.clear();
    paintDigit(this.#seen, new Float32Array(784));
    element("speed").textContent = "\u00a0";
  }

  #look(image: Float32Array<ArrayBuffer>, since: number | null): void {
    element("pad-hint").hidden = true;
    this.#image = image;
    paintDigit(this.#seen, image);
    this.#reader.ask(image, since);
  }

  /** Lets another network answer, or the same with newer weights. */
  #switchTo(who: Who): void {
    this.#who = who;
    for (const input of document.querySelectorAll<HTMLInputElement>("input[name=who]")) {
      input.checked = input.value === who;
    }
    const network = this.#networks[who];
    if (network === undefined) return;
    this.#reader.use(network.config, network.bytes);
    if (this.#image !== null) this.#reader.ask(this.#image, null);
  }
}

await startPage((kernels) => new Page(kernels).open());
