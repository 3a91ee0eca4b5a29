/**
 * The worker that this code runs in, as far as it is used.
 *
 * @module
 */

/** A dedicated worker's global object. */
export interface WorkerScope<In, Out> {
  /** What the page called the worker. */
  readonly name: string;
  onmessage: ((event: MessageEvent<In>) => void) | null;
  postMessage(message: Out, transfer?: Transferable[]): void;
}

/** This worker, with the messages that it takes and sends. */
export function workerScope<In, Out>(): WorkerScope<In, Out> {
  return globalThis as unknown as WorkerScope<In, Out>;
}
