/**
 * What the worker that learns does with the page's orders.
 *
 * @module
 */
import { DivergedError, type train } from "@glim/glim";
import type { FromTrainer, RunState, ToTrainer } from "../shared/protocol.ts";
import type { RunConfig } from "../shared/run_config.ts";
import { fromFiles, fromServer, type Source } from "./data_source.ts";
import { Meter } from "./meter.ts";
import { firstLayer } from "./pictures.ts";
import { report } from "./report.ts";
import { openRun, saveRun } from "./run_file.ts";
import { Session } from "./session.ts";
import { hashOf, weightsOf } from "./weights.ts";

/** Images of the dev set that the network is judged by while it learns. */
const PROBE = 1000;

/** Milliseconds from one look at the network to the next, at least. */
const LOOK_EVERY = 700;

/** The part of the time that looking may take. */
const LOOK_SHARE = 0.1;

/** Sends a message to the page, handing over some buffers. */
type Post = (message: FromTrainer, transfer?: Transferable[]) => void;

/** The orders that wait until the run stands still. */
type Waiting = Exclude<ToTrainer, { type: "pause" | "rates" | "save" }>;

/** Trains one run at a time, between two of whose steps it takes orders. */
export class Learner {
  readonly #post: Post;
  readonly #meter: Meter = new Meter();
  #config: RunConfig | null = null;
  #source: Source | null = null;
  #session: Session | null = null;
  /** The run that is going on; settles when it has stopped. */
  #running: Promise<void> = Promise.resolve();
  /** The orders that need the run to stand still, one after another. */
  #queue: Promise<void> = Promise.resolve();
  #nextLook = 0;
  /** Called when the first images have come, or will not. */
  #arrived: ((isHere: boolean) => void) | null = null;
  /** The checkpoint of the run that the last one took the place of. */
  #before: Uint8Array | null = null;
  /** What the page was told last. */
  #told: RunState = "waiting";

  /** Tells the page what happens by `post`. */
  constructor(post: Post) {
    this.#post = post;
  }

  /** Carries an order out, at once or when those before it are done. */
  obey(order: ToTrainer): void {
    switch (order.type) {
      case "pause":
        return this.#session?.pause();
      case "rates":
        return this.#session?.setRates(order.lr, order.momentum);
      case "sample":
        if (this.#isReady()) return this.#sample();
        break;
      case "save":
        return this.#save(order.what);
    }
    if (order.type !== "sample") this.#session?.pause();
    this.#queue = this.#queue.then(() => this.#running).then(() => this.#handle(order))
      .catch((error) => this.#fail(error));
  }

  async #handle(order: Waiting): Promise<void> {
    switch (order.type) {
      case "open":
        this.#config = order.config;
        this.#state("waiting");
        this.#source = await fromServer(
          order.dataUrl,
          (source) => this.#grown(source),
          (error) => this.#fail(error),
        );
        this.#grown(this.#source);
        this.#begin(order.config);
        return;
      case "reset":
        this.#keep();
        this.#begin(order.config);
        return;
      case "run":
        if (await this.#haveImages()) this.#running = this.#run(order.steps);
        return;
      case "sample":
        if (await this.#haveImages()) this.#sample();
        return;
      case "undo": {
        const bytes = this.#before;
        if (bytes !== null) await this.#load(bytes);
        return;
      }
      case "load":
        try {
          return await this.#load(new Uint8Array(order.file.bytes), order.config);
        } catch (error) {
          return this.#fail(error, `${order.file.name}: `);
        }
      case "data": {
        const source = await fromFiles(order.files);
        this.#source?.drop();
        this.#source = source;
        this.#begin(this.#config!);
        this.#grown(source);
      }
    }
  }

  /**
   * A new run, which `prepare` may put something into; none where there is nothing to learn from.
   * Where it throws, the run before stays.
   */
  #begin(config: RunConfig, prepare: (session: Session) => void = () => {}): Session | null {
    if (this.#source === null) {
      this.#config = config;
      return null;
    }
    const session = new Session(config, this.#source.sets, (session) => ({
      onEpochBegin: () => this.#meter.start(),
      onProgress: (info) => this.#progress(session, info),
      onEpochEnd: (record) => {
        this.#post({ type: "epoch", row: { ...record, images: session.epochImages } });
      },
    }));
    try {
      prepare(session);
    } catch (error) {
      session[Symbol.dispose]();
      throw error;
    }
    this.#session?.[Symbol.dispose]();
    this.#session = session;
    this.#config = config;
    this.#meter.clear(session.steps > 0);
    let parameters = 0;
    for (const { numel } of session.model.parameters()) parameters += numel;
    this.#post({ type: "config", config: { ...config, ...session.rates }, parameters });
    this.#state("ready");
    this.#show(session);
    return session;
  }

  async #run(steps?: number): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#state("running");
    this.#meter.start();
    this.#nextLook = performance.now() + LOOK_EVERY / 2;
    try {
      await session.run(steps);
    } catch (error) {
      if (!(error instanceof DivergedError)) this.#fail(error);
      else this.#post({ type: "diverged" });
    }
    this.#look(session, steps === undefined ? Infinity : PROBE); // a step is to be quick
    this.#state("paused", await hashOf(session.model));
  }

  #progress(session: Session, info: train.StepInfo): void {
    const progress = this.#meter.read(info, session.steps, session.epochImages);
    if (progress !== null) this.#post({ type: "progress", progress });
    const now = performance.now();
    if (now < this.#nextLook) return;
    this.#look(session, PROBE);
    const cost = performance.now() - now;
    this.#nextLook = now + Math.max(LOOK_EVERY, cost / LOOK_SHARE);
    this.#meter.start();
  }

  /** Judges the network by some images of the dev set, and shows it. */
  #look(session: Session, images: number): void {
    const { dev } = this.#source!.sets;
    if (dev.available === 0) return this.#show(session);
    const judged = report(session.model, dev, Math.min(images, dev.available));
    this.#post({ type: "report", report: { ...judged, steps: session.steps } });
    this.#show(session);
  }

  /** The weights, for the reader and for the eye. */
  #show({ config, model }: Session): void {
    const bytes = weightsOf(model);
    const pictures = firstLayer(model);
    this.#post({ type: "weights", config, bytes, pictures }, [bytes.buffer, pictures.data.buffer]);
  }

  #grown(source: Source): void {
    if (source !== this.#source) return; // given up for another
    const { name, sets: { train, dev }, total } = source;
    this.#post({ type: "data", name, train: train.available, dev: dev.available, total });
    if (this.#isReady()) this.#arrived?.(true);
  }

  /** Fetches the first images where none have come; false where that failed, which the page is told. */
  async #haveImages(): Promise<boolean> {
    const source = this.#source;
    if (source === null || this.#isReady()) return source !== null;
    const before = this.#told;
    this.#state("waiting");
    const arrived = new Promise<boolean>((resolve) => this.#arrived = resolve);
    source.fetch().catch(() => this.#arrived?.(false));
    const isHere = await arrived;
    this.#arrived = null;
    this.#state(before);
    return isHere;
  }

  /** Keeps a run that gives way to another, should that not have been meant. */
  #keep(): void {
    const session = this.#session;
    if (session === null || session.steps === 0) return;
    this.#before = saveRun(session);
    this.#post({ type: "kept", run: { config: session.config, steps: session.steps } });
  }

  #isReady(): boolean {
    const sets = this.#source?.sets;
    return sets !== undefined && sets.train.available > 0 && sets.dev.available > 0;
  }

  #sample(): void {
    const dev = this.#source?.sets.dev;
    if (dev === undefined || dev.available === 0) return;
    const { image, label } = dev.raw(Math.floor(Math.random() * dev.available));
    this.#post({ type: "sample", image, label }, [image.buffer]);
  }

  /** A run need not stand still for this: what reaches it comes between two steps. */
  #save(what: "weights" | "checkpoint"): void {
    const session = this.#session;
    if (session === null) return;
    const { network, layers, width } = session.config;
    const name = `${network}-${layers}x${width}-step-${session.steps}-${what}.safetensors`;
    const bytes = what === "weights"
      ? weightsOf(session.model, {
        config: JSON.stringify({ ...session.config, data: session.data }),
      })
      : saveRun(session);
    this.#post({ type: "file", name, bytes }, [bytes.buffer]);
  }

  async #load(bytes: Uint8Array, run?: string): Promise<void> {
    const source = this.#source;
    if (source === null) throw new Error("open: images are needed first");
    const { config, images, note, putInto } = openRun(
      bytes,
      this.#config!,
      run === undefined ? undefined : JSON.parse(run),
    );
    if (images > source.sets.train.available) await source.fetch();
    if (bytes === this.#before) {
      this.#before = null;
      this.#post({ type: "kept", run: null });
    } else {
      this.#keep();
    }
    const session = this.#begin(config, putInto)!;
    if (note !== null) this.#post({ type: "problem", text: note });
    this.#look(session, PROBE);
    this.#state("paused", await hashOf(session.model));
  }

  #state(state: RunState, hash?: string): void {
    this.#told = state;
    this.#post({ type: "state", state, steps: this.#session?.steps ?? 0, hash });
  }

  #fail(error: unknown, where = ""): void {
    const what = error instanceof Error ? error.message : String(error);
    this.#post({ type: "problem", text: where + what });
  }
}
