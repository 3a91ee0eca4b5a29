/**
 * Attention.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { attention } from "../families/attention.ts";
import type { Attention, AttentionRule } from "../device/kernels.ts";
import { checkBroadcasts } from "../device/check.ts";
import { write } from "../device/transfer.ts";
import { wantsParts } from "../device/watch.ts";
import { type DType, DTYPES } from "../core/dtype.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  flag,
  fraction,
  type Kinds,
  listOf,
  number,
  orNull,
  whole,
} from "../core/options.ts";
import { generator } from "../core/random.ts";
import { broadcastShape, expandStrides, numelOf, sameShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gradientsByOps } from "./by_ops.ts";
import { maskedSoftmax, softmax } from "./softmax.ts";
import { add, mul } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { checkTensor, tensorKind } from "./check.ts";
import { lt } from "./compare.ts";
import { dropout, dropoutBy } from "./dropout.ts";
import { matmul } from "./matmul.ts";
import { indices } from "./select.ts";
import { expand } from "./sum.ts";
import { reshape, select, transpose, unsqueeze } from "./view.ts";
import { where } from "./where.ts";

/** Options of {@link attend}. */
export interface AttentionOptions {
  /**
   * Broadcasts to the scores [..., l, s]: of bool, where a query may look at a key; of float32, what
   * is added to the scores. Default: none.
   */
  attnMask?: Tensor | null;
  /** Whether query i may look at keys 0 to i only. Default: false. */
  isCausal?: boolean;
  /** The probability with which a key is left out of what a query sees: {@link dropout}'s. Default: 0. */
  dropout?: number;
  /**
   * How many keys there are in each entry of the first dimension, [n] of int32 or uint8, or a list; what
   * is behind them is not looked at. Default: all.
   */
  keyLengths?: Tensor | readonly number[] | null;
  /** Factor of the scores. Default: 1 / √d. */
  scale?: number;
}

/** What attention takes. */
export const ATTENTION: Kinds<AttentionOptions> = {
  attnMask: orNull(tensorKind),
  isCausal: flag,
  dropout: fraction,
  keyLengths: orNull(
    either(tensorKind, listOf(whole(0), undefined, "a list of whole numbers of at least 0")),
  ),
  scale: number,
};

/**
 * softmax(q·kᵀ / √d)·v: Vaswani et al., "Attention is all you need", 2017. q: [..., l, d],
 * k: [..., s, d], v: [..., s, e] → [..., l, e]; leading dimensions are batches and heads, and
 * broadcast. A query whose keys are all masked sees nothing: its result is 0. No score outlives its
 * tile, so memory grows with l and s, not with their product; only a mask that is learnt needs them
 * all. ShapeError where shapes do not agree.
 *
 * @example
 * ```ts
 * import { attend, randn } from "@glim/glim";
 *
 * const [q, k, v] = [randn([2, 4, 16, 8]), randn([2, 4, 16, 8]), randn([2, 4, 16, 8])];
 * console.log(attend(q, k, v, { isCausal: true }).shape); // [2, 4, 16, 8]
 * ```
 */
export function attend(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  atMost(4, arguments.length, "attend(q, k, v, options)");
  return attendAs("attend", q, k, v, checkOptions("attend", options, ATTENTION));
}

/** Options of {@link scaledDotProductAttention}. */
export interface ScaledDotProductAttentionOptions
  extends Omit<AttentionOptions, "dropout" | "keyLengths"> {
  /** The probability with which a key is left out of what a query sees. Default: 0. */
  dropoutP?: number;
  /**
   * Whether queries may have more heads, in the third dimension from the end, than keys and values: as many
   * for each of theirs, the first ones for the first. Default: false.
   */
  enableGqa?: boolean;
}

const SCALED: Kinds<ScaledDotProductAttentionOptions> = {
  attnMask: ATTENTION.attnMask,
  isCausal: flag,
  dropoutP: fraction,
  scale: number,
  enableGqa: flag,
};

/** {@link attend} by PyTorch's name and with its options. */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: ScaledDotProductAttentionOptions = {},
): Tensor {
  const op = "scaledDotProductAttention";
  atMost(4, arguments.length, `${op}(q, k, v, options)`);
  const { dropoutP = 0, enableGqa = false, ...rest } = checkOptions(op, options, SCALED);
  const known = { ...rest, dropout: dropoutP };
  return enableGqa ? attendInGroups(op, q, k, v, known) : attendAs(op, q, k, v, known);
}

/** Attention where several heads of queries share one of keys and values: none is copied for each. */
function attendInGroups(
  op: string,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions,
): Tensor {
  q = asFloat(op, q, "q");
  k = asFloat(op, k, "k");
  v = asFloat(op, v, "v");
  const [heads, shared] = [q, k].map(({ shape }) => shape.at(-3) ?? 0) as [number, number];
  if (v.shape.at(-3) !== shared || heads % shared !== 0) {
    throw new ShapeError(
      `${op}: with enableGqa the heads of k and v, as many, must divide those of q: they are ` +
        `${show(q.shape)}, ${show(k.shape)} and ${show(v.shape)}`,
    );
  }
  const split = (x: Tensor) =>
    reshape(x, [...x.shape.slice(0, -3), shared, heads / shared, ...x.shape.slice(-2)]);
  let mask = options.attnMask ?? null;
  if (mask !== null && mask.ndim > 2) {
    if (mask.shape.at(-3) !== heads && mask.shape.at(-3) !== 1) {
      throw new ShapeError(
        `${op}: the mask must broadcast to the scores of ${heads} heads: it is ${show(mask.shape)}`,
      );
    }
    mask = mask.shape.at(-3) === 1 ? unsqueeze(mask, -3) : split(mask);
  }
  const [keys, values] = [unsqueeze(k, -3), unsqueeze(v, -3)];
  const y = attendAs(op, split(q), keys, values, { ...options, attnMask: mask });
  return reshape(y, [...y.shape.slice(0, -4), heads, ...y.shape.slice(-2)]);
}

/** Attention by whatever name, with options that have been checked. */
export function attendAs(
  op: string,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions,
): Tensor {
  q = asFloat(op, q, "q");
  k = asFloat(op, k, "k");
  v = asFloat(op, v, "v");
  const fits = q.ndim >= 2 && k.ndim >= 2 && v.ndim >= 2 && q.shape.at(-1) === k.shape.at(-1) &&
    k.shape.at(-2) === v.shape.at(-2);
  if (!fits) {
    throw new ShapeError(
      `${op}: q must be [..., l, d], k [..., s, d] and v [..., s, e]: they are ${show(q.shape)}, ` +
        `${show(k.shape)} and ${show(v.shape)}`,
    );
  }
  const [l, d] = q.shape.slice(-2) as [number, number];
  const [s, e] = v.shape.slice(-2) as [number, number];
  let lead: Shape = q.shape.slice(0, -2);
  for (const x of [k, v]) lead = broadcastShape(op, lead, x.shape.slice(0, -2));
  const how = wayOf(op, q, [...lead, l, s], d, options);
  if (how.rule === null) return composed(q, k, v, how, how.lengths);
  [q, k, v] = [
    expandTo(q, [...lead, l, d]),
    expandTo(k, [...lead, s, d]),
    expandTo(v, [...lead, s, e]),
  ];
  const y = rowsLike(q, e);
  const call = kernelsFor(how, [q, k, v], y);
  const shared = (dy: Tensor): [Tensor, Tensor, Tensor] => {
    if (isRecording()) {
      const byOps = (...[q, k, v]: Tensor[]) => [composed(q!, k!, v!, how, how.lengths)];
      return gradientsByOps([q, k, v], byOps, [dy]) as [Tensor, Tensor, Tensor];
    }
    const made = [q, k, v].map((x) => rowsLike(x, x.shape.at(-1)!)) as [Buffer, Buffer, Buffer];
    call.grad(dy, made);
    return made.map((dx) => record("attend", dx, [])) as [Tensor, Tensor, Tensor];
  };
  return record<[Tensor, Tensor, Tensor]>("attend", y, [
    [q, (_, [dq]) => dq],
    [k, (_, [, dk]) => dk],
    [v, (_, [, , dv]) => dv],
  ], { saved: [q, k, v, ...call.saved], shared, differentiable: true });
}

/**
 * Self-attention of several heads: {@link attend} for what a layer has made of each token, its query,
 * its key and its value side by side, each of `heads` equal parts. qkv: [..., l, 3e] → [..., l, e].
 * Nothing is copied on the way. Masks broadcast to [..., heads, l, l]. ShapeError where the lengths
 * do not agree.
 *
 * @example
 * ```ts
 * import { functional, randn } from "@glim/glim";
 *
 * const qkv = randn([2, 16, 3 * 32]);
 * console.log(functional.selfAttention(qkv, 4, { isCausal: true }).shape); // [2, 16, 32]
 * ```
 */
export function selfAttention(qkv: Tensor, heads: number, options: AttentionOptions = {}): Tensor {
  const op = "selfAttention";
  atMost(3, arguments.length, `${op}(qkv, heads, options)`);
  qkv = asFloat(op, qkv, "qkv");
  check(op, "heads", heads, whole(1));
  checkOptions(op, options, ATTENTION);
  if (qkv.ndim < 2 || qkv.shape.at(-1)! % (3 * heads) !== 0) {
    throw new ShapeError(
      `${op}: qkv must be [..., l, 3e], and ${heads} heads must divide e: it is ${show(qkv.shape)}`,
    );
  }
  const lead = qkv.shape.slice(0, -2);
  const [l, width] = qkv.shape.slice(-2) as [number, number];
  const [e, d] = [width / 3, width / 3 / heads];
  const how = wayOf(op, qkv, [...lead, heads, l, l], d, options);
  const byOps = (qkv: Tensor) => {
    const parts = reshape(qkv, [...lead, l, 3, heads, d]);
    const [q, k, v] = [0, 1, 2].map((i) => transpose(select(parts, -3, i), -3, -2));
    const seen = composed(q!, k!, v!, how, how.lengths);
    return reshape(transpose(seen, -3, -2), [...lead, l, e]);
  };
  if (how.rule === null) return byOps(qkv);
  const y = rowsLike(qkv, e);
  const call = kernelsFor(how, headsOf(qkv, heads, d), headsOf(y, heads, d)[0]!);
  const dqkv = (dy: Tensor): Tensor => {
    if (isRecording()) return gradientsByOps([qkv], (qkv) => [byOps(qkv)], [dy])[0]!;
    const made = rowsLike(qkv, width);
    call.grad(headsOf(dy, heads, d)[0]!, headsOf(made, heads, d));
    return record(op, made, []);
  };
  return record(op, y, [[qkv, dqkv]], { saved: [qkv, ...call.saved], differentiable: true });
}

/** [..., l, n · heads · d] as n looks, each [..., heads, l, d]. */
function headsOf(x: Buffer, heads: number, d: number): Buffer[] {
  const shape = [...x.shape.slice(0, -2), heads, x.shape.at(-2)!, d];
  const step = x.strides.at(-1)!;
  const strides = [...x.strides.slice(0, -2), d * step, x.strides.at(-2)!, step];
  return Array.from({ length: x.shape.at(-1)! / heads / d }, (_, i) => {
    return viewOf(x, shape, strides, x.offset + i * heads * d * step);
  });
}

/** How attention is to be computed. */
interface Way extends Required<Omit<AttentionOptions, "keyLengths">> {
  /** [n] of int32. */
  lengths: Tensor | null;
  /** The mask as if it had the shape of the scores. */
  mask: Buffer | null;
  /** What a kernel is told; null: other ops do it. */
  rule: AttentionRule | null;
}

/** How attention with these scores is computed. Refuses masks and lengths that do not fit them. */
function wayOf(
  op: string,
  like: Tensor,
  scores: Shape,
  d: number,
  options: AttentionOptions,
): Way {
  const { attnMask = null, isCausal = false, dropout = 0, scale = 1 / Math.sqrt(d) } = options;
  const mask = attnMask === null ? null : maskAs(op, attnMask, scores);
  const lengths = lengthsOf(op, like, scores.slice(0, -2), options.keyLengths ?? null);
  const isFused = like.storage.device.family(attention).attention !== undefined &&
    !wantsParts &&
    !attnMask?.requiresGrad && (dropout === 0 || numelOf(scores) <= MOST_DROPPED);
  const rule = isFused
    ? {
      scale,
      causal: isCausal,
      dropout: dropout === 0 ? null : { p: dropout, key: generator().next() },
    }
    : null;
  return { attnMask, isCausal, dropout, scale, mask, lengths, rule };
}

/** Positions that masks of dropout reach. */
const MOST_DROPPED = 2 ** 31 - 1;

/** A mask as if it had the shape of the scores. */
function maskAs(op: string, mask: Tensor, scores: Shape): Buffer {
  const { kind, computes } = DTYPES[mask.dtype];
  if (kind === "int" || computes !== true) {
    throw new DTypeError(`${op}: the mask must be bool or float32: it is ${mask.dtype}`);
  }
  checkBroadcasts(mask, scores, op, "the mask");
  if (sameShape(mask.shape, scores)) return mask;
  return viewOf(mask, scores, expandStrides(mask.shape, mask.strides, scores));
}

/** Lengths as the kernels take them. */
function lengthsOf(
  op: string,
  like: Tensor,
  lead: Shape,
  lengths: Tensor | readonly number[] | null,
): Tensor | null {
  if (lengths === null) return null;
  const given = Array.isArray(lengths) ? [lengths.length] : (lengths as Tensor).shape;
  if (lead.length === 0 || !sameShape(given, [lead[0]!])) {
    const needed = lead.length === 0 ? "must not be given without a batch" : `must be [${lead[0]}]`;
    throw new ShapeError(`${op}: the key lengths ${needed}: they are ${show(given)}`);
  }
  if (!Array.isArray(lengths)) {
    checkTensor(op, lengths as Tensor, "the key lengths");
    return indices(op, lengths as Tensor, "key lengths");
  }
  return constant(like, given, "int32", lengths as readonly number[]);
}

/** Numbers that depend on shapes alone where another buffer is: constants of an ONNX file. */
function constant(like: Buffer, shape: Shape, dtype: DType, values: ArrayLike<number>): Tensor {
  const out = alloc(like, shape, dtype);
  kernelsOf(out).fill(out, 0); // kernels are what a trace sees
  write(out, values);
  return record("attend", out, []);
}

function expandTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : expand(x, shape);
}

/** The kernels for some operands: attends at once, and later gives gradients of q, k and v. */
function kernelsFor({ mask, lengths, rule }: Way, [q, k, v]: readonly Buffer[], y: Buffer) {
  const kernels = y.storage.device.family(attention) as Required<Attention>;
  const stats = alloc(y, [...q!.shape.slice(0, -1), 2]);
  kernels.attention(q!, k!, v!, mask, lengths, y, stats, rule!);
  return {
    /** What the gradients read besides q, k and v. */
    saved: [y, mask, lengths].filter((x) => x !== null),
    grad(dy: Buffer, [dq, dk, dv]: readonly Buffer[]): void {
      kernels.attentionGrad(q!, k!, v!, mask, lengths, y, stats, dy, dq!, dk!, dv!, rule!);
    },
  };
}

/**
 * New memory of x's shape but for the last length, in which heads lie within tokens if they do in x: then
 * [n, heads, l, e] is a look at [n, l, heads, e], which need not be copied to become [n, l, heads · e].
 */
function rowsLike(x: Buffer, e: number): Buffer {
  const shape = [...x.shape.slice(0, -1), e];
  const last = x.ndim - 1;
  const order = shape.map((_, axis) => axis);
  if (!x.strides.includes(0)) { // one that is read for several has no place of its own
    order.sort((a, b) => a === last ? 1 : b === last ? -1 : x.strides[b]! - x.strides[a]!);
  }
  if (order.every((axis, i) => axis === i)) return alloc(x, shape);
  const base = alloc(x, order.map((axis) => shape[axis]!));
  const strides = new Array<number>(shape.length);
  order.forEach((axis, i) => strides[axis] = base.strides[i]!);
  return viewOf(base, shape, strides);
}

/** Made of other ops: on devices that have no kernel for it, for masks that are learnt and for ONNX. */
export function composed(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { attnMask, isCausal, dropout: p, scale, rule = null }:
    & Required<Omit<AttentionOptions, "keyLengths">>
    & Partial<Pick<Way, "rule">>,
  lengths: Tensor | null,
): Tensor {
  const seen = probabilities(q, k, { attnMask, isCausal, scale }, lengths);
  const { key } = rule?.dropout ?? {}; // what a kernel has dropped
  return matmul(key === undefined ? dropout(seen, p) : dropoutBy(seen, p, key), v);
}

/** What each query looks at: [..., l, s]. */
export function probabilities(
  q: Tensor,
  k: Tensor,
  { attnMask, isCausal, scale }: Required<Omit<AttentionOptions, "keyLengths" | "dropout">>,
  lengths: Tensor | null,
): Tensor {
  const [l, s] = [q.shape.at(-2)!, k.shape.at(-2)!];
  let scores = matmul(mul(q, scale), transpose(k, -2, -1));
  if (isCausal) scores = where(causal(q, l, s), scores, -Infinity);
  if (attnMask !== null) {
    scores = attnMask.dtype === "bool" ? where(attnMask, scores, -Infinity) : add(scores, attnMask);
  }
  if (lengths !== null) {
    const ones = Array.from({ length: scores.ndim - 1 }, () => 1);
    const here = lt(reshape(counted(q, s, 0), [...ones, s]), reshape(lengths, [-1, ...ones]));
    scores = where(here, scores, -Infinity);
  }
  const isMasked = attnMask !== null || lengths !== null;
  return isMasked ? maskedSoftmax(scores) : softmax(scores, -1);
}

/** [l, s] of bool where another buffer is: whether key j is not after query i. */
function causal(like: Buffer, l: number, s: number): Tensor {
  return lt(counted(like, s, 0), reshape(counted(like, l, 1), [l, 1]));
}

/** So many whole numbers from a first one on, where another buffer is. */
function counted(like: Buffer, length: number, first: number): Tensor {
  return constant(like, [length], "int32", Array.from({ length }, (_, i) => first + i));
}
