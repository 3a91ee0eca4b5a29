import { empty } from "../tensor/create.ts";
import { embedding } from "../ops/mod.ts";
import { atMost } from "../core/options.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { checkLengths } from "./check.ts";
import { normal_ } from "./init.ts";
import { Module } from "./module.ts";

/** A table of vectors, looked up by number. Starts as standard normal numbers, as PyTorch's does. */
export class Embedding extends Module<[indices: Tensor]> {
  /** Number of vectors. */
  readonly numEmbeddings: number;
  /** Length of a vector. */
  readonly embeddingDim: number;
  /** [n, d]. Another layer may have the same. */
  weight: Parameter;

  /** RangeError where a length is not a whole number ≥ 1. */
  constructor(numEmbeddings: number, embeddingDim: number) {
    atMost(2, arguments.length, "Embedding(numEmbeddings, embeddingDim)");
    checkLengths("Embedding", numEmbeddings, embeddingDim);
    super();
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.weight = new Parameter(empty([numEmbeddings, embeddingDim]));
    normal_(this.weight);
  }

  /** Indices [...] of int32 or uint8 → [..., d]. */
  forward(indices: Tensor): Tensor {
    atMost(1, arguments.length, "Embedding.forward(indices)");
    return embedding(indices, this.weight);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `${this.numEmbeddings}, ${this.embeddingDim}`;
  }
}
