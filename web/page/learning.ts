/**
 * The run in the worker that learns, as the page's buttons have it.
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import { type TrainerProgress, TrainerWorker } from "@glim/glim/worker";
import type {
  ChosenFile,
  Engine,
  EpochRow,
  FromLearner,
  KeptRun,
  Opened,
  RunDevice,
  RunOptions,
  RunState,
} from "../shared/protocol.ts";
import type { RunConfig } from "../shared/run_config.ts";
import type { LearnerService } from "../worker/learner.ts";
import { isReloaded } from "./start.ts";

/** Passes over the data that are as good as for ever. */
const EPOCHS = 10_000;

/** Images of the dev set that are enough after a few steps, which are to be quick. */
const FEW = 1000;

/** Where the browser keeps the run, and how often it is written there. */
const CHECKPOINTS = { path: "glim-run", seconds: 2, resume: false };

/** What the page is told: by the worker, or of the run. */
export type FromLearning =
  | FromLearner
  /** It is built; `isNew`: it is another than before, not the same on another device. */
  | { type: "run"; config: RunConfig; engine: Engine; device: RunDevice; isNew: boolean }
  | { type: "state"; state: RunState; steps: number; hash?: string | undefined }
  | { type: "progress"; progress: TrainerProgress; device: RunDevice }
  | { type: "epoch"; row: EpochRow }
  /** A run that can be brought back: another took its place, or an earlier visit left it. */
  | { type: "kept"; run: KeptRun | null; isVisit: boolean }
  /** The loss is no number any more: the weights are lost. */
  | { type: "diverged" };

/** One run at a time. */
export class Learning {
  readonly #worker: TrainerWorker<LearnerService>;
  readonly #tell: (message: FromLearning) => void;
  readonly #options: { kernels: KernelBuild | undefined; dataUrl: string };
  #config: RunConfig;
  #device: RunDevice = "cpu";
  #state: RunState = "waiting";
  #steps = 0;
  #epochImages = 0;
  /** Whether there are images, here or to be fetched. */
  #hasData = false;
  /** Whether the browser's storage is this tab's. */
  #isKeeping = false;
  /** The checkpoint of the run that another took the place of; "visit": it is in the storage. */
  #before: Uint8Array<ArrayBuffer> | "visit" | null = null;
  /** Orders, one after another. */
  #orders: Promise<void> = Promise.resolve();
  #fit: Promise<unknown> = Promise.resolve();

  /** Starts with a configuration, in a worker. */
  constructor(
    worker: Worker,
    config: RunConfig,
    options: { kernels: KernelBuild | undefined; dataUrl: string },
    tell: (message: FromLearning) => void,
  ) {
    this.#config = config;
    this.#options = options;
    this.#tell = tell;
    this.#worker = new TrainerWorker<LearnerService>(worker, this.#runOptions(config, false), {
      onProgress: (progress) => this.#progressed(progress),
      progressPerSecond: 20,
      onEpochEnd: (record) =>
        tell({ type: "epoch", row: { ...record, images: this.#epochImages } }),
      onMessage: (message) => this.#take(message),
      onProblem: ({ message: text }) => tell({ type: "problem", text }),
    });
    this.#order(() => this.#begun());
  }

  /** Goes on for some steps, or until `pause`. */
  run(steps: number = Infinity): void {
    this.#order(async () => {
      if (this.#state === "running") return;
      const before = this.#state;
      this.#show("waiting");
      const hasImages = await this.#worker.call("images");
      if (!hasImages) return this.#show(before);
      this.#show("running");
      this.#fit = this.#run(steps);
    });
  }

  /** Stops after the step that is under way. */
  pause(): void {
    void this.#worker.stop().catch(() => {});
  }

  /** Another run, or the same from the start. */
  reset(config: RunConfig): void {
    this.#order(async () => {
      await this.#keep();
      await this.#build(config, null);
    });
  }

  /** Learning rate and momentum from the next step on. */
  rates(lr: number, momentum: number): void {
    this.#config = { ...this.#config, lr, momentum };
    this.#call(() => this.#worker.call("rates", lr, momentum));
  }

  /** The same run on another device; where that cannot be had, where it was. */
  moveTo(device: RunDevice): void {
    this.#order(async () => {
      const goesOn = this.#state === "running";
      await this.#rest();
      const before = this.#device;
      const opened = this.#steps === 0 ? null : await this.#worker.call("open", {
        name: "run",
        bytes: (await this.#worker.checkpoint()).buffer,
      }, undefined);
      try {
        this.#device = device;
        await this.#build(opened?.config ?? this.#config, opened, false);
      } catch (error) {
        this.#device = before;
        await this.#build(opened?.config ?? this.#config, opened, false);
        throw error;
      }
      if (goesOn) this.run();
    });
  }

  /** Goes on from a file of weights or from a checkpoint; `config` is the `config.json` beside it. */
  open(file: ChosenFile, config?: string): void {
    this.#order(async () => {
      await this.#rest();
      await this.#load(await this.#worker.call("open", file, config));
    });
  }

  /** Brings the run back that was kept. */
  undo(): void {
    this.#order(async () => {
      const kept = this.#before;
      if (kept === null) return;
      await this.#rest();
      const before = this.#state;
      this.#show("waiting"); // its images may have to be fetched
      try {
        const opened = kept === "visit"
          ? await this.#worker.call("openKept")
          : await this.#worker.call("open", { name: "kept", bytes: kept.buffer }, undefined);
        await this.#load(opened, true);
      } catch (error) {
        this.#show(before);
        throw error;
      }
    });
  }

  /** Learns from other images from now on. */
  images(files: ChosenFile[]): void {
    this.#order(async () => {
      await this.#rest();
      await this.#worker.call("data", files);
      await this.#build(this.#config, null);
    });
  }

  /** An image of the dev set. */
  async sample(): Promise<{ image: Uint8Array<ArrayBuffer>; label: number } | null> {
    return await this.#worker.call("sample");
  }

  /** The run as a file, while it goes on too. */
  async file(
    what: "weights" | "checkpoint",
  ): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
    const { network, layers, width } = this.#config;
    const name = `${network}-${layers}x${width}-step-${this.#steps}-${what}.safetensors`;
    const bytes =
      await (what === "weights" ? this.#worker.call("weights") : this.#worker.checkpoint());
    return { name, bytes };
  }

  /** Carries an order out when those before it are done; what goes wrong is told. */
  #order(order: () => Promise<void>): void {
    this.#orders = this.#orders.then(order).catch((error) => this.#fail(error));
  }

  #call(call: () => Promise<unknown>): void {
    void call().catch((error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (text.startsWith("TrainerWorker: the worker is over")) return; // its own event says more
    this.#tell({ type: "problem", text });
  }

  async #run(steps: number): Promise<void> {
    const checkpoints = this.#isKeeping ? { checkpoints: CHECKPOINTS } : {};
    const limit = Number.isFinite(steps) ? { steps } : {};
    try {
      await this.#worker.fit({ epochs: EPOCHS, ...limit, ...checkpoints });
    } catch (error) {
      if ((error as Error).name === "DivergedError") this.#tell({ type: "diverged" });
      else this.#fail(error);
    }
    try {
      await this.#paused(Number.isFinite(steps) ? FEW : Infinity);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Stops a run that goes on, and waits. */
  async #rest(): Promise<void> {
    await this.#worker.stop().catch(() => {}); // of a run that could not be built nothing goes on
    await this.#fit;
  }

  async #paused(images: number): Promise<void> {
    this.#show("paused", await this.#worker.call("look", images));
  }

  #runOptions(config: RunConfig, isOpened: boolean): RunOptions {
    return { ...this.#options, config, device: this.#device, isOpened };
  }

  /** A run, which may go on from what was opened last. */
  async #build(config: RunConfig, opened: Opened | null, isNew = true): Promise<void> {
    await this.#rest();
    await this.#worker.reset(this.#runOptions(config, opened !== null));
    const { checkpoint = null, steps = 0 } = opened ?? {};
    if (checkpoint !== null) await this.#worker.load(checkpoint, { allowOtherBuild: true });
    this.#config = config;
    this.#steps = steps;
    await this.#begun(isNew);
    if (opened !== null) await this.#paused(FEW);
  }

  async #begun(isNew = true): Promise<void> {
    const { lr, momentum, ...engine } = await this.#worker.call("engine");
    const config = { ...this.#config, lr, momentum };
    this.#tell({ type: "run", config, engine, device: this.#device, isNew });
    this.#show(this.#hasData ? "ready" : "waiting");
  }

  async #load(opened: Opened, isBack = false): Promise<void> {
    if (isBack) this.#noteKept(null);
    else await this.#keep();
    await this.#build(opened.config, opened);
    if (opened.note !== null) this.#tell({ type: "problem", text: opened.note });
  }

  /** Keeps a run that gives way to another, should that not have been meant. */
  async #keep(): Promise<void> {
    if (this.#steps === 0) return;
    await this.#rest();
    const run = { config: this.#config, steps: this.#steps };
    this.#before = await this.#worker.checkpoint();
    this.#tell({ type: "kept", run, isVisit: false });
  }

  #noteKept(run: KeptRun | null): void {
    this.#before = run === null ? null : "visit";
    this.#tell({ type: "kept", run, isVisit: run !== null });
  }

  #progressed(progress: TrainerProgress): void {
    this.#steps = progress.totalSteps;
    this.#epochImages = progress.epochSamples;
    this.#tell({ type: "progress", progress, device: this.#device });
  }

  #take(message: FromLearner): void {
    if (message.type === "data") {
      this.#hasData = message.total > 0;
    } else if (message.type === "storage") {
      this.#isKeeping = true;
      if (message.run !== null && this.#steps === 0) {
        this.#noteKept(message.run);
        if (isReloaded()) this.undo();
      }
    }
    this.#tell(message);
  }

  #show(state: RunState, hash?: string): void {
    this.#state = state;
    this.#tell({ type: "state", state, steps: this.#steps, hash });
  }
}
