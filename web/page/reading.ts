/**
 * Questions to the worker that answers, one at a time: what is drawn meanwhile is asked next.
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import type { FromReader, Pictures, ToReader } from "../shared/protocol.ts";
import type { RunConfig } from "../shared/run_config.ts";

/** An answer. */
export interface Reading {
  probabilities: number[];
  layers: Pictures[];
  /** How long it took since the event that asked; null where there was none. */
  milliseconds: number | null;
}

/** A question: an image [784] in [0, 1], and when the event happened that asks. */
interface Question {
  image: Float32Array<ArrayBuffer>;
  since: number | null;
}

/** Asks the worker. */
export class Reader {
  readonly #worker: Worker;
  readonly #answered: (reading: Reading) => void;
  #hasNetwork = false;
  #id = 0;
  #asked: Question | null = null;
  #next: Question | null = null;

  /** `answered` is called with the answer to what was asked last, and may be with those before. */
  constructor(
    worker: Worker,
    kernels: KernelBuild | undefined,
    answered: (reading: Reading) => void,
    failed: (text: string) => void,
  ) {
    this.#worker = worker;
    this.#answered = answered;
    worker.onmessage = ({ data: message }: MessageEvent<FromReader>) => {
      if (message.type === "answer") this.#take(message);
      if (message.type === "problem") {
        failed(message.text);
        this.#send();
      }
    };
    this.#post({ type: "open", kernels });
  }

  /** Lets a network answer from now on; `bytes` are its weights, a safetensors file. */
  use(config: RunConfig, bytes: Uint8Array<ArrayBuffer>): void {
    this.#post({ type: "network", config, bytes });
    this.#hasNetwork = true;
    if (this.#asked === null) this.#send();
  }

  /** Asks what is on an image; `since` when the event happened, null where there was none. */
  ask(image: Float32Array<ArrayBuffer>, since: number | null): void {
    this.#next = { image, since };
    if (this.#asked === null && this.#hasNetwork) this.#send();
  }

  /** Takes back what has been asked. */
  forget(): void {
    this.#id++;
    this.#next = null;
  }

  #send(): void {
    this.#asked = this.#next;
    this.#next = null;
    if (this.#asked === null) return;
    this.#post({ type: "read", id: ++this.#id, image: this.#asked.image });
  }

  #post(message: ToReader): void {
    this.#worker.postMessage(message);
  }

  #take({ id, probabilities, layers }: FromReader & { type: "answer" }): void {
    const { since } = this.#asked!;
    if (id === this.#id) {
      const milliseconds = since === null ? null : performance.now() - since;
      this.#answered({ probabilities, layers, milliseconds });
    }
    this.#send();
  }
}
