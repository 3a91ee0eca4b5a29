/**
 * The page: a pad to draw on, a network that learns, and what is inside it.
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import type { FromTrainer, ToTrainer } from "../shared/protocol.ts";
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
import { noteData, noteEngine, noteKept, notLoaded, problem } from "./notes.ts";
import { Pad } from "./pad.ts";
import { paintDigit } from "./paint.ts";
import { Reader } from "./reading.ts";
import { unsupported } from "./support.ts";
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
  readonly #trainer: Worker;
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
    const start = (name: string, what: string) => {
      const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name });
      // An error of the program itself has a message; that there is no program has none.
      worker.addEventListener("error", (event) => {
        if (event.message === undefined || event.message === "") notLoaded(what);
        else problem(event.message);
      });
      return worker;
    };
    this.#reader = new Reader(
      start("reader", "reads drawings"),
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
    this.#trainer = start("trainer", "learns");
    this.#trainer.onmessage = ({ data }: MessageEvent<FromTrainer>) => this.#take(data);
    const config = DEFAULTS.mlp;
    const dataUrl = new URL("data/index.json", import.meta.url).href;
    this.#post({ type: "open", kernels, dataUrl, config });

    this.#controls = new Controls(config, {
      run: (steps) => {
        problem(null);
        if (!this.#chosen) this.#switchTo("learning");
        this.#post(steps === undefined ? { type: "run" } : { type: "run", steps });
      },
      pause: () => this.#post({ type: "pause" }),
      reset: (config) => this.#post({ type: "reset", config }),
      rates: (lr, momentum) => this.#post({ type: "rates", lr, momentum }),
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
    element("undo").addEventListener("click", () => this.#post({ type: "undo" }));
    element("clear").addEventListener("click", () => this.#pad.clear());
    element("sample").addEventListener("click", () => this.#post({ type: "sample" }));
    for (const input of document.querySelectorAll<HTMLInputElement>("input[name=who]")) {
      input.addEventListener("change", () => {
        this.#chosen = true;
        this.#switchTo(input.value as Who);
      });
    }
    for (const what of ["checkpoint", "weights"] as const) {
      element(`save-${what}`).addEventListener("click", () => this.#post({ type: "save", what }));
    }
    onChoice("open", ([file]) => {
      problem(null);
      this.#post({ type: "load", file: file! }, [file!.bytes]);
    });
    onRunFolder("open-folder", (weights, config, folder) => {
      if (weights === null) {
        return problem(
          `${folder}: a run's folder has weights.safetensors: this one has none; of an ensemble, ` +
            `open the folder of one of its networks, such as seed-0`,
        );
      }
      problem(null);
      this.#post({ type: "load", file: weights, config }, [weights.bytes]);
    });
    onChoice("images", (files) => {
      problem(null);
      this.#post({ type: "data", files }, files.map(({ bytes }) => bytes));
    });
  }

  #post(message: ToTrainer, transfer: Transferable[] = []): void {
    this.#trainer.postMessage(message, transfer);
  }

  #take(message: FromTrainer): void {
    switch (message.type) {
      case "open":
        return noteEngine(message.kernels, message.threads);
      case "problem":
        return problem(message.text);
      case "data":
        element("sample", HTMLButtonElement).disabled = false;
        return noteData(message);
      case "config":
        return this.#begin(message.config, message.parameters);
      case "state":
        return this.#state(message);
      case "progress": {
        const { epoch, steps, loss, samplesPerSecond } = message.progress;
        element("loss").textContent = loss.toFixed(4);
        element("rate").textContent = Math.round(samplesPerSecond).toLocaleString("en");
        element("epoch").textContent = epoch.toFixed(2);
        element("save-checkpoint", HTMLButtonElement).disabled = false;
        this.#hints.learnt(steps, loss, this.#controls.rates);
        return this.#curves.learnt(steps, loss);
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
      case "file":
        return download(message.name, message.bytes);
      case "sample": {
        const image = Float32Array.from(message.image, (byte) => byte / 255);
        this.#pad.showImage(image);
        element("truth").textContent = `One of the images to judge by: it is a ${message.label}.`;
        return this.#look(image, performance.now());
      }
      case "kept":
        return noteKept(message.run);
      case "diverged":
        return this.#hints.diverged(this.#controls.rates.lr);
    }
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

  #state({ state, steps, hash }: FromTrainer & { type: "state" }): void {
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

/** The build that the address asks for: `?kernels=strict`; the engine decides without it. */
function kernelsAsked(): KernelBuild | undefined {
  const asked = new URLSearchParams(location.search).get("kernels");
  return asked === "strict" || asked === "fast" ? asked : undefined;
}

element("stuck").hidden = true;
const sorry = unsupported();
if (sorry === null) {
  await new Page(kernelsAsked()).open().catch((error) => problem(error.message));
} else {
  element("sorry").hidden = false;
  element("sorry").textContent = sorry;
  element("main").inert = true;
}
