/**
 * The worker that answers what a drawing is. It has a copy of the weights, so that it can answer at
 * once while the other worker is in the middle of a step.
 *
 * @module
 */
import { fromTypedArray, noGrad, scope, setNumThreads } from "@glim/glim";
import * as functional from "@glim/glim/functional";
import * as io from "@glim/glim/io";
import type * as nn from "@glim/glim/nn";
import { buildNetwork } from "../shared/network.ts";
import type { FromReader, Pictures, ToReader } from "../shared/protocol.ts";
import type { RunConfig } from "../shared/run_config.ts";
import { look } from "./pictures.ts";
import { chooseKernels } from "./kernels.ts";
import { workerScope } from "./scope.ts";

/** Starts to answer messages. */
export function startReader(): void {
  const worker = workerScope<ToReader, FromReader>();
  const reader = new Reader();
  setNumThreads(1); // one image is not enough to share
  worker.onmessage = ({ data: message }) => {
    try {
      switch (message.type) {
        case "open":
          chooseKernels(message.kernels);
          break;
        case "network":
          reader.take(message.config, message.bytes);
          break;
        case "read": {
          const { id, image } = message;
          const answer = reader.read(image);
          const buffers = answer.layers.map(({ data }) => data.buffer);
          worker.postMessage({ type: "answer", id, ...answer }, buffers);
        }
      }
    } catch (error) {
      worker.postMessage({ type: "problem", text: String(error) });
    }
  };
}

/** A network that only answers. */
class Reader {
  #config = "";
  #model: nn.Sequential | null = null;

  /** Answers by these weights from now on. */
  take(config: RunConfig, weights: Uint8Array): void {
    const key = JSON.stringify(config);
    if (this.#model === null || key !== this.#config) {
      this.#model?.[Symbol.dispose]();
      this.#model = buildNetwork(config).eval() as nn.Sequential;
      this.#config = key;
    }
    const state = io.decodeSafetensors(weights);
    this.#model.loadStateDict(state);
    for (const tensor of state.values()) tensor[Symbol.dispose]();
  }

  /** How probable each digit is, and what the layers say. */
  read(image: Float32Array): { probabilities: number[]; layers: Pictures[] } {
    const model = this.#model;
    if (model === null) throw new Error("read: a network is needed first");
    return scope(() =>
      noGrad(() => {
        const { logits, layers } = look(model, fromTypedArray(image, [1, image.length]));
        const probabilities = Array.from(functional.softmax(logits, 1).toTypedArray());
        return { probabilities, layers };
      })
    );
  }
}
