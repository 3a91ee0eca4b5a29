import { empty } from "../tensor/create.ts";
import { embedding, embeddingBag } from "../ops/mod.ts";
import {
  atMost,
  checkOptions,
  copyOptions,
  flag,
  type Kinds,
  oneOf,
  orNull,
  whole,
} from "../core/options.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { checkLengths } from "./check.ts";
import { normal_, zeros_ } from "./init.ts";
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

/** Options of {@link EmbeddingBag}. */
export interface EmbeddingBagModuleOptions {
  /** What becomes of a bag's rows. Default: `"mean"`. */
  mode?: "sum" | "mean" | "max";
  /** Whether the last offset is the end of the last bag. Default: false. */
  includeLastOffset?: boolean;
  /** An index whose rows count for nothing, and start as zeros. Default: none. */
  paddingIdx?: number | null;
}

const BAG: Kinds<EmbeddingBagModuleOptions> = {
  mode: oneOf("sum", "mean", "max"),
  includeLastOffset: flag,
  paddingIdx: orNull(whole(0)),
};

/** Sums, means or maxima of rows of a table; see `functional.embeddingBag`. */
export class EmbeddingBag
  extends Module<[indices: Tensor, offsets?: Tensor | readonly number[] | null, weights?: Tensor]> {
  /** Number of vectors. */
  readonly numEmbeddings: number;
  /** Length of a vector. */
  readonly embeddingDim: number;
  /** [n, d]. */
  readonly weight: Parameter;
  private readonly options: EmbeddingBagModuleOptions;

  /** RangeError where a length is not a whole number ≥ 1. */
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    options: EmbeddingBagModuleOptions = {},
  ) {
    atMost(3, arguments.length, "EmbeddingBag(numEmbeddings, embeddingDim, options)");
    checkLengths("EmbeddingBag", numEmbeddings, embeddingDim);
    checkOptions("EmbeddingBag", options, BAG);
    super();
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.options = copyOptions(options);
    this.weight = new Parameter(empty([numEmbeddings, embeddingDim]));
    normal_(this.weight);
    const { paddingIdx } = options;
    if (typeof paddingIdx === "number") zeros_(this.weight.select(0, paddingIdx));
  }

  /** Indices [bags, n], or a vector with where each bag begins → [bags, d]. */
  forward(
    indices: Tensor,
    offsets: Tensor | readonly number[] | null = null,
    perSampleWeights: Tensor | null = null,
  ): Tensor {
    atMost(3, arguments.length, "EmbeddingBag.forward(indices, offsets, perSampleWeights)");
    return embeddingBag(indices, this.weight, { ...this.options, offsets, perSampleWeights });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { mode = "mean", paddingIdx } = this.options;
    const pad = typeof paddingIdx === "number" ? `, padding_idx=${paddingIdx}` : "";
    return `${this.numEmbeddings}, ${this.embeddingDim}, mode='${mode}'${pad}`;
  }
}
