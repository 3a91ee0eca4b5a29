/**
 * The run of the page of writing, as its buttons have it.
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import { type EpochRecord, type TrainerProgress, TrainerWorker } from "@glim/glim/worker";
import type { RunDevice, RunState } from "../shared/protocol.ts";
import type {
  AttentionOfLine,
  FromWriter,
  OpenedRun,
  WriterEngine,
  WriteRequest,
} from "../shared/writer_protocol.ts";
import type { WritingConfig } from "../shared/writing_config.ts";
import type { WriterService } from "../worker/writer.ts";
import { isReloaded } from "./start.ts";

/** Passes over the data that are as good as for ever. */
const EPOCHS = 1_000_000;

/** Where the browser keeps the run, and how often it is written there. */
const CHECKPOINTS = { path: "glim-writing", seconds: 2, resume: false };

/** What a run learns from, and how. */
export interface RunParts {
  config: WritingConfig;
  text: string;
}

/** What the page is told: by the worker, or of the run. */
export type FromRun =
  | Exclude<FromWriter, { type: "storage" }>
  /** A run of so many steps can be brought back: another took its place, or an earlier visit left it. */
  | { type: "kept"; steps: number; isVisit: boolean }
  /** It is built, with what it has done before; `isNew`: it is another, not the same on another device. */
  | {
    type: "run";
    parts: RunParts;
    engine: WriterEngine;
    device: RunDevice;
    history: readonly EpochRecord[];
    isNew: boolean;
  }
  | { type: "state"; state: RunState; steps: number; hash?: string | undefined }
  | { type: "progress"; progress: TrainerProgress; config: WritingConfig; device: RunDevice }
  | { type: "epoch"; record: EpochRecord; steps: number }
  | { type: "problem"; text: string };

/** One run at a time. */
export class WriterRun {
  readonly #worker: TrainerWorker<WriterService>;
  readonly #kernels: KernelBuild | undefined;
  readonly #tell: (message: FromRun) => void;
  #parts: RunParts;
  #device: RunDevice = "cpu";
  #state: RunState = "waiting";
  #steps = 0;
  /** Whether the worker has a run that could be built. */
  #isBuilt = false;
  /** Whether the browser's storage is this tab's. */
  #isKeeping = false;
  /** The checkpoint of the run that another took the place of; null: what is kept is in the storage. */
  #before: Uint8Array<ArrayBuffer> | null = null;
  /** Orders, one after another. */
  #orders: Promise<void> = Promise.resolve();
  #fit: Promise<void> = Promise.resolve();

  /** Starts with a run that has not begun. */
  constructor(
    worker: Worker,
    parts: RunParts,
    kernels: KernelBuild | undefined,
    tell: (message: FromRun) => void,
  ) {
    this.#parts = parts;
    this.#kernels = kernels;
    this.#tell = tell;
    const options = { ...parts, device: this.#device, kernels };
    this.#worker = new TrainerWorker<WriterService>(worker, options, {
      onProgress: (progress) => {
        this.#steps = progress.totalSteps;
        const { config } = this.#parts;
        tell({ type: "progress", progress, config, device: this.#device });
      },
      onEpochEnd: (record) => tell({ type: "epoch", record, steps: this.#steps }),
      onMessage: (message) => this.#take(message),
      onProblem: ({ message: text }) => tell({ type: "problem", text }),
    });
    this.#order(() => this.#begun([], true));
  }

  /** What it learns from, and how. */
  get parts(): RunParts {
    return this.#parts;
  }

  /** Goes on for some steps, or until `pause`; what has not begun begins with `parts`. */
  run(parts: RunParts, steps: number = Infinity): void {
    this.#order(async () => {
      if (this.#state === "running") return;
      if (this.#steps === 0) await this.#build(parts, null);
      this.#show("running");
      this.#fit = this.#run(steps);
    });
  }

  /** Stops after the step that is under way. */
  pause(): void {
    void this.#worker.stop().catch(() => {});
  }

  /** Another run from the start. */
  reset(parts: RunParts): void {
    this.#order(() => this.#build(parts, null));
  }

  /** The same run on another device; where that cannot be had, where it was. */
  moveTo(device: RunDevice): void {
    this.#order(async () => {
      const goesOn = this.#state === "running";
      await this.#rest();
      const opened = this.#steps === 0 ? null : await this.#worker.call("open", {
        name: "run",
        bytes: (await this.#worker.checkpoint()).buffer,
      });
      await this.#build(this.#parts, opened, device);
      if (goesOn) this.run(this.#parts);
    });
  }

  /** Goes on from a checkpoint. */
  open(file: { name: string; bytes: ArrayBuffer }): void {
    this.#order(async () => this.#load(await this.#worker.call("open", file)));
  }

  /** Brings the run back that was kept. */
  undo(): void {
    const before = this.#before;
    if (before !== null) return this.open({ name: "kept", bytes: before.buffer });
    this.#order(async () => this.#load(await this.#worker.call("openKept")));
  }

  /** Writes on; gives the letters of the prompt that the text does not have. */
  async write(request: WriteRequest): Promise<string> {
    return await this.#worker.call("write", request);
  }

  /** Who looks at whom in a line. */
  async attention(line: string): Promise<AttentionOfLine> {
    return await this.#worker.call("attention", line);
  }

  /** The run as a file, while it goes on too. */
  async file(): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
    const bytes = await this.#worker.checkpoint();
    return { name: `gpt-step-${this.#steps}-checkpoint.safetensors`, bytes };
  }

  /** Carries an order out when those before it are done; what goes wrong is told. */
  #order(order: () => Promise<void>): void {
    this.#orders = this.#orders.then(order).catch((error) => this.#fail(error));
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
      this.#fail(error);
    }
    await this.#paused().catch((error) => this.#fail(error));
  }

  async #paused(): Promise<void> {
    this.#show("paused", await this.#worker.call("hash"));
  }

  /** Waits until nothing is learnt. */
  async #rest(): Promise<void> {
    await this.#worker.stop().catch(() => {}); // of a run that could not be built nothing goes on
    await this.#fit;
  }

  /**
   * A run, which may go on from a checkpoint, or the one that there is on another device. What it takes the
   * place of stays where it cannot be built.
   */
  async #build(parts: RunParts, opened: OpenedRun | null, device = this.#device): Promise<void> {
    await this.#rest();
    const isNew = device === this.#device;
    const before = this.#isBuilt && this.#steps > 0 ? await this.#worker.checkpoint() : null;
    this.#isBuilt = false;
    try {
      await this.#reset(parts, opened?.bytes ?? null, device);
    } catch (error) {
      await this.#reset(this.#parts, before, this.#device);
      await this.#begun([], false);
      if (before !== null) await this.#paused();
      throw error;
    }
    const steps = this.#steps;
    this.#parts = parts;
    this.#device = device;
    this.#steps = opened?.steps ?? 0;
    await this.#begun(opened?.history ?? [], isNew);
    if (before !== null && isNew) {
      this.#before = before;
      this.#tell({ type: "kept", steps, isVisit: false });
    }
    if (opened !== null) await this.#paused();
  }

  async #reset(
    parts: RunParts,
    checkpoint: Uint8Array<ArrayBuffer> | null,
    device: RunDevice,
  ): Promise<void> {
    await this.#worker.reset({ ...parts, device, kernels: this.#kernels });
    if (checkpoint !== null) await this.#worker.load(checkpoint, { allowOtherBuild: true });
  }

  async #begun(history: readonly EpochRecord[], isNew: boolean): Promise<void> {
    const engine = await this.#worker.call("engine");
    const [parts, device] = [this.#parts, this.#device];
    this.#isBuilt = true;
    this.#tell({ type: "run", parts, engine, device, history, isNew });
    this.#show("ready");
  }

  async #load(opened: OpenedRun): Promise<void> {
    const { config, text, note } = opened;
    await this.#build({ config, text }, opened);
    if (note !== null) this.#tell({ type: "problem", text: note });
  }

  #take(message: FromWriter): void {
    if (message.type !== "storage") return this.#tell(message);
    this.#isKeeping = true;
    if (message.run === null || this.#steps > 0) return;
    if (isReloaded()) return this.undo();
    this.#tell({ type: "kept", steps: message.run.steps, isVisit: true });
  }

  #show(state: RunState, hash?: string): void {
    this.#state = state;
    this.#tell({ type: "state", state, steps: this.#steps, hash });
  }
}
