/**
 * What a device can compute: its kernels. Ops hand over buffers of one device and plain values, and
 * results go to buffers. Nothing is returned, so that a device may still be at work when the call
 * ends; ops have checked dtypes and shapes, and what may be wrong in the data itself is blamed on a
 * row of it.
 *
 * Unless a line says otherwise, buffers are float32 and row-major without gaps, and an output may be
 * one of the inputs. "Dense, in one order" are elements that fill one span of memory in the same
 * order of dimensions in all buffers, whatever order that is. "Images" lie row-major or, where
 * `inner` says so, channels last.
 *
 * @module
 */
import type { RandomKey } from "../core/random.ts";
import type { Buffer } from "./buffer.ts";

/** What every device computes in every program. */
export interface Kernels
  extends Moves, Elementwise, Products, Reductions, Scans, Losses, Selection, Random, Updates {}

/** Everything: with the families that a program has if it imports an op of theirs, `src/families/`. */
export interface AllKernels
  extends
    Kernels,
    Activations,
    Attention,
    Recurrent,
    Convolution,
    Images,
    Normalization,
    Adaptive,
    Training {}

/** What is wrong with the data, once a kernel has found in which row: a label or an index, its value. */
export type Blame = (row: number, value: number) => Error;

/** Copies, conversions and fillings: of any dtype. */
export interface Moves {
  /** to = from, both of any strides and the same dtype; `from` broadcasts to `to`'s shape. */
  copy(from: Buffer, to: Buffer): void;

  /** y = x in y's dtype. Towards int32, fractions are cut off; towards bool, all but 0 is true. */
  cast(x: Buffer, y: Buffer): void;

  /** y = value everywhere. */
  fill(y: Buffer, value: number): void;
}

/** y = f(x), element by element. A device has a kernel for it, or computes `f` itself. */
export interface UnaryOp {
  /** The op's name. */
  readonly name: string;
  /** The kernel's, of which an op with options may have several. */
  readonly kernel: string;
  /** How much there is to compute for an element, eˣ being 1; 0: no more than to read and write it. */
  readonly cost: number;
  /** The function. */
  readonly f: (x: number) => number;
  /** dx, from the x or the y that was saved and from dy. */
  readonly grad: (saved: number, dy: number) => number;
}

/** c = f(a, b), element by element. A device has a kernel of its name, or computes `f` itself. */
export interface BinaryOp {
  /** Its name. */
  readonly name: string;
  /** How much there is to compute for an element, eˣ being 1; 0: no more than to read and write it. */
  readonly cost: number;
  /** The function. */
  readonly f: (a: number, b: number) => number;
  /** The same of int32; null: integers do not have it. */
  readonly ofIntegers: ((a: number, b: number) => number) | null;
}

/** c = f(a, b), as bool. A device has a kernel of its name, or computes `f` itself. */
export interface CompareOp {
  /** Its name. */
  readonly name: string;
  /** Whether it holds. */
  readonly f: (a: number, b: number) => boolean;
}

/**
 * y = f(x, a, b), element by element, with two numbers as its settings. A device has a kernel of its
 * name, or computes `f` itself.
 */
export interface ActivationOp {
  /** Its name. */
  readonly name: string;
  /** How much there is to compute for an element, eˣ being 1; 0: no more than to read and write it. */
  readonly cost: number;
  /** The function. */
  readonly f: (x: number, a: number, b: number) => number;
  /** dx, from x and dy. */
  readonly grad: (x: number, dy: number, a: number, b: number) => number;
}

/** Functions of elements that are made of several others: of float32, of int32, of bools. */
export type Combination =
  | "addcdiv"
  | "addcmul"
  | "boolNot"
  | "cube"
  | "fourth"
  | "glu"
  | "gluGate"
  | "inverse"
  | "lerp"
  | "nanToNum"
  | "root"
  | "rootOfPositive"
  | "signs"
  | "int32Abs"
  | "int32Neg"
  | "int32Not"
  | "int32Shift"
  | "int32Sign";

/** What is done with the bits of two elements. */
export type BitsOp = "and" | "or" | "xor";

/** Operations on elements. */
export interface Elementwise {
  /** y = op(x). Dense, in one order. */
  unary(op: UnaryOp, x: Buffer, y: Buffer): void;

  /** dx = dy · op′, from the x or the y that was saved. Dense, in one order. */
  unaryGrad(op: UnaryOp, saved: Buffer, dy: Buffer, dx: Buffer): void;

  /** y = x, but at least `low` and at most `high`. Dense, in one order. */
  clamp(x: Buffer, y: Buffer, low: number, high: number): void;

  /** dx = dy where low ≤ x ≤ high, else 0. Dense, in one order. */
  clampGrad(x: Buffer, dy: Buffer, dx: Buffer, low: number, high: number): void;

  /** c = op(a, b). Operands are numbers, or buffers of any strides that broadcast to c's shape. */
  binary(op: BinaryOp, a: Buffer | number, b: Buffer | number, c: Buffer): void;

  /**
   * y = a function of up to three buffers of y's shape, then up to two numbers, in one walk. Where a
   * device lacks it, it is made of other kernels.
   */
  combine?(name: Combination, operands: readonly (Buffer | number)[], y: Buffer): void;

  /** c = op(a, b) on int32, all of one shape; wraps around at 32 bits. */
  binaryInt(op: BinaryOp, a: Buffer, b: Buffer, c: Buffer): void;

  /** c = the bits of a and b, joined: all bool or all int32, and of one shape. */
  bits(op: BitsOp, a: Buffer, b: Buffer, c: Buffer): void;

  /** c (bool) = op(a, b); a and b are float32 or both int32, all of one shape. */
  compare(op: CompareOp, a: Buffer, b: Buffer, c: Buffer): void;

  /** c = condition (bool) ? a : b, all of one shape; a, b and c are float32 or all int32. */
  where(condition: Buffer, a: Buffer, b: Buffer, c: Buffer): void;
}

/** Activations with settings. */
export interface Activations {
  /** z = y where x > 0, else slope · y: leaky ReLU of y = x, its gradient of y = dy. Dense, in one order. */
  leakyRelu(x: Buffer, y: Buffer, z: Buffer, slope: number): void;

  /** y = op(x) with its settings a and b. Dense, in one order. */
  activation(op: ActivationOp, x: Buffer, y: Buffer, a: number, b: number): void;

  /** dx = dy · op′ of the same. Dense, in one order. */
  activationGrad(op: ActivationOp, x: Buffer, dy: Buffer, dx: Buffer, a: number, b: number): void;
}

/** Matrix products. */
export interface Products {
  /**
   * c = a·b, plus bias [n], plus what c holds if `accumulate`. a: [..., m, k] and b: [..., k, n] of any
   * strides, c: [..., m, n]; the leading dimensions, if there are any, are the same in all three: a
   * matrix that serves several products has steps of 0 there. c must be neither a nor b.
   */
  gemm(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null, accumulate: boolean): void;

  /** c = relu of the same without what c held. Where a device lacks it, both are done in two. */
  gemmRelu?(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null): void;

  /** to = the elements of u, then those of v. `to` must be neither. */
  join(u: Buffer, v: Buffer, to: Buffer): void;

  /** y = u·vᵀ for u: [m], v: [n] and y: [m, n], which is neither. */
  outer(u: Buffer, v: Buffer, y: Buffer): void;
}

/** What attention is, besides its operands. */
export interface AttentionRule {
  /** Factor of the scores. */
  scale: number;
  /** Whether query i looks at keys 0 to i only. */
  causal: boolean;
  /** With which probability a probability is 0, and by which mask: that of `dropout` of [..., l, s]. */
  dropout: { p: number; key: RandomKey } | null;
}

/**
 * Attention that keeps no scores. Where a device lacks it, it is made of other kernels. The leading
 * dimensions are the same in all; operands lie by any strides, results by rows without gaps. mask
 * [..., l, s]: bool, where to look, or float32, added to the scores; lengths (int32): one for each of
 * as many equal parts of the batch, how many keys there are.
 */
export interface Attention {
  /**
   * y [..., l, e] = softmax(q·kᵀ · scale + mask)·v for q [..., l, d], k [..., s, d], v [..., s, e], 0 where
   * all is masked, and stats [..., l, 2] for the gradients: a query's largest score, 1 / Σ exp(score − it).
   */
  attention?(
    q: Buffer,
    k: Buffer,
    v: Buffer,
    mask: Buffer | null,
    lengths: Buffer | null,
    y: Buffer,
    stats: Buffer,
    rule: AttentionRule,
  ): void;

  /** dq, dk and dv of the same. */
  attentionGrad?(
    q: Buffer,
    k: Buffer,
    v: Buffer,
    mask: Buffer | null,
    lengths: Buffer | null,
    y: Buffer,
    stats: Buffer,
    dy: Buffer,
    dq: Buffer,
    dk: Buffer,
    dv: Buffer,
    rule: AttentionRule,
  ): void;
}

/** A recurrent layer in one direction. */
export interface Recurrence {
  /** What becomes of the gates: of the LSTM i f g o, of the GRU r z n, else one. */
  readonly cell: "lstm" | "gru" | "tanh" | "relu";
  /** Steps. */
  readonly steps: number;
  /** Samples. */
  readonly batch: number;
  /** Length of a state. */
  readonly hidden: number;
  /** Whether it goes from the last step to the first. */
  readonly reverse: boolean;
}

/**
 * What a layer's cells leave for the gradients: h and c [steps + 1, batch, hidden], the state before each
 * step beside the one behind it, the first of all at the end where it goes backwards.
 */
export interface RecurrentStates {
  /** [steps, batch, gates · hidden]: what x gives to the gates, then the gates. */
  readonly gates: Buffer;
  /** The hidden states; the first is there. */
  readonly h: Buffer;
  /** The cell states of the LSTM; the first is there. */
  readonly c: Buffer | null;
  /** [steps, batch, hidden]: tanh c of the LSTM, the hidden state's part in n of the GRU. */
  readonly aside: Buffer | null;
  /** int32 [batch]: how many steps each sample has; its state stays in the others. Null: all. */
  readonly lengths: Buffer | null;
}

/** Recurrent layers. A device that lacks them takes them step by step. */
export interface Recurrent {
  /** Fills `s`. weight: [gates · hidden, hidden], bias: [gates · hidden]. */
  recurrent?(r: Recurrence, s: RecurrentStates, weight: Buffer, bias: Buffer | null): void;

  /**
   * Gradients of the same. dy: like h, of each state by itself; dh and dc [batch, hidden]: zeros or the
   * last state's from elsewhere, and in the end the first's; dgates: like gates; dhidden: of the GRU,
   * that of the hidden state's part in the gates.
   */
  recurrentGrad?(
    r: Recurrence,
    s: RecurrentStates,
    weight: Buffer,
    dy: Buffer,
    dgates: Buffer,
    dhidden: Buffer | null,
    dh: Buffer,
    dc: Buffer | null,
  ): void;
}

/** y = all of x, folded; `mean` and `sumSquares` of float32 only. */
export type ReduceOp = "sum" | "mean" | "max" | "min" | "prod" | "sumSquares";

/** What a scan makes of each element and all before it. */
export type ScanOp = "sum" | "prod" | "max" | "min" | "logsumexp";

/** Softmax, its logarithm, and the one that is 0 in rows which are −∞ everywhere. */
export type SoftmaxForm = "softmax" | "logSoftmax" | "maskedSoftmax";

/** What a scan walks, and whether from the end. */
export type ScanDims = readonly [outer: number, n: number, inner: number, reversed: boolean];

/** How many come before an element; that of the median, or of the first NaN; the median's without NaN. */
export type Rank = number | "median" | "nanmedian";

/**
 * [outer, c, inner]: what a normalisation of c channels walks; images that lie channels last are
 * [outer, c, 1].
 */
export type Channels = readonly [outer: number, c: number, inner: number];

/** Reductions, and softmax along rows. */
export interface Reductions {
  /** y = op over the middle of x: [outer, n, inner] → [outer, inner]. float32 or int32. */
  reduce(op: ReduceOp, x: Buffer, y: Buffer, outer: number, n: number, inner: number): void;

  /** y (int32) = where in each row of x: [rows, n], float32 or int32, its first largest or smallest stands. */
  argReduce(op: "max" | "min", x: Buffer, y: Buffer, rows: number, n: number): void;

  /** mean and variance (of n, not n − 1) of each channel of x. */
  channelMoments(x: Buffer, mean: Buffer, variance: Buffer, channels: Channels): void;

  /** y = softmax, in one of its forms, of each row of x: [rows, n]. */
  softmax(op: SoftmaxForm, x: Buffer, y: Buffer, rows: number, n: number): void;

  /** dx of the same, from its output y and dy; dx must be neither. */
  softmaxGrad(op: SoftmaxForm, y: Buffer, dy: Buffer, dx: Buffer, rows: number, n: number): void;
}

/** Scans and order along dimensions. */
export interface Scans {
  /**
   * y = all of x folded, from the first on to each element of the middle: [outer, n, inner], float32 or
   * int32. With `reversed` from the last on. Of `max` and `min`, index (int32) says where the last of
   * them stood that is the largest or smallest.
   */
  scan(op: ScanOp, x: Buffer, y: Buffer, index: Buffer | null, dims: ScanDims): void;

  /**
   * index (int32) [rows, k] = where the k smallest of each row of x [rows, n], float32 or int32, stand;
   * the largest if `descending`. Equal ones in the order of their places; NaN is above all numbers.
   */
  order(x: Buffer, index: Buffer, rows: number, n: number, k: number, descending: boolean): void;

  /** index (int32) [rows] = where the element of a rank of each row of x [rows, n] stands in that order. */
  ranked(x: Buffer, index: Buffer, rows: number, n: number, rank: Rank): void;

  /**
   * y (int32) = how many elements of a row of x [rows, n], which are in that order, come before each of its
   * values [rows, m], or are no larger, if `right`. x and values are of one dtype, float32 or int32. Where
   * a device lacks it, the host searches.
   */
  search?(
    x: Buffer,
    values: Buffer,
    y: Buffer,
    dims: readonly [rows: number, n: number, m: number],
    right: boolean,
  ): void;
}

/** What a loss of sequences is told. */
export interface SequenceRule {
  /** How many labels a sample has at most. */
  most: number;
  /** The class that stands for no label. */
  blank: number;
  /** Whether a loss that is infinite, and its slope, are 0. */
  zeroInfinity: boolean;
}

/** Losses of rows by their labels: int32, in [0, c). */
export interface Losses {
  /** losses[i] = −logp[i, label i] for logp: [rows, c]. Blames a row whose label is bad. */
  nll(
    logp: Buffer,
    labels: Buffer,
    losses: Buffer,
    rows: number,
    c: number,
    blame: Blame,
  ): void;

  /** dlogp = −scale · dloss at the labels, else 0. dloss holds one number, or one a row. */
  nllGrad(
    labels: Buffer,
    dloss: Buffer,
    scale: number,
    dlogp: Buffer,
    rows: number,
    c: number,
  ): void;

  /**
   * losses[i] = log Σ exp x[i, :] − x[i, label i] for x: [rows, c], and stats [rows, 2] for the
   * gradient: a row's maximum, and 1 / Σ exp(x − maximum). Blames a row whose label is bad.
   */
  crossEntropy(
    x: Buffer,
    labels: Buffer,
    losses: Buffer,
    stats: Buffer,
    rows: number,
    c: number,
    blame: Blame,
  ): void;

  /** dx = (softmax(x) − onehot) · scale · dloss. dloss holds one number, or one a row. */
  crossEntropyGrad(
    x: Buffer,
    labels: Buffer,
    stats: Buffer,
    dloss: Buffer,
    scale: number,
    dx: Buffer,
    rows: number,
    c: number,
  ): void;

  /**
   * losses [n] = −log of the probability of each sample's labels, over all ways in which its steps spell
   * them, and slope, like logProbs [steps, n, classes], how it changes with what went into the
   * log-softmax; null: nobody wants it. Labels [any], of which those of a sample begin at `starts` [n],
   * and how many steps and labels each has are int32. Blames sample i if its lengths are bad, n + i if a
   * label is. Where a device lacks it, the host computes it.
   */
  ctcLoss?(
    logProbs: Buffer,
    labels: Buffer,
    starts: Buffer,
    inputs: Buffer,
    lengths: Buffer,
    losses: Buffer,
    slope: Buffer | null,
    rule: SequenceRule,
    blame: Blame,
  ): void;
}

/** [outer, n, inner], and k positions of the n that are picked. */
export type Picked = readonly [outer: number, n: number, k: number, inner: number];

/** What becomes of an element and of one that comes to it. */
export type ScatterOp = "set" | "add" | "mul" | "max" | "min";

/** Picking by index: int32, in [0, n). */
export interface Selection {
  /**
   * out[o, j, :] = x[o, index[j], :] for x: [outer, n, inner] and out: [outer, k, inner], of any one
   * dtype. Blames one of the outer · k rows, if its index is bad.
   */
  indexSelect(x: Buffer, index: Buffer, out: Buffer, dims: Picked, blame: Blame): void;

  /** out[o, index[j], :] += x[o, j, :], the gradient of `indexSelect`. */
  indexAdd(x: Buffer, index: Buffer, out: Buffer, dims: Picked): void;

  /**
   * out[o, index[j], :] = x[o, j, :] for x: [outer, k, inner] and out: [outer, n, inner], of any one
   * dtype, in the order of j. Blames a position whose index is bad. Where a device lacks it, `scatter`
   * does it element by element.
   */
  indexCopy?(x: Buffer, index: Buffer, out: Buffer, dims: Picked, blame: Blame): void;

  /**
   * out (int32) begins with where x, of 1 or 4 bytes an element, is not 0, of which there are count [1]
   * (int32): with places, if it is as long as x, or with rows and columns of x [..., n], if it is twice
   * as long. Where a device lacks it, the host looks.
   */
  nonzero?(x: Buffer, out: Buffer, count: Buffer, n: number): void;

  /**
   * out, of x's dtype of 4 bytes and as long, begins with the elements of x where the mask (bool) is true,
   * of which there are count [1] (int32). Where a device lacks it, they are picked by their places.
   */
  compress?(x: Buffer, mask: Buffer, out: Buffer, count: Buffer): void;

  /**
   * out[o, j, i] = x[o, index[o, j, i], i] for x: [outer, n, inner], index and out: [outer, k, inner],
   * x and out of any one dtype. Blames an element whose index is bad.
   */
  gather(x: Buffer, index: Buffer, out: Buffer, dims: Picked, blame: Blame): void;

  /** out[o, index[o, j, i], i] += x[o, j, i], the gradient of `gather`. */
  scatterAdd(x: Buffer, index: Buffer, out: Buffer, dims: Picked): void;

  /**
   * out[o, index[o, j, i], i] = op(what is there, x[o, j, i]), in the order of j; x and out are of any
   * one dtype to `set`, else float32 or int32. Blames an element whose index is bad.
   */
  scatter(
    op: ScatterOp,
    x: Buffer,
    index: Buffer,
    out: Buffer,
    dims: Picked,
    blame: Blame,
  ): void;
}

/** The sizes of a convolution. */
export interface ConvSizes {
  /** Samples. */
  n: number;
  /** Channels of x. */
  c: number;
  /** Height of x. */
  h: number;
  /** Width of x. */
  w: number;
  /** Channels of y. */
  o: number;
  /** Height of y. */
  oh: number;
  /** Width of y. */
  ow: number;
  /** Rows and columns of the kernel. */
  kernel: readonly [number, number];
  /** Its steps down and across. */
  stride: readonly [number, number];
  /** Zeros above and below x, and on its left and right. */
  padding: readonly [number, number];
  /** Distance of the kernel's taps. */
  dilation: readonly [number, number];
  /** Into how many groups the channels are split. */
  groups: number;
}

/** Images as pooling walks them: row-major ones are [n · c, h, w, 1], channels-last [n, h, w, c]. */
export type ImageSize = readonly [outer: number, h: number, w: number, inner: number];

/** Windows along both dimensions: begin, end and divisor (of a maximum: step) of each, in a row. */
export interface Windows {
  /** Down the image. */
  rows: readonly number[];
  /** Along a row of it. */
  cols: readonly number[];
}

/** How displacements at control points spread over an image: what each weighs where. */
export interface Spread {
  /** Control points along both dimensions; 0: there are no displacements. */
  readonly points: number;
  /** [points, w], both up to a multiple of 4, zeros in what that adds. */
  readonly cols: Float32Array;
  /** [h, points]. */
  readonly rows: Float32Array;
}

/** Convolution. */
export interface Convolution {
  /**
   * y = the convolution of x with w [o, kh, kw, c / groups], plus bias [o]. x: [n, c, h, w] and y: [n,
   * o, oh, ow] lie channels last. y must be none of the inputs.
   */
  conv(s: ConvSizes, x: Buffer, w: Buffer, bias: Buffer | null, y: Buffer): void;

  /**
   * Gradients of the same, where they are wanted: dx like x; dw: [kh · kw · c / groups · o + o],
   * that of the weight as [kh, kw, c / groups, o] and behind it that of the bias, which is 0 unless
   * `bias` is true.
   */
  convGrad(
    s: ConvSizes,
    x: Buffer,
    w: Buffer,
    dy: Buffer,
    dx: Buffer | null,
    dw: Buffer | null,
    bias: boolean,
  ): void;

  /** y = relu of the same. Where a device lacks it and its gradient, both are done in two. */
  convRelu?(s: ConvSizes, x: Buffer, w: Buffer, bias: Buffer | null, y: Buffer): void;

  /** Gradients of that: as `convGrad`, with its result y. */
  convReluGrad?(
    s: ConvSizes,
    x: Buffer,
    w: Buffer,
    y: Buffer,
    dy: Buffer,
    dx: Buffer | null,
    dw: Buffer | null,
    bias: boolean,
  ): void;
}

/** Pooling and changes of images. */
export interface Images {
  /**
   * y = the largest element of each window of x, index (int32, laid out like y) = where in its image
   * it stands: row · w + column of the first of equal ones; NaN is larger than any number.
   */
  maxPool(x: Buffer, y: Buffer, index: Buffer, size: ImageSize, windows: Windows): void;

  /**
   * The same of relu(x), which is not written; −1 as the index of what is not above 0, since nobody
   * gets its gradient. For images that lie channels last, with channels in eights, and windows of 2 × 2
   * next to each other. Where a device lacks it, it is done in two.
   */
  reluMaxPool?(x: Buffer, y: Buffer, index: Buffer, size: ImageSize): void;

  /** dx of both. */
  maxPoolGrad(dy: Buffer, index: Buffer, dx: Buffer, size: ImageSize, windows: Windows): void;

  /** y = the sum of each window of x over the window's divisor: that of its rows times its columns'. */
  avgPool(x: Buffer, y: Buffer, size: ImageSize, windows: Windows): void;

  /** dx of the same. */
  avgPoolGrad(dy: Buffer, dx: Buffer, size: ImageSize, windows: Windows): void;

  /**
   * y = x warped, both [n, channels, h, w]. Pixel (row, column), counted from the middle, comes from
   * where `affine` [n, 6] maps it to plus its displacement, between the four neighbours there; beyond
   * the image is 0. `field` [n, 2, points, points up to a multiple of 4]: displacements of the control
   * points, of columns and then of rows, in pixels; null without points.
   */
  warp(x: Buffer, y: Buffer, affine: Buffer, field: Buffer | null, spread: Spread): void;
}

/** Normalisation by channels and by rows. */
export interface Normalization {
  /**
   * sum = Σ dy and product = Σ dy (x − mean) of each channel; `relu`: the scale and the shift of
   * `channelAffineRelu`, whose gradient dy is.
   */
  channelSums(
    x: Buffer,
    dy: Buffer,
    mean: Buffer,
    sum: Buffer,
    product: Buffer,
    channels: Channels,
    relu?: readonly [scale: Buffer, shift: Buffer] | null,
  ): void;

  /** inverse = 1 / √(variance + eps) and scale = w · inverse. */
  channelScale(variance: Buffer, w: Buffer, inverse: Buffer, scale: Buffer, eps: number): void;

  /**
   * From `channelSums`: dw = product · inverse, and for `channelAffineGrad`
   * k = −scale · product · inverse² · part and d = −scale · sum · part; part is 1 / n, or 0.
   */
  channelGradScale(
    sum: Buffer,
    product: Buffer,
    inverse: Buffer,
    scale: Buffer,
    dw: Buffer,
    k: Buffer,
    d: Buffer,
    part: number,
  ): void;

  /** y = scale (x − mean) + shift, channel by channel. */
  channelAffine(
    x: Buffer,
    y: Buffer,
    mean: Buffer,
    scale: Buffer,
    shift: Buffer,
    channels: Channels,
  ): void;

  /** y = relu of the same, of channels that lie last. Where a device lacks it, both are done in two. */
  channelAffineRelu?(
    x: Buffer,
    y: Buffer,
    mean: Buffer,
    scale: Buffer,
    shift: Buffer,
    channels: Channels,
  ): void;

  /**
   * dx = scale · dy + k (x − mean) + d, channel by channel; `relu`: the shift of `channelAffineRelu`,
   * whose gradient dy is.
   */
  channelAffineGrad(
    x: Buffer,
    dy: Buffer,
    dx: Buffer,
    mean: Buffer,
    scale: Buffer,
    k: Buffer,
    d: Buffer,
    channels: Channels,
    relu?: Buffer | null,
  ): void;

  /**
   * y = w (x − mean) / √(variance + eps) + b along rows of n; stats [rows, 2] is for the gradients: a
   * row's mean, and 1 / √(variance + eps).
   */
  layerNorm(
    x: Buffer,
    w: Buffer,
    b: Buffer,
    y: Buffer,
    stats: Buffer,
    rows: number,
    n: number,
    eps: number,
  ): void;

  /** dx of the same; it must not be x or dy. */
  layerNormGrad(
    x: Buffer,
    w: Buffer,
    dy: Buffer,
    stats: Buffer,
    dx: Buffer,
    rows: number,
    n: number,
  ): void;

  /** dw and db of the same. */
  layerNormGradWeight(
    x: Buffer,
    dy: Buffer,
    stats: Buffer,
    dw: Buffer,
    db: Buffer,
    rows: number,
    n: number,
  ): void;
}

/** Random numbers: a function of the key and of the position in memory, whatever the device. */
export interface Random {
  /** Uniform random numbers in [low, high). */
  uniform(out: Buffer, key: RandomKey, low: number, high: number): void;

  /** Normal random numbers. */
  normal(out: Buffer, key: RandomKey, mean: number, std: number): void;

  /**
   * out = how often what happens at each of the rates does happen, by as many random numbers as an element
   * needs. Blames an element whose rate is below 0. Where a device lacks it, the host draws.
   */
  poisson?(rates: Buffer, out: Buffer, key: RandomKey, blame: Blame): void;

  /**
   * y = samples of gamma distributions of rate 1 and of the shapes a, or of the beta distributions of the
   * shapes a and b. Where a device lacks it, the host draws.
   */
  gamma?(a: Buffer, b: Buffer | null, y: Buffer, key: RandomKey): void;

  /** dx/da of samples x of gamma distributions of the shapes a. A device that draws them has it. */
  gammaSlope?(a: Buffer, x: Buffer, y: Buffer): void;

  /** dx/da and dx/db of samples x of beta distributions of the shapes a and b: likewise. */
  betaSlopes?(a: Buffer, b: Buffer, x: Buffer, da: Buffer, db: Buffer): void;
}

/** How `sgd` updates; see `optim.SGD`. */
export interface SgdRule {
  /** Learning rate. */
  lr: number;
  /** β of the momentum buffer. */
  momentum: number;
  /** What PyTorch's rule takes off the new gradient. */
  dampening: number;
  /** λ of the L2 penalty that is added to the gradient. */
  weightDecay: number;
  /** Look ahead along the momentum. */
  nesterov: boolean;
  /** m ← βm + (1 − β)g instead of PyTorch's m ← βm + (1 − dampening)g. */
  ema: boolean;
  /** For each parameter: whether m is new, so that PyTorch's rule starts with m = g. */
  first: readonly boolean[];
}

/** How `adam` updates; see `optim.Adam`. */
export interface AdamRule {
  /** Learning rate. */
  lr: number;
  /** Shares that the averages of gradient and square keep. */
  betas: readonly [number, number];
  /** What is added to the root of the average square. */
  eps: number;
  /** λ of the penalty that is added to the gradient or, decoupled, taken off the weight. */
  weightDecay: number;
  /** AdamW's weight decay: the weight shrinks by ηλ. */
  decoupled: boolean;
  /** For each parameter: which step it is, counted from 1. */
  steps: readonly number[];
}

/** How `rmsprop` updates; see `optim.RMSprop`. */
export interface RmspropRule {
  /** Learning rate. */
  lr: number;
  /** The share that the averages keep. */
  alpha: number;
  /** What is added to the root of the average square. */
  eps: number;
  /** λ of the L2 penalty that is added to the gradient. */
  weightDecay: number;
  /** β of the momentum buffer. */
  momentum: number;
}

/** Buffers of several parameters, in the same order wherever several such lists are taken. */
export type Buffers = readonly Buffer[];

/** Optimizers' steps on the parameters w of a group, with their gradients g; the others are theirs too. */
export interface Updates {
  /**
   * One step of gradient descent; m are the momentum buffers, or null. A device may use a gradient
   * that is an outer product which was not computed yet as it is: see `vectorsOf`.
   */
  sgd(w: Buffers, g: Buffers, m: Buffers | null, rule: SgdRule): void;
}

/** Steps that adapt to each weight. */
export interface Adaptive {
  /**
   * One step of Adam: m and v are the averages of gradient and square, `top` the largest v so far
   * (AMSGrad) or null. The bias corrections are formed in float64.
   */
  adam(w: Buffers, g: Buffers, m: Buffers, v: Buffers, top: Buffers | null, rule: AdamRule): void;

  /**
   * One step of RMSprop: v are the average squares, `mean` the average gradients (centered) or null, m
   * the momentum buffers or null.
   */
  rmsprop(
    w: Buffers,
    g: Buffers,
    v: Buffers,
    mean: Buffers | null,
    m: Buffers | null,
    rule: RmspropRule,
  ): void;
}

/** What larger trainings have: images read from bytes, dropout, running averages, clipped gradients. */
export interface Training {
  /** out[i, :] = images[index[i], :] / divisor: uint8 [n, width] → float32 [rows, width]. */
  gatherImages(images: Buffer, index: Buffer, out: Buffer, divisor: number): void;

  /** y = x / (1 − p) with probability 1 − p, else 0 · x. Dense, in one order. */
  dropout(x: Buffer, y: Buffer, key: RandomKey, p: number): void;

  /** x ← x + weight · (y − x), each x with its y. */
  lerp(x: Buffers, y: Buffers, weight: number): void;

  /** y ← √Σ x², of all elements of all x. Where a device lacks it, it is made of other kernels. */
  norm?(x: Buffers, y: Buffer): void;

  /** x ← by · x, each x; `by` is one number, which may not be known yet. */
  scale(x: Buffers, by: Buffer): void;

  /** x ← x, but at least `low` and at most `high`, each x. */
  limit(x: Buffers, low: number, high: number): void;
}
