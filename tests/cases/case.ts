/** What a row of the table is, and what the families of rows share. */
import type * as ops from "../../src/ops/mod.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { type Input, integers, type JsonNumber, uniform } from "../prng.ts";

/** Glim's ops by name. */
export type Ops = typeof ops;

/** One row of the table. */
export interface Case {
  /** The PyTorch expression and the inputs: unique. */
  name: string;
  inputs: Input[];
  run: (f: Ops, ...inputs: Tensor[]) => Tensor;
  /** A Python expression of the inputs a, b, c… */
  torch: string;
  /**
   * Largest error of values and gradients, relative to the expected number or to the tensor's root
   * mean square, whichever is larger; 0: the same number.
   */
  tolerance: number;
  /** Whether the function is smooth around its inputs, so that differences give its gradient. */
  smooth: boolean;
  /** Whether a result or gradient is zero everywhere by its nature, with more than one element. */
  allZero: boolean;
  /** What errors are at least relative to, where terms of that size cancel; else 0. */
  leastScale: number;
}

/** How a row differs from most. */
export type Options = Partial<Pick<Case, "tolerance" | "smooth" | "allZero" | "leastScale">>;

/** No rounding, or one that IEEE 754 prescribes: PyTorch's very numbers. */
export const exact: Options = { tolerance: 0 };

/** At a kink, a tie or beyond the finite numbers: no numerical gradient. */
export const kink: Options = { smooth: false };

/** Both. */
export const exactKink: Options = { ...exact, ...kink };

/** A result or gradient of zeros, which would else be taken for a row that tests nothing. */
export const allZero: Options = { allZero: true };

/** Terms about as large as the inputs cancel, and what is left is rounding. */
export const cancels: Options = { leastScale: 1 };

/** Adds a row: a Python expression, its inputs, and the same call in Glim. */
type Add = (torch: string, inputs: Input[], run: Case["run"], options?: Options) => void;

/** What adds rows to a family. */
export function adder(family: Case[]): Add {
  return (torch, inputs, run, options = {}) => {
    const name = `${torch} of ${inputs.map(describe).join(" ")}`;
    const usual = { tolerance: 1e-5, smooth: true, allZero: false, leastScale: 0 };
    family.push({ name, inputs, run, torch, ...usual, ...options });
  };
}

function describe({ kind, shape, dtype, low, high, values }: Input): string {
  const type = dtype === "float32" ? "" : `${dtype} `;
  if (kind === "values") return `${type}(${values}) [${shape}]`;
  const range = kind === "uniform" && (low !== -1 || high !== 1) ? ` in ${low}..${high}` : "";
  return `${type}${kind === "uniform" ? "" : `${kind} `}[${shape}]${range}`;
}

/** Uniform in [1/4, 9/4): for logarithms, roots, divisors. */
export function positive(shape: number[]): Input {
  return uniform(shape, 0.25, 2.25);
}

/** Small whole numbers: many ties. */
export function floats(shape: number[]): Input {
  return integers(shape, -2, 3, "float32");
}

/** Where functions of floats have their edges. */
export const special: JsonNumber[] = [0, 1, -1, 0.5, "inf", "-inf", "nan"];
