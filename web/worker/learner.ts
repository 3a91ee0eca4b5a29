/**
 * The worker that learns: what runs are made of, and what the page asks of them.
 *
 * @module
 */
import { getKernelBuild, getNumThreads, setNumThreads } from "@glim/glim";
import * as train from "@glim/glim/train";
import type {
  ChosenFile,
  FromLearner,
  LearnerCalls,
  Opened,
  RunOptions,
} from "../shared/protocol.ts";
import { fromFiles, fromServer, nothing, type Source } from "./data_source.ts";
import { chooseKernels } from "./kernels.ts";
import { firstLayer } from "./pictures.ts";
import { report } from "./report.ts";
import { openCheckpoint, openRun, type RunFile } from "./run_file.ts";
import { Session } from "./session.ts";
import { hashOf, weightsOf } from "./weights.ts";

/** Images of the dev set that the network is judged by while it learns. */
const PROBE = 1000;

/** Milliseconds from one look at the network to the next, at least. */
const LOOK_EVERY = 700;

/** The part of the time that looking may take. */
const LOOK_SHARE = 0.1;

/** More threads than this gain nothing in networks as small as these. */
const MAX_THREADS = 8;

/** Where the browser keeps the run, for the tab that has the lock of that name. */
const KEPT = "glim-run";

/** What the worker serves. */
export type LearnerService = train.TrainerService<RunOptions, LearnerCalls, FromLearner>;

/** Starts to take the page's orders. */
export function startLearner(): LearnerService {
  const learner = new Learner();
  return train.serveTrainer<RunOptions, LearnerCalls, FromLearner>((options, { send }) =>
    learner.build(options, send)
  );
}

/** Tells the page something, handing over some buffers. */
type Send = (message: FromLearner, transfer?: Transferable[]) => Promise<void>;

/** What stays from run to run: the images, and the file that was opened last. */
class Learner {
  #send: Send = () => Promise.resolve();
  #source: Source | null = null;
  #opened: RunFile | null = null;
  #nextLook = 0;
  /** Whether the first images have come, once they have or will not; null while nobody waits. */
  #arriving: Promise<boolean> | null = null;
  #arrived: (isHere: boolean) => void = () => {};

  /** A run of a configuration. */
  async build(options: RunOptions, send: Send): Promise<train.ServedTraining<LearnerCalls>> {
    const source = this.#source ?? await this.#begin(options, send);
    const session = await Session.on(options.device, options.config, source.sets);
    try {
      if (options.isOpened) this.#opened!.prepare(session);
    } catch (error) {
      session[Symbol.dispose]();
      throw error;
    }
    this.#grown(source);
    await this.#show(session);
    return {
      ...session.training,
      callbacks: [...session.training.callbacks, {
        onEpochBegin: () => void (this.#nextLook = performance.now() + LOOK_EVERY / 2),
        onStepEnd: () => performance.now() < this.#nextLook ? undefined : this.#lookNow(session),
      }],
      calls: {
        engine: () => ({
          kernels: getKernelBuild(),
          threads: getNumThreads(),
          parameters: session.parameters,
          ...session.rates,
        }),
        rates: (lr, momentum) => session.setRates(lr, momentum),
        images: () => this.#haveImages(),
        look: async (images) => {
          await this.#look(session, images);
          return await hashOf(session.model);
        },
        sample: async () => {
          await this.#haveImages();
          const { dev } = this.#source!.sets;
          const { available } = dev;
          return available === 0 ? null : dev.raw(Math.floor(Math.random() * available));
        },
        weights: () =>
          weightsOf(session.model, {
            config: JSON.stringify({ ...session.config, data: session.data }),
          }),
        open: ({ name, bytes }, config) => this.#open(name, bytes, config, options),
        openKept: async () => {
          const { checkpoint } = await new train.CheckpointFolder(KEPT).latest();
          return this.#take(openCheckpoint(checkpoint, options.config, undefined), checkpoint);
        },
        data: (files) => this.#takeImages(files),
      },
    };
  }

  /** What happens once: before the first run. */
  async #begin({ kernels, dataUrl }: RunOptions, send: Send): Promise<Source> {
    this.#send = send;
    chooseKernels(kernels);
    const threads = getNumThreads();
    // with many processors, one stays free for the page
    setNumThreads(Math.min(MAX_THREADS, threads > 2 ? threads - 1 : threads));
    void this.#ownStorage();
    const fail = (error: unknown) => this.#fail(error);
    try {
      this.#source = await fromServer(dataUrl, (source) => this.#grown(source), fail);
    } catch (error) {
      fail(error);
      this.#source = nothing();
    }
    return this.#source;
  }

  /** Waits until this tab may write to the browser's storage, and tells what is there. */
  async #ownStorage(): Promise<void> {
    const { locks } = navigator as { locks?: LockManager };
    await locks?.request(KEPT, async () => {
      const found = await new train.CheckpointFolder(KEPT).find().catch(() => null);
      const { checkpoint } = found ?? {};
      const run = checkpoint === undefined ? null : {
        config: openCheckpoint(checkpoint, undefined, undefined).config,
        steps: checkpoint.totalSteps,
      };
      await this.#send({ type: "storage", run });
      await new Promise(() => {}); // it is this tab's as long as there is this worker
    });
  }

  #open(
    name: string,
    bytes: ArrayBuffer,
    run: string | undefined,
    { config }: RunOptions,
  ): Promise<Opened> {
    try {
      const file = new Uint8Array(bytes);
      return this.#take(openRun(file, config, run === undefined ? undefined : JSON.parse(run)));
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Waits until the images of a run are there. */
  async #take(file: RunFile, kept = file.checkpoint): Promise<Opened> {
    const { config, images, note } = this.#opened = file;
    if (images > this.#source!.sets.train.available) await this.#source!.fetch();
    return {
      config,
      steps: kept?.totalSteps ?? 0,
      checkpoint: kept === null ? null : train.encodeCheckpoint(kept),
      note,
    };
  }

  async #takeImages(files: ChosenFile[]): Promise<void> {
    const source = await fromFiles(files);
    this.#source?.drop();
    this.#source = source;
  }

  async #lookNow(session: Session): Promise<void> {
    const began = performance.now();
    await this.#look(session, PROBE);
    const now = performance.now();
    this.#nextLook = now + Math.max(LOOK_EVERY, (now - began) / LOOK_SHARE);
  }

  /** Judges the network by some images of the dev set, and shows it. */
  async #look(session: Session, images: number): Promise<void> {
    const { available } = session.sets.dev;
    if (available > 0) {
      const judged = await report(session, Math.min(images, available));
      await this.#send({ type: "report", report: { ...judged, steps: session.steps } });
    }
    await this.#show(session);
  }

  /** The weights, for the reader and for the eye. */
  async #show({ config, model }: Session): Promise<void> {
    const [bytes, pictures] = await Promise.all([weightsOf(model), firstLayer(model)]);
    const message = { type: "weights", config, bytes, pictures } as const;
    await this.#send(message, [bytes.buffer, pictures.data.buffer]);
  }

  #grown(source: Source): void {
    if (source !== this.#source) return; // given up for another
    const { name, sets: { train, dev }, total } = source;
    void this.#send({ type: "data", name, train: train.available, dev: dev.available, total });
    if (this.#isReady()) this.#arrived(true);
  }

  async #haveImages(): Promise<boolean> {
    if (this.#isReady()) return true;
    this.#arriving ??= new Promise<boolean>((resolve) => {
      this.#arrived = resolve;
      this.#source!.fetch().then(() => resolve(this.#isReady()), () => resolve(false));
    }).finally(() => this.#arriving = null);
    return await this.#arriving;
  }

  #isReady(): boolean {
    const sets = this.#source?.sets;
    return sets !== undefined && sets.train.available > 0 && sets.dev.available > 0;
  }

  #fail(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    void this.#send({ type: "problem", text });
  }
}
