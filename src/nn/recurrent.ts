import { empty, zeros } from "../tensor/create.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  describe,
  either,
  flag,
  fraction,
  type Kind,
  type Kinds,
  listOf,
  oneOf,
  orNull,
  whole,
} from "../core/options.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import { dropout } from "../ops/dropout.ts";
import { cat, stack } from "../ops/mod.ts";
import { checkFloat, tensorKind } from "../ops/check.ts";
import { type Cell, GATES, recurrentLayer, type RecurrentWeights } from "../ops/recurrent.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { checkLengths } from "./check.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** How many steps each sample has: numbers, or a tensor of them. */
export type Lengths = readonly number[] | Tensor;

/** Options of recurrent layers. */
export interface RecurrentOptions {
  /** Layers, each of which reads the one before. Default: 1. */
  numLayers?: number;
  /** Whether to add biases. Default: true. */
  bias?: boolean;
  /** Whether inputs and outputs are [n, steps, …] and not [steps, n, …]; states never. Default: false. */
  batchFirst?: boolean;
  /** The probability of a 0 in what goes from layer to layer, in training. Default: 0. */
  dropout?: number;
  /** Whether each layer also reads from the end, and gives both, one behind the other. Default: false. */
  bidirectional?: boolean;
}

/** Options of {@link LSTM}. */
export interface LSTMOptions extends RecurrentOptions {
  /** Length that hidden states are projected to; 0: they are not. Default: 0. */
  projSize?: number;
}

/** Options of {@link RNN}. */
export interface RNNOptions extends RecurrentOptions {
  /** What becomes of the sum. Default: `"tanh"`. */
  nonlinearity?: "tanh" | "relu";
}

const RECURRENT: Kinds<RecurrentOptions> = {
  numLayers: whole(1),
  bias: flag,
  batchFirst: flag,
  dropout: fraction,
  bidirectional: flag,
};
const LSTM_KINDS: Kinds<LSTMOptions> = { ...RECURRENT, projSize: whole(0) };
const RNN_KINDS: Kinds<RNNOptions> = { ...RECURRENT, nonlinearity: oneOf("tanh", "relu") };
const LENGTHS: Kind = orNull(either(listOf(whole(1)), tensorKind));

/** What recurrent layers share: parameters by PyTorch's names, layers and directions. */
export abstract class Recurrent<State> extends Module<
  [x: Tensor, state?: State | null, lengths?: Lengths | null],
  [y: Tensor, state: State]
> {
  /** Length of an input. */
  readonly inputSize: number;
  /** Length of a state. */
  readonly hiddenSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Whether there are biases. */
  readonly bias: boolean;
  /** Whether inputs are [n, steps, …]. */
  readonly batchFirst: boolean;
  /** The probability of a 0 between layers. */
  readonly dropout: number;
  /** Whether it also reads from the end. */
  readonly bidirectional: boolean;
  /** Length of a projected state, or 0. */
  readonly projSize: number;
  /** What a layer's cells are. */
  protected readonly cell: Cell;

  /** Makes and initialises the parameters: U(±1/√hidden), as PyTorch does. */
  constructor(cell: Cell, inputSize: number, hiddenSize: number, options: LSTMOptions) {
    super();
    this.cell = cell;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = options.numLayers ?? 1;
    this.bias = options.bias ?? true;
    this.batchFirst = options.batchFirst ?? false;
    this.dropout = options.dropout ?? 0;
    this.bidirectional = options.bidirectional ?? false;
    this.projSize = options.projSize ?? 0;
    if (this.projSize >= hiddenSize && this.projSize > 0) {
      throw new RangeError(
        `LSTM: projSize must be below the hidden length ${hiddenSize}: it is ${this.projSize}`,
      );
    }
    const bound = 1 / Math.sqrt(hiddenSize);
    const state = this.#stateSize();
    const width = GATES[cell] * hiddenSize;
    for (let layer = 0; layer < this.numLayers; layer++) {
      for (const suffix of this.#suffixes(layer)) {
        const input = layer === 0 ? inputSize : state * (this.bidirectional ? 2 : 1);
        this.#add(`weight_ih${suffix}`, [width, input], bound);
        this.#add(`weight_hh${suffix}`, [width, state], bound);
        if (this.bias) {
          this.#add(`bias_ih${suffix}`, [width], bound);
          this.#add(`bias_hh${suffix}`, [width], bound);
        }
        if (this.projSize > 0) this.#add(`weight_hr${suffix}`, [state, hiddenSize], bound);
      }
    }
  }

  #stateSize(): number {
    return this.projSize > 0 ? this.projSize : this.hiddenSize;
  }

  #suffixes(layer: number): string[] {
    return this.bidirectional ? [`_l${layer}`, `_l${layer}_reverse`] : [`_l${layer}`];
  }

  #add(name: string, shape: Shape, bound: number): void {
    const parameter = new Parameter(empty(shape));
    uniform_(parameter, -bound, bound);
    (this as unknown as Record<string, Parameter>)[name] = parameter;
  }

  #weights(suffix: string): RecurrentWeights {
    const own = this as unknown as Record<string, Parameter | undefined>;
    return {
      ih: own[`weight_ih${suffix}`]!,
      hh: own[`weight_hh${suffix}`]!,
      biasIh: own[`bias_ih${suffix}`] ?? null,
      biasHh: own[`bias_hh${suffix}`] ?? null,
      hr: own[`weight_hr${suffix}`] ?? null,
    };
  }

  /** All layers. h and c: [layers · directions, n, …], or null for zeros. */
  protected run(
    x: Tensor,
    h: Tensor | null,
    c: Tensor | null,
    lengths: Lengths | null,
  ): [y: Tensor, h: Tensor, c: Tensor | null] {
    const name = this.constructor.name;
    checkFloat(name, x);
    check(name, "the lengths", lengths, LENGTHS);
    if (
      (x.ndim !== 2 && x.ndim !== 3) || x.shape.at(-1) !== this.inputSize ||
      x.shape[x.ndim === 3 && this.batchFirst ? 1 : 0] === 0
    ) {
      throw new ShapeError(
        `${name}: x must be ${
          this.batchFirst ? "[n, steps" : "[steps, n"
        }, ${this.inputSize}] or ` +
          `[steps, ${this.inputSize}], of at least one step: it is ${show(x.shape)}`,
      );
    }
    const isSingle = x.ndim === 2;
    let input = isSingle ? x.unsqueeze(1) : this.batchFirst ? x.transpose(0, 1) : x;
    const [steps, batch] = input.shape as [number, number];
    const directions = this.bidirectional ? 2 : 1;
    const count = this.numLayers * directions;
    const stateOf = (given: Tensor | null, what: string, size: number): Tensor => {
      const lead = isSingle ? [count] : [count, batch];
      if (given === null) return zeros([count, batch, size], { device: x.device });
      checkFloat(name, given, what);
      if (!sameShape(given.shape, [...lead, size])) {
        throw new ShapeError(
          `${name}: ${what} must be ${show([...lead, size])}: it is ${show(given.shape)}`,
        );
      }
      return isSingle ? given.unsqueeze(1) : given;
    };
    const h0 = stateOf(h, "h", this.#stateSize());
    const c0 = this.cell === "lstm" ? stateOf(c, "c", this.hiddenSize) : null;
    const limits = lengths === null ? null : lengthsOf(name, lengths, steps, batch);
    const hs: Tensor[] = [], cs: Tensor[] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0) input = dropout(input, this.dropout, this.training);
      const ys = this.#suffixes(layer).map((suffix, direction) => {
        const i = layer * directions + direction;
        const result = recurrentLayer({
          cell: this.cell,
          x: input,
          h: h0.select(0, i),
          c: c0?.select(0, i) ?? null,
          w: this.#weights(suffix),
          lengths: limits,
          reverse: direction === 1,
        });
        hs.push(result.h);
        if (result.c !== null) cs.push(result.c);
        return result.y;
      });
      input = ys.length === 1 ? ys[0]! : cat(ys, 2);
    }
    const joined = (list: Tensor[]) => {
      const all = list.length === 1 ? list[0]!.unsqueeze(0) : stack(list);
      return isSingle ? all.squeeze(1) : all;
    };
    const y = isSingle ? input.squeeze(1) : this.batchFirst ? input.transpose(0, 1) : input;
    return [y, joined(hs), c0 === null ? null : joined(cs)];
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const parts = [`${this.inputSize}, ${this.hiddenSize}`];
    if (this.projSize !== 0) parts.push(`proj_size=${this.projSize}`);
    if (this.numLayers !== 1) parts.push(`num_layers=${this.numLayers}`);
    if (!this.bias) parts.push("bias=False");
    if (this.batchFirst) parts.push("batch_first=True");
    if (this.dropout !== 0) parts.push(`dropout=${python(this.dropout)}`);
    if (this.bidirectional) parts.push("bidirectional=True");
    return parts.join(", ");
  }
}

/** Lengths as numbers; RangeError unless each is from 1 to the steps that there are. */
function lengthsOf(name: string, lengths: Lengths, steps: number, batch: number): number[] {
  if (!Array.isArray(lengths) && (lengths as Tensor).dtype === "float32") {
    throw new DTypeError(`${name}: lengths must be integers: they are float32`);
  }
  const list = Array.isArray(lengths)
    ? lengths as number[]
    : Array.from((lengths as Tensor).toTypedArray() as ArrayLike<number | bigint>, Number);
  const fits = list.length === batch && list.every((n) => n >= 1 && n <= steps);
  if (fits) return list;
  throw new RangeError(
    `${name}: lengths must be ${batch} whole numbers from 1 to ${steps}: they are ${
      describe(list)
    }`,
  );
}

/**
 * Long short-term memory: Hochreiter and Schmidhuber, 1997. Its parameters have PyTorch's names
 * (`weight_ih_l0`, `bias_hh_l1_reverse` …) and start as PyTorch's do.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@glim/glim";
 * const lstm = new nn.LSTM(28, 64, { numLayers: 2, batchFirst: true });
 * const [y, [h, c]] = lstm.forward(ones([8, 28, 28]));
 * console.log(y.shape, h.shape, c.shape); // [8, 28, 64] [2, 8, 64] [2, 8, 64]
 * ```
 */
export class LSTM extends Recurrent<[h: Tensor, c: Tensor]> {
  /** RangeError where a number is out of range. */
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    atMost(3, arguments.length, "LSTM(inputSize, hiddenSize, options)");
    checkOptions("LSTM", options, LSTM_KINDS);
    checkLengths("LSTM", inputSize, hiddenSize);
    super("lstm", inputSize, hiddenSize, options);
  }

  /**
   * x: [steps, n, input] (or [n, steps, input] with `batchFirst`, or [steps, input]), h and c:
   * [layers · directions, n, hidden], zeros where they are not given → the last layer's states,
   * likewise, and the last h and c of each layer and direction.
   *
   * With `lengths`, each sample has so many steps, as in PyTorch's packed sequences: beyond them y is
   * 0, h and c are those of its last step, and the direction from the end begins there.
   */
  forward(
    x: Tensor,
    state: [h: Tensor, c: Tensor] | null = null,
    lengths: Lengths | null = null,
  ): [y: Tensor, state: [h: Tensor, c: Tensor]] {
    atMost(3, arguments.length, "LSTM.forward(x, [h, c], lengths)");
    check("LSTM", "the state", state, STATES);
    const [y, h, c] = this.run(x, state?.[0] ?? null, state?.[1] ?? null, lengths);
    return [y, [h, c!]];
  }
}

const STATES: Kind = orNull(listOf(tensorKind, 2, "a list of h and c"));

/**
 * Gated recurrent units: Cho et al., "Learning phrase representations using RNN encoder-decoder",
 * 2014. Parameters as in {@link LSTM}.
 */
export class GRU extends Recurrent<Tensor> {
  /** RangeError where a number is out of range. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    atMost(3, arguments.length, "GRU(inputSize, hiddenSize, options)");
    checkOptions("GRU", options, RECURRENT);
    checkLengths("GRU", inputSize, hiddenSize);
    super("gru", inputSize, hiddenSize, options);
  }

  /** x and h → y and the last h; shapes and lengths as in {@link LSTM}. */
  forward(
    x: Tensor,
    h: Tensor | null = null,
    lengths: Lengths | null = null,
  ): [y: Tensor, state: Tensor] {
    atMost(3, arguments.length, "GRU.forward(x, h, lengths)");
    check("GRU", "h", h, orNull(tensorKind));
    const [y, last] = this.run(x, h, null, lengths);
    return [y, last];
  }
}

/** h′ = tanh or relu of W x + b + U h + c: Elman, "Finding structure in time", 1990. */
export class RNN extends Recurrent<Tensor> {
  /** What becomes of the sum. */
  readonly nonlinearity: "tanh" | "relu";

  /** RangeError where a number is out of range. */
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    atMost(3, arguments.length, "RNN(inputSize, hiddenSize, options)");
    const { nonlinearity = "tanh", ...rest } = checkOptions("RNN", options, RNN_KINDS);
    checkLengths("RNN", inputSize, hiddenSize);
    super(nonlinearity, inputSize, hiddenSize, rest);
    this.nonlinearity = nonlinearity;
  }

  /** x and h → y and the last h; shapes and lengths as in {@link LSTM}. */
  forward(
    x: Tensor,
    h: Tensor | null = null,
    lengths: Lengths | null = null,
  ): [y: Tensor, state: Tensor] {
    atMost(3, arguments.length, "RNN.forward(x, h, lengths)");
    check("RNN", "h", h, orNull(tensorKind));
    const [y, last] = this.run(x, h, null, lengths);
    return [y, last];
  }
}
