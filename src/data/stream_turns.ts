/**
 * One loop over batches that come late.
 *
 * @module
 */
import { BYTES } from "../core/dtype.ts";
import { runIn } from "../device/current_scope.ts";
import { StepIterator } from "../scope/step_iterator.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * One loop over a `StreamLoader`: batches that are waited for between the turns, and taken at once when
 * a turn begins. `for await` does both; a training waits by `ready` and loops by `for`.
 */
export class StreamTurns<B> implements AsyncIterable<B>, Iterable<B> {
  readonly #batches: AsyncGenerator<B, void, undefined>;
  readonly #run: <T>(fn: () => T) => T;
  readonly #prefetch: number;
  readonly #asked: Promise<IteratorResult<B, void>>[] = [];
  readonly #ready: B[] = [];
  #last: B | null = null;
  #isOver = false;

  /** Of batches that are made when they are asked for, by `run`, so many ahead of the turns. */
  constructor(
    batches: AsyncGenerator<B, void, undefined>,
    run: <T>(fn: () => T) => T,
    prefetch: number,
  ) {
    this.#batches = batches;
    this.#run = run;
    this.#prefetch = prefetch;
  }

  /** Waits until so many batches are ready, or no more come; how many there are of them. */
  async ready(count: number): Promise<number> {
    while (this.#ready.length < count && !this.#isOver) {
      while (this.#asked.length <= this.#prefetch) this.#ask();
      const { value, done } = await this.#asked.shift()!;
      if (done === true) this.#isOver = true;
      else this.#ready.push(value as B);
    }
    return Math.min(count, this.#ready.length);
  }

  /** The batches that are ready, as turns each of which is a scope; it ends where none is. */
  [Symbol.iterator](): IterableIterator<B> {
    return new StepIterator("a turn of a StreamLoader", () => this.#take());
  }

  /** All batches, each of which is released when the next is asked for. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    try {
      while (await this.ready(1) > 0) yield this.#take()!;
    } finally {
      await this.close();
    }
  }

  /** Ends the loop: nothing more is read, and what was made ready is released. */
  async close(): Promise<void> {
    this.#isOver = true;
    for (const batch of [this.#last, ...this.#ready.splice(0)]) release(batch);
    this.#last = null;
    await this.#batches.return(undefined);
    for (const next of this.#asked.splice(0)) {
      await next.then(({ value }) => release(value), () => {});
    }
  }

  #ask(): void {
    // what a stream keeps from one sample to the next belongs to no turn of the loop
    const next = runIn(null, () => this.#run(() => this.#batches.next()));
    next.catch(() => {}); // whoever waits for it is told
    this.#asked.push(next);
  }

  #take(): B | undefined {
    release(this.#last);
    const next = this.#ready.shift();
    this.#last = next ?? null;
    return next;
  }
}

/** The tensors of a batch, whatever it is. */
export function tensorsOf(batch: unknown): Tensor[] {
  const parts = Array.isArray(batch) ? batch : [batch];
  return parts.filter((part) => typeof Object(part).keep === "function");
}

/**
 * Releases a sample's or a batch's tensors, but for looks at a part of something larger: that is what
 * they were taken of, as of a data set in memory.
 */
export function release(batch: unknown): void {
  for (const tensor of tensorsOf(batch)) {
    if (tensor.numel * BYTES[tensor.dtype] === tensor.storage.bytes) tensor[Symbol.dispose]();
  }
}
