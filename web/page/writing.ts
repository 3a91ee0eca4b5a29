/**
 * The page of writing: a text, a small GPT that learns it, what it writes, and what its letters look at.
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import { MOST_CHARACTERS, WRITING_DEFAULTS } from "../shared/writing_config.ts";
import { AttentionPictures } from "./attention_pictures.ts";
import { Chart } from "./curves.ts";
import { DeviceSwitch } from "./device_switch.ts";
import { element } from "./dom.ts";
import { download, onChoice } from "./files.ts";
import { noteEngine, problem } from "./notes.ts";
import { SAMPLE_TEXT } from "./sample_text.ts";
import { startPage, startWorker } from "./start.ts";
import { type FromRun, WriterRun } from "./writer_run.ts";
import { WritingControls } from "./writing_controls.ts";

/** Milliseconds from the end of one sample to the next, while it learns. */
const WRITE_EVERY = 3000;

/** Characters that it writes. */
const LENGTH = 300;

/** Everything on the page, wired. */
class Page {
  readonly #run: WriterRun;
  readonly #devices: DeviceSwitch;
  readonly #controls: WritingControls;
  readonly #attention: AttentionPictures;
  readonly #loss = new Chart("loss-chart", ["learning", "rest"], (_, max) => [0, max * 1.05]);
  readonly #written = element("written");
  /** The number of the sample that is being written; letters of others are dropped. */
  #sample = 0;
  #isWriting = false;
  #nextSample = 0;

  /** Starts the worker. */
  constructor(kernels: KernelBuild | undefined) {
    const parts = { config: WRITING_DEFAULTS, text: SAMPLE_TEXT };
    const worker = startWorker("writer", "learns", import.meta.url);
    this.#run = new WriterRun(worker, parts, kernels, (message) => this.#take(message));
    this.#attention = new AttentionPictures((line) => this.#run.attention(line));
    this.#devices = new DeviceSwitch("steps", (device) => {
      problem(null);
      this.#run.moveTo(device);
    });
    this.#controls = new WritingControls(parts, {
      run: (parts, steps) => {
        problem(null);
        this.#run.run(parts, steps);
      },
      pause: () => this.#run.pause(),
      reset: (parts) => {
        problem(null);
        this.#run.reset(parts);
      },
    });
    this.#connect();
  }

  #connect(): void {
    element("undo").addEventListener("click", () => this.#run.undo());
    element("write").addEventListener("click", () => this.#write());
    const temperature = element("temperature", HTMLInputElement);
    const show = () =>
      element("temperature-value").textContent = temperature.valueAsNumber.toFixed(2);
    temperature.addEventListener("input", show);
    show();
    element("save-checkpoint").addEventListener("click", () => {
      this.#run.file().then(
        ({ name, bytes }) => download(name, bytes),
        (error: Error) => problem(error.message),
      );
    });
    onChoice("open", ([file]) => {
      problem(null);
      this.#run.open(file!);
    });
    onChoice("open-text", ([file]) => {
      const { bytes } = file!;
      problem(null);
      if (bytes.byteLength > 4 * MOST_CHARACTERS) {
        return problem(
          `the text has ${bytes.byteLength.toLocaleString("en")} bytes: the page takes at most ` +
            `${
              MOST_CHARACTERS.toLocaleString("en")
            } characters; deno task train gpt --file takes any`,
        );
      }
      const text = new TextDecoder().decode(bytes).replaceAll("\r\n", "\n");
      this.#run.reset({ ...this.#run.parts, text });
    });
  }

  #take(message: FromRun): void {
    switch (message.type) {
      case "problem":
        return problem(message.text);
      case "kept": {
        const which = message.isVisit ? "The last visit's network" : "The network before";
        const steps = message.steps.toLocaleString("en");
        element("kept").hidden = false;
        element("kept-text").textContent = `${which}, after ${steps} steps, is kept.`;
        return;
      }
      case "run":
        noteEngine(message.engine.kernels, message.engine.threads);
        this.#devices.show(message.device);
        document.body.dataset.device = message.device;
        if (message.isNew) this.#begin(message);
        return;
      case "state":
        return this.#state(message);
      case "progress": {
        const { totalSteps, recentLoss, samplesPerSecond } = message.progress;
        element("loss").textContent = recentLoss.toFixed(3);
        element("step-count").textContent = totalSteps.toLocaleString("en");
        this.#devices.rate(message.device, samplesPerSecond / message.config.batchSize);
        this.#loss.push(totalSteps, [recentLoss, null]);
        if (!this.#isWriting && performance.now() > this.#nextSample) this.#write();
        return;
      }
      case "epoch":
        element("dev-loss").textContent = message.record.devLoss.toFixed(3);
        return this.#loss.push(message.steps, [null, message.record.devLoss]);
      case "letters":
        if (message.id === this.#sample) this.#written.append(message.text);
    }
  }

  /** Another run: its form, and nothing written yet. */
  #begin({ parts, engine, history }: FromRun & { type: "run" }): void {
    const { parameters, vocabulary } = engine;
    this.#controls.show(parts);
    element("size").textContent = `${parts.text.length.toLocaleString("en")} characters, ` +
      `${vocabulary} different ones; ${parameters.toLocaleString("en")} weights to learn.`;
    for (const id of ["loss", "dev-loss", "rate", "step-count"]) element(id).textContent = "–";
    element("kept").hidden = true;
    this.#sample++; // letters of the run before that are still to come are not shown
    this.#written.textContent = element("written-prompt").textContent = "";
    this.#nextSample = 0;
    this.#loss.clear();
    for (const { epoch, trainLoss, devLoss } of history) {
      this.#loss.push((epoch + 1) * parts.config.stepsPerEpoch, [trainLoss, devLoss]);
      element("dev-loss").textContent = devLoss.toFixed(3);
    }
    this.#attention.begin(parts.text);
  }

  #state({ state, steps, hash }: FromRun & { type: "state" }): void {
    this.#controls.state(state, steps);
    document.body.dataset.state = state;
    document.body.dataset.steps = String(steps);
    element("write", HTMLButtonElement).disabled = state === "waiting";
    element("save-checkpoint", HTMLButtonElement).disabled = steps === 0 && state !== "running";
    element("hash").hidden = hash === undefined;
    element("hash").textContent = `SHA-256 of the weights: ${hash}`;
    if (steps > 0) element("step-count").textContent = steps.toLocaleString("en");
    if (state === "paused") {
      this.#attention.refresh();
      this.#write();
    }
  }

  /** Has it write on from the prompt. */
  async #write(): Promise<void> {
    const prompt = element("prompt", HTMLInputElement).value;
    const temperature = element("temperature", HTMLInputElement).valueAsNumber;
    const id = ++this.#sample;
    this.#isWriting = true;
    element("written-prompt").textContent = prompt;
    this.#written.textContent = "";
    try {
      const unknown = await this.#run.write({ id, prompt, temperature, length: LENGTH });
      if (id !== this.#sample) return;
      element("written-note").textContent = unknown === ""
        ? `By the network after ${element("step-count").textContent} steps.`
        : `The text has no ${[...unknown].map((letter) => `“${letter}”`).join(", ")}: left out.`;
    } catch (error) {
      problem(error instanceof Error ? error.message : String(error));
    } finally {
      if (id === this.#sample) {
        this.#isWriting = false;
        this.#nextSample = performance.now() + WRITE_EVERY;
        this.#attention.refresh();
      }
    }
  }
}

await startPage((kernels) => void new Page(kernels));
