import { ShapeError, show } from "../core/errors.ts";
import { empty } from "../tensor/create.ts";
import { embedding, embeddingBag } from "../ops/mod.ts";
import { checkTensor } from "../ops/check.ts";
import { EMBEDDING, LOOKUP, type LookupOptions, rowOf } from "../ops/embedding.ts";
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
import { noGrad, Parameter, type Tensor } from "../tensor/tensor.ts";
import { checkLengths } from "./check.ts";
import { normal_, zeros_ } from "./init.ts";
import { Module } from "./module.ts";
import { pythonFloat } from "./python.ts";

/** Options of {@link Embedding}. */
export interface EmbeddingModuleOptions extends LookupOptions {
  /** The index of a row that starts as zeros and learns nothing, −1 the last. Default: none. */
  paddingIdx?: number | null;
}

/** Options of {@link Embedding.fromPretrained}. */
export interface PretrainedOptions extends EmbeddingModuleOptions {
  /** Whether the table does not learn. Default: true. */
  freeze?: boolean;
}

const PRETRAINED: Kinds<PretrainedOptions> = { ...EMBEDDING, freeze: flag };

/** A table of vectors, looked up by number. Starts as standard normal numbers, as PyTorch's does. */
export class Embedding extends Module<[indices: Tensor]> {
  /** Number of vectors. */
  readonly numEmbeddings: number;
  /** Length of a vector. */
  readonly embeddingDim: number;
  /** The row that learns nothing, counted from the front; null: none. */
  readonly paddingIdx: number | null;
  /** The largest norm of a row that is looked up; null: none. */
  readonly maxNorm: number | null;
  /** Which norm it is. */
  readonly normType: number;
  /** Whether a row's gradient is divided by how often it is looked up. */
  readonly scaleGradByFreq: boolean;
  /** [n, d]. Another layer may have the same. */
  weight: Parameter;

  /** RangeError where a length is not a whole number ≥ 1, or the padding no row. */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingModuleOptions = {}) {
    atMost(3, arguments.length, "Embedding(numEmbeddings, embeddingDim, options)");
    checkLengths("Embedding", numEmbeddings, embeddingDim);
    const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false } =
      checkOptions("Embedding", options, EMBEDDING);
    const padding = paddingIdx === null ? null : rowOf("Embedding", paddingIdx, numEmbeddings);
    super();
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = padding;
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.weight = new Parameter(empty([numEmbeddings, embeddingDim]));
    normal_(this.weight);
    if (padding !== null) zeros_(this.weight.select(0, padding));
  }

  /**
   * A table of given vectors [n, d], which are copied; it does not learn unless `freeze: false`.
   *
   * @example
   * ```ts
   * import { nn, tensor } from "@glim/glim";
   * const table = nn.Embedding.fromPretrained(tensor([[0.5, 1], [2, 3.5]]));
   * console.log(table.forward(tensor([1])).toArray()); // [[2, 3.5]]
   * ```
   */
  static fromPretrained(vectors: Tensor, options: PretrainedOptions = {}): Embedding {
    atMost(2, arguments.length, "fromPretrained(vectors, options)");
    const { freeze = true, ...others } = checkOptions("fromPretrained", options, PRETRAINED);
    return tableOf(vectors, freeze, (n, d) => new Embedding(n, d, others));
  }

  /** Indices [...] of int32 or uint8 → [..., d]. */
  forward(indices: Tensor): Tensor {
    atMost(1, arguments.length, "Embedding.forward(indices)");
    const { paddingIdx, maxNorm, normType, scaleGradByFreq } = this;
    return embedding(indices, this.weight, { paddingIdx, maxNorm, normType, scaleGradByFreq });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const pad = this.paddingIdx === null ? "" : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${pad}${lookupRepr(this)}`;
  }
}

/** How rows are looked up, as it prints. */
function lookupRepr(
  { maxNorm = null, normType = 2, scaleGradByFreq = false }: LookupOptions,
): string {
  return (maxNorm === null ? "" : `, max_norm=${pythonFloat(maxNorm)}`) +
    (normType === 2 ? "" : `, norm_type=${pythonFloat(normType)}`) +
    (scaleGradByFreq ? ", scale_grad_by_freq=True" : "");
}

/** A table of copies of vectors, which learns unless it is frozen. */
function tableOf<Table extends Embedding | EmbeddingBag>(
  vectors: Tensor,
  freeze: boolean,
  make: (n: number, d: number) => Table,
): Table {
  checkTensor("fromPretrained", vectors, "the vectors");
  if (vectors.ndim !== 2) {
    throw new ShapeError(`fromPretrained: [n, d] is needed: it is ${show(vectors.shape)}`);
  }
  const table = make(...vectors.shape as [number, number]);
  noGrad(() => table.weight.copy_(vectors));
  table.weight.requiresGrad = !freeze;
  return table;
}

/** Options of {@link EmbeddingBag}. */
export interface EmbeddingBagModuleOptions extends LookupOptions {
  /** What becomes of a bag's rows. Default: `"mean"`. */
  mode?: "sum" | "mean" | "max";
  /** Whether the last offset is the end of the last bag. Default: false. */
  includeLastOffset?: boolean;
  /** An index whose rows count for nothing, and start as zeros. Default: none. */
  paddingIdx?: number | null;
}

/** Options of {@link EmbeddingBag.fromPretrained}. */
export interface PretrainedBagOptions extends EmbeddingBagModuleOptions {
  /** Whether the table does not learn. Default: true. */
  freeze?: boolean;
}

const BAG: Kinds<EmbeddingBagModuleOptions> = {
  mode: oneOf("sum", "mean", "max"),
  includeLastOffset: flag,
  paddingIdx: orNull(whole(0)),
  ...LOOKUP,
};
const PRETRAINED_BAG: Kinds<PretrainedBagOptions> = { ...BAG, freeze: flag };

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

  /** A table of given vectors [n, d], which are copied; it does not learn unless `freeze: false`. */
  static fromPretrained(vectors: Tensor, options: PretrainedBagOptions = {}): EmbeddingBag {
    atMost(2, arguments.length, "fromPretrained(vectors, options)");
    const { freeze = true, ...others } = checkOptions("fromPretrained", options, PRETRAINED_BAG);
    return tableOf(vectors, freeze, (n, d) => new EmbeddingBag(n, d, others));
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
    const lookup = lookupRepr(this.options);
    return `${this.numEmbeddings}, ${this.embeddingDim}${lookup}, mode='${mode}'${pad}`;
  }
}
