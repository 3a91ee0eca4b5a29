import { empty, zeros } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  type Kinds,
  listOf,
  oneOf,
  orNull,
} from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { checkFloat, tensorKind } from "../ops/check.ts";
import { type Cell, GATES, recurrentLayer } from "../ops/recurrent.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { checkLengths } from "./check.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";

/** Options of {@link LSTMCell} and {@link GRUCell}. */
export interface RecurrentCellOptions {
  /** Whether to add biases. Default: true. */
  bias?: boolean;
}

/** Options of {@link RNNCell}. */
export interface RNNCellOptions extends RecurrentCellOptions {
  /** What becomes of the sum. Default: `"tanh"`. */
  nonlinearity?: "tanh" | "relu";
}

const CELL: Kinds<RecurrentCellOptions> = { bias: flag };
const RNN_CELL: Kinds<RNNCellOptions> = { ...CELL, nonlinearity: oneOf("tanh", "relu") };

/** What the cells share: one step of a recurrent layer, with PyTorch's names of parameters. */
export abstract class RecurrentCell<State, O> extends Module<[x: Tensor, state?: State | null], O> {
  /** Length of an input. */
  readonly inputSize: number;
  /** Length of a state. */
  readonly hiddenSize: number;
  /** [gates · hidden, input]. */
  readonly weight_ih: Parameter;
  /** [gates · hidden, hidden]. */
  readonly weight_hh: Parameter;
  /** [gates · hidden], or null. */
  readonly bias_ih: Parameter | null;
  /** [gates · hidden], or null. */
  readonly bias_hh: Parameter | null;
  /** What it is. */
  protected readonly cell: Cell;

  /** Makes and initialises the parameters: U(±1/√hidden), as PyTorch does. */
  constructor(name: string, cell: Cell, inputSize: number, hiddenSize: number, bias: boolean) {
    checkLengths(name, inputSize, hiddenSize);
    super();
    this.cell = cell;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    const width = GATES[cell] * hiddenSize;
    this.weight_ih = new Parameter(empty([width, inputSize]));
    this.weight_hh = new Parameter(empty([width, hiddenSize]));
    this.bias_ih = bias ? new Parameter(empty([width])) : null;
    this.bias_hh = bias ? new Parameter(empty([width])) : null;
    const bound = 1 / Math.sqrt(hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** One step. */
  protected step(
    x: Tensor,
    h: Tensor | null,
    c: Tensor | null,
  ): { h: Tensor; c: Tensor | null } {
    const name = this.constructor.name;
    checkFloat(name, x);
    if ((x.ndim !== 1 && x.ndim !== 2) || x.shape.at(-1) !== this.inputSize) {
      throw new ShapeError(
        `${name}: x must be [n, ${this.inputSize}] or [${this.inputSize}]: it is ${show(x.shape)}`,
      );
    }
    const isSingle = x.ndim === 1;
    const rows = isSingle ? x.unsqueeze(0) : x;
    const batch = rows.shape[0]!;
    const stateOf = (given: Tensor | null, what: string): Tensor => {
      if (given === null) return zeros([batch, this.hiddenSize], { device: x.device });
      checkFloat(name, given, what);
      const shape = isSingle ? [this.hiddenSize] : [batch, this.hiddenSize];
      if (!sameShape(given.shape, shape)) {
        throw new ShapeError(`${name}: ${what} must be ${show(shape)}: it is ${show(given.shape)}`);
      }
      return isSingle ? given.unsqueeze(0) : given;
    };
    const weights = {
      ih: this.weight_ih,
      hh: this.weight_hh,
      biasIh: this.bias_ih,
      biasHh: this.bias_hh,
      hr: null,
    };
    const c0 = this.cell === "lstm" ? stateOf(c, "c") : null;
    const next = recurrentLayer({
      cell: this.cell,
      x: rows.unsqueeze(0),
      h: stateOf(h, "h"),
      c: c0,
      w: weights,
      lengths: null,
      reverse: false,
    });
    if (!isSingle) return next;
    return { h: next.h.squeeze(0), c: next.c?.squeeze(0) ?? null };
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const bias = this.bias_ih === null ? ", bias=False" : "";
    return `${this.inputSize}, ${this.hiddenSize}${bias}`;
  }
}

/** One step of an `LSTM`. */
export class LSTMCell extends RecurrentCell<[h: Tensor, c: Tensor], [h: Tensor, c: Tensor]> {
  /** RangeError where a length is not a whole number ≥ 1. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentCellOptions = {}) {
    atMost(3, arguments.length, "LSTMCell(inputSize, hiddenSize, { bias })");
    const { bias = true } = checkOptions("LSTMCell", options, CELL);
    super("LSTMCell", "lstm", inputSize, hiddenSize, bias);
  }

  /** x: [n, input] or [input], h and c: [n, hidden] or [hidden], or zeros → the next h and c. */
  forward(
    x: Tensor,
    state: [h: Tensor, c: Tensor] | null = null,
  ): [h: Tensor, c: Tensor] {
    atMost(2, arguments.length, "LSTMCell.forward(x, [h, c])");
    check("LSTMCell", "the state", state, orNull(listOf(tensorKind, 2, "a list of h and c")));
    const { h, c } = this.step(x, state?.[0] ?? null, state?.[1] ?? null);
    return [h, c!];
  }
}

/** One step of a `GRU`. */
export class GRUCell extends RecurrentCell<Tensor, Tensor> {
  /** RangeError where a length is not a whole number ≥ 1. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentCellOptions = {}) {
    atMost(3, arguments.length, "GRUCell(inputSize, hiddenSize, { bias })");
    const { bias = true } = checkOptions("GRUCell", options, CELL);
    super("GRUCell", "gru", inputSize, hiddenSize, bias);
  }

  /** x: [n, input] or [input], h: [n, hidden] or [hidden], or zeros → the next h. */
  forward(x: Tensor, h: Tensor | null = null): Tensor {
    atMost(2, arguments.length, "GRUCell.forward(x, h)");
    check("GRUCell", "h", h, orNull(tensorKind));
    return this.step(x, h, null).h;
  }
}

/** One step of an `RNN`. */
export class RNNCell extends RecurrentCell<Tensor, Tensor> {
  /** RangeError where a length is not a whole number ≥ 1. */
  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    atMost(3, arguments.length, "RNNCell(inputSize, hiddenSize, { bias, nonlinearity })");
    const { bias = true, nonlinearity = "tanh" } = checkOptions("RNNCell", options, RNN_CELL);
    super("RNNCell", nonlinearity, inputSize, hiddenSize, bias);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { cell } = this;
    return cell === "tanh" ? super.extraRepr() : `${super.extraRepr()}, nonlinearity=${cell}`;
  }

  /** x: [n, input] or [input], h: [n, hidden] or [hidden], or zeros → the next h. */
  forward(x: Tensor, h: Tensor | null = null): Tensor {
    atMost(2, arguments.length, "RNNCell.forward(x, h)");
    check("RNNCell", "h", h, orNull(tensorKind));
    return this.step(x, h, null).h;
  }
}
