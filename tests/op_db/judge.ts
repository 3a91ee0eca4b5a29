// deno-lint-ignore-file no-explicit-any -- PyTorch's samples hold whatever an op takes
/**
 * One sample of PyTorch's op_db, run by Glim: are values, dtypes, shapes and gradients PyTorch's?
 *
 * @module
 */
import { type DType, scope, slice, Tensor, tensor } from "@glim/glim";
import { callOf } from "./calls.ts";

/** A tensor as `samples.py` writes it. */
interface Packed {
  dtype: string;
  shape: number[];
  data: (number | string)[];
  /** Its dimensions as they follow each other in memory, unless it is row-major. */
  order?: number[];
  requiresGrad?: boolean;
  /** Whether it lies in memory in another way, in which it is not given to Glim. */
  hasGaps?: boolean;
  /** Of a result: the input whose memory it is a view of. */
  of?: number;
}

/** A line that `samples.py` writes. */
export interface Sample {
  op: string;
  variant: string;
  dtype: string;
  i: number;
  input: unknown;
  args: unknown[];
  kwargs: Record<string, unknown>;
  /** The distinct tensors of the arguments, in order. */
  tensors: Packed[];
  /** The tensors that come out. */
  results: Packed[];
  /** What comes out where it is no tensor. */
  value?: unknown;
  /** Gradients of `tensors`, where a result has one. */
  grads?: (Packed | null)[];
}

/** `missing`: Glim has no such op; `refused`: it threw what the text says; `wrong`: what differs. */
export type Verdict = { kind: "same" | "missing" } | { kind: "refused" | "wrong"; text: string };

/** What these draw is PyTorch's in shape and dtype only. */
const DRAWN = new Set([
  ..."bernoulli empty empty_like multinomial normal rand_like randint randint_like randn".split(
    " ",
  ),
  ..."randn_like exponential uniform new_empty".split(" "),
  ..."dropout dropout2d alpha_dropout rrelu".split(" ").map((name) => `nn.functional.${name}`),
]);

/** Which of equal elements is named is open in these: their places are compared where none are equal. */
const TIES = new Set("kthvalue median nanmedian mode topk sort argsort".split(" "));

/** Errors relative to the tensor's scale: of results, and of gradients. */
const VALUE = 2e-5, GRADIENT = 1e-4;

/** A smaller scale counts as this one: of what cancels out, rounding is left. */
const LEAST_SCALE = 0.1;

/** Runs a sample in a scope of its own. */
export function judge(sample: Sample): Verdict {
  const call = callOf(sample.op);
  if (call === undefined) return { kind: "missing" };
  return scope(() => {
    const leaves = sample.tensors.map(leafOf);
    const inputs = leaves.map((leaf, i) => inOrder(leaf, sample.tensors[i]!));
    const decode = decoder(inputs);
    let result: unknown;
    try {
      const kwargs = Object.entries(sample.kwargs).map(([name, value]) => [name, decode(value)]);
      result = call(decode(sample.input), sample.args.map(decode), Object.fromEntries(kwargs));
    } catch (error) {
      return { kind: "refused", text: textOf(error) };
    }
    if (result === undefined) return { kind: "missing" };
    try {
      const text = differenceOf(sample, result, decode) ??
        memoryDifference(sample, result, inputs) ??
        gradientDifference(sample, result, leaves);
      return text === null ? { kind: "same" } : { kind: "wrong", text };
    } catch (error) {
      return { kind: "wrong", text: textOf(error) };
    }
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** PyTorch's default of integers is Glim's int32. */
function dtypeOf(dtype: string): DType {
  return (dtype === "int64" ? "int32" : dtype === "float64" ? "float32" : dtype) as DType;
}

function leafOf({ dtype, shape, data, requiresGrad = false }: Packed): Tensor {
  return tensor(Float64Array.from(data, Number), { shape, dtype: dtypeOf(dtype), requiresGrad });
}

/** The same with PyTorch's order in memory. */
function inOrder(leaf: Tensor, { order }: Packed): Tensor {
  if (order === undefined) return leaf;
  return leaf.permute(order).contiguous().permute(order.map((_, dim) => order.indexOf(dim)));
}

/** Values of arguments out of JSON. */
function decoder(tensors: Tensor[]): (value: any) => any {
  return function decode(value: any): any {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(decode);
    if ("tensor" in value) return tensors[value.tensor];
    if ("number" in value) return Number(value.number);
    if ("slice" in value) return slice(...(value.slice as [number]));
    if ("dtype" in value) return dtypeOf(value.dtype);
    return Object.assign(value.tuple.map(decode), { isTuple: true });
  };
}

/** All tensors of a result, in order. */
function tensorsIn(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return typeof result === "object" && result !== null
    ? Object.values(result).flatMap(tensorsIn)
    : [];
}

/**
 * Which result is a view of an input where PyTorch's is not, or the other way round. Integers may be
 * converted there, where they are int32 here.
 */
function memoryDifference(sample: Sample, result: unknown, inputs: Tensor[]): string | null {
  const isLaidOut = sample.tensors.every(({ hasGaps = false }) => !hasGaps);
  if (sample.value !== undefined || sample.dtype !== "float32" || !isLaidOut) return null;
  return firstOf(tensorsIn(result), (y, k) => {
    const { of = -1 } = sample.results[k]!;
    const own = inputs.findIndex(({ storage }) => y.numel > 0 && storage === y.storage);
    const viewed = (i: number) => i < 0 ? "has memory of its own" : `is a view of input ${i}`;
    return own === of ? null : `result ${k} ${viewed(own)}: PyTorch's ${viewed(of)}`;
  });
}

/** What differs from PyTorch's results; null where nothing does. */
function differenceOf(sample: Sample, result: unknown, decode: (value: any) => any): string | null {
  if (sample.value !== undefined) {
    const [own, theirs] = [result, decode(sample.value)].map((value) => JSON.stringify(value));
    return own === theirs ? null : `it is ${own}, not ${theirs}`;
  }
  const results = tensorsIn(result);
  if (results.length !== sample.results.length) {
    return `there are ${results.length} results, not ${sample.results.length}`;
  }
  const areOpen = TIES.has(sample.op) && sample.dtype !== "float32";
  return firstOf(results, (y, k) => {
    const isOpen = isDrawn(sample) || (areOpen && y.dtype === "int32" && k === results.length - 1);
    return compare(`result ${k}`, y, sample.results[k]!, isOpen ? Infinity : VALUE);
  });
}

/** Sends into each result the gradient that `samples.py` does, and looks at those of the inputs. */
function gradientDifference(
  sample: Sample,
  result: unknown,
  leaves: Tensor[],
): string | null {
  const { results, grads } = sample;
  if (grads === undefined) return null;
  const sent: Tensor[] = [];
  for (const [k, y] of tensorsIn(result).entries()) {
    if (!results[k]!.requiresGrad) continue;
    if (!y.requiresGrad) {
      const isNone = grads.every((grad) => grad === null || isZero(grad));
      return isNone ? null : `result ${k} requires no gradient`;
    }
    const upstream = Float32Array.from(
      { length: y.numel },
      (_, i) => ((i * 7 + k * 3) % 11 - 5) / 4,
    );
    sent.push(y.mul(tensor(upstream, { shape: y.shape })).sum());
  }
  sent.reduce((a, b) => a.add(b)).backward();
  return firstOf(leaves, ({ grad }, i) => {
    const expected = grads[i];
    if (!expected) return null;
    if (grad !== null) {
      return compare(`gradient ${i}`, grad, expected, isDrawn(sample) ? Infinity : GRADIENT);
    }
    return isZero(expected) ? null : `input ${i} has no gradient`;
  });
}

function isZero({ data }: Packed): boolean {
  return data.every((value) => value === 0);
}

/** Whether the results are random. */
function isDrawn({ op, kwargs }: Sample): boolean {
  return DRAWN.has(op) || Number(kwargs.dropout_p ?? 0) > 0;
}

function firstOf<T>(list: T[], find: (item: T, i: number) => string | null): string | null {
  for (const [i, item] of list.entries()) {
    const found = find(item, i);
    if (found !== null) return found;
  }
  return null;
}

/** Errors count relative to the number or to the root of the mean square of all, whichever is larger. */
function compare(what: string, own: Tensor, expected: Packed, tolerance: number): string | null {
  if (String(own.shape) !== String(expected.shape)) {
    return `${what} is [${own.shape}], not [${expected.shape}]`;
  }
  const dtype = dtypeOf(expected.dtype);
  if (own.dtype !== dtype) return `${what} is ${own.dtype}, not ${dtype}`;
  const theirs = expected.data.map(Number);
  const finite = theirs.filter(Number.isFinite);
  const scale = Math.hypot(...finite) / Math.sqrt(Math.max(1, finite.length));
  const elements = Array.from(own.toTypedArray() as Iterable<number>, Number);
  const at = elements.findIndex((x, i) => {
    const y = theirs[i]!;
    return !(x === y || Object.is(x, y) || tolerance === Infinity ||
      Math.abs(x - y) <= tolerance * Math.max(Math.abs(y), scale, LEAST_SCALE));
  });
  return at < 0 ? null : `element ${at} of ${what} is ${elements[at]}, not ${theirs[at]}`;
}
