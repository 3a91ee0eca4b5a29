/**
 * How every public function, class and method is called: the arguments that it takes and, where it
 * takes options, which. What refuses bad calls is tested against this table. Layers and optimizers need
 * no row: those without are asked what they take.
 */
import { encode as encodeJpeg } from "jpeg-js";
import * as glim from "../../mod.ts";
import * as jpeg from "../../src/io/jpeg.ts";
import columnFiles from "../fixtures/column_files.json" with { type: "json" };
import * as arrow from "../../src/data/table/arrow.ts";
import * as parquet from "../../src/data/table/parquet.ts";
import * as npz from "../../src/io/npz.ts";
import { argumentsOf, optionsOf } from "./asked.ts";
import * as binary from "../../src/ops/of_two.ts";
import * as compare from "../../src/ops/compare.ts";
import * as unary from "../../src/ops/of_one.ts";

const { functional: f, nn, optim, lrScheduler, data, train, io, ones, zeros, tensor } = glim;

/** What an option takes. */
export type Type =
  | "flag"
  | "number"
  | "rate" // a number of at least 0
  | "share" // a number from 0 to 1
  | "count" // a whole number of at least 1
  | "whole" // a whole number of at least 0
  | "integer"
  | "oneOrTwo"
  | "word"
  | "wordOrNull"
  | "text"
  | "function"
  | "tensor"
  | "dtype"
  | "device"
  | "shape"
  | "pair"
  | "object"
  | "list"
  | "anything";

/** A way to call something. */
export interface EntryPoint {
  /** Where it is found: `nn.MaxPool2d`, `Tensor.sum`. */
  path: string;
  /** What is called; of a method, of a receiver that is made now. */
  bind: () => (...args: unknown[]) => unknown;
  /** Arguments that are taken: as many as there may be, without the options. */
  args: () => unknown[];
  /** What the options are called and take, if it takes options. */
  options: Record<string, Type> | null;
}

// deno-lint-ignore no-explicit-any
type Any = any;

/** What a path leads to. */
function find(path: string): Any {
  return path.split(".").reduce((at: Any, name) => at?.[name], {
    ...glim,
    npz,
    jpeg,
    parquet,
    arrow,
  });
}

/** All rows. */
export const entryPoints: EntryPoint[] = [];

function add(
  path: string,
  bind: EntryPoint["bind"],
  args: () => unknown[],
  options: EntryPoint["options"],
): void {
  entryPoints.push({ path, bind, args, options });
}

function fn(path: string, args: () => unknown[], options: EntryPoint["options"] = null): void {
  add(path, () => find(path), args, options);
}

function made(path: string, args: () => unknown[], options: EntryPoint["options"] = null): void {
  const Class = find(path);
  add(path, () => (...given) => new Class(...given), args, options);
}

function method(
  path: string,
  receiver: () => Any,
  args: () => unknown[],
  options: EntryPoint["options"] = null,
): void {
  const name = path.split(".").at(-1)!;
  const bind = () => {
    const object = receiver();
    return (...given: unknown[]) => object[name](...given);
  };
  add(path, bind, args, options);
}

// Tensors that rows share: made once, outside every scope.
const x = ones([2, 3]).keep();
const y = ones([2, 3]).keep();
const square = ones([2, 2]).keep();
const images = ones([1, 2, 5, 5]).keep();
const kernel = ones([4, 2, 3, 3]).keep();
const bytes = zeros([2, 4], { dtype: "uint8" }).keep();
const labels = zeros([2], { dtype: "int32" }).keep();
const indices = zeros([2, 3], { dtype: "int32" }).keep();
const bools = tensor([[true, false, true], [false, true, true]]).keep();
const model = new nn.Sequential(new nn.Linear(3, 2));
const parameters = () => [...model.parameters()];
const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
const loader = new data.DataLoader(new data.TensorDataset(x, labels));
const loss = new nn.CrossEntropyLoss();

/** A worker that answers whatever is asked. */
function standIn(): object {
  let take: (event: { data: unknown }) => void;
  const tell = (data: unknown) => queueMicrotask(() => take({ data }));
  return {
    addEventListener(type: string, listener: typeof take) {
      if (type !== "message") return;
      take = listener;
      tell({ ready: null });
    },
    postMessage: ({ id }: { id: number }) => tell({ id, value: 0 }),
    terminate() {},
  };
}

/** What a call that is refused must leave as it was, as text. */
export function watched(): string {
  const settings = sgd.paramGroups.map((group) => ({ ...group, params: group.params.length }));
  return JSON.stringify({ settings, training: model.training });
}

// Ops and methods of tensors

const inplace = { inplace: "flag" } as const;
const alpha = (name: string): unknown[] => name === "add" || name === "sub" ? [1] : [];
for (const name of [...Object.keys(binary), ...Object.keys(compare), "pow"]) {
  if (name === "div") continue;
  fn(`functional.${name}`, () => [x, y, ...alpha(name)]);
  method(`Tensor.${name}`, () => x, () => [y, ...alpha(name)]);
}
fn("functional.div", () => [x, y], { roundingMode: "wordOrNull" });
method("Tensor.size", () => x, () => [0]);
method("Tensor.dim", () => x, () => []);
method("Tensor.div", () => x, () => [y], { roundingMode: "wordOrNull" });
for (const name of ["float", "half", "bfloat16", "double", "int", "long", "char", "byte", "bool"]) {
  method(`Tensor.${name}`, () => x, () => []);
}
for (const name of [...Object.keys(unary), "neg", "clone", "contiguous", "detach"]) {
  fn(`functional.${name}`, () => [x], name === "relu" ? inplace : null);
  method(`Tensor.${name}`, () => x, () => []);
}
fn("functional.silu", () => [x], inplace);
for (const name of ["max", "min", "amax", "amin", "argmax", "argmin"]) {
  fn(`functional.${name}`, () => [x, 0, false]);
  method(`Tensor.${name}`, () => x, () => [0, false]);
}
for (const name of ["sum", "mean"]) {
  fn(`functional.${name}`, () => [x, 0, false, "float32"]);
  method(`Tensor.${name}`, () => x, () => [0, false, "float32"]);
}
/** Ops whose first argument is the tensor, and the other arguments. */
const others: Record<string, [receiver: () => Any, args: () => unknown[]]> = {
  softmax: [() => x, () => [0, "float32"]],
  logSoftmax: [() => x, () => [0, "float32"]],
  matmul: [() => square, () => [square]],
  t: [() => x, () => []],
  transpose: [() => x, () => [0, 1]],
  flatten: [() => x, () => [0, 1]],
  squeeze: [() => x, () => [0]],
  unsqueeze: [() => x, () => [0]],
  narrow: [() => x, () => [0, 0, 1]],
  select: [() => x, () => [0, 0]],
  indexSelect: [() => x, () => [0, labels]],
  gather: [() => x, () => [0, indices]],
  to: [() => x, () => ["reference", "int32"]],
  add_: [() => ones([2, 3]), () => [y, 2]],
  sub_: [() => ones([2, 3]), () => [y, 2]],
  mul_: [() => ones([2, 3]), () => [y]],
  copy_: [() => ones([2, 3]), () => [y]],
  fill_: [() => ones([2, 3]), () => [1]],
  zero_: [() => ones([2, 3]), () => []],
};
for (const [name, [receiver, args]] of Object.entries(others)) {
  fn(`functional.${name}`, () => [receiver(), ...args()]);
  method(`Tensor.${name}`, receiver, args);
}
for (
  const [name, list] of [["permute", [1, 0]], ["reshape", [3, 2]], ["expand", [2, 3]]] as const
) {
  fn(`functional.${name}`, () => [x, list]);
  method(`Tensor.${name}`, () => x, () => [list]);
}
/** Ops that shape, pick and put: the first argument, the others, options, and whether it is a method. */
const layout: Record<
  string,
  [first: () => Any, args: () => unknown[], options?: EntryPoint["options"]]
> = {
  index: [() => x, () => [[0]]],
  indexPut: [() => x, () => [[0], 1], { accumulate: "flag" }],
  indexPut_: [() => ones([2, 3]), () => [[0], 1], { accumulate: "flag" }],
  put: [() => x, () => [labels, ones([2]), true]],
  put_: [() => ones([2, 3]), () => [labels, ones([2]), true]],
  asStrided: [() => x, () => [[2, 2], [1, 1], 0]],
  viewAs: [() => x, () => [y]],
  reshapeAs: [() => x, () => [y]],
  expandAs: [() => x, () => [y]],
  ravel: [() => x, () => []],
  unflatten: [() => x, () => [0, [2, 1]]],
  movedim: [() => x, () => [0, 1]],
  moveaxis: [() => x, () => [0, 1]],
  swapaxes: [() => x, () => [0, 1]],
  swapdims: [() => x, () => [0, 1]],
  split: [() => x, () => [1, 0]],
  chunk: [() => x, () => [2, 0]],
  tensorSplit: [() => x, () => [2, 0]],
  hsplit: [() => x, () => [3]],
  vsplit: [() => x, () => [2]],
  dsplit: [() => ones([1, 1, 2]), () => [2]],
  unbind: [() => x, () => [0]],
  repeatInterleave: [() => x, () => [2, 0]],
  roll: [() => x, () => [1, 0]],
  rot90: [() => x, () => [1, [0, 1]]],
  fliplr: [() => x, () => []],
  flipud: [() => x, () => []],
  tril: [() => x, () => [1]],
  triu: [() => x, () => [1]],
  diag: [() => x, () => [1]],
  diagonal: [() => x, () => [1, 0, 1]],
  diagEmbed: [() => x, () => [1, 0, 1]],
  diagflat: [() => x, () => [1]],
  trace: [() => x, () => []],
  scatter: [() => x, () => [0, indices, 1], { reduce: "word" }],
  scatterAdd: [() => x, () => [0, indices, y]],
  scatterReduce: [() => x, () => [0, indices, y, "sum"], { includeSelf: "flag" }],
  indexAdd: [() => x, () => [0, labels, y], { alpha: "anything" }],
  indexCopy: [() => x, () => [0, labels, y]],
  indexFill: [() => x, () => [0, labels, 1]],
  indexReduce: [() => x, () => [0, labels, y, "prod"], { includeSelf: "flag" }],
  maskedFill: [() => x, () => [bools, 1]],
  maskedFill_: [() => ones([2, 3]), () => [bools, 1]],
  maskedSelect: [() => x, () => [bools]],
  maskedScatter: [() => x, () => [bools, y]],
  take: [() => x, () => [indices]],
  takeAlongDim: [() => x, () => [indices, 0]],
  nonzero: [() => x, () => [], { asTuple: "flag" }],
  argwhere: [() => x, () => []],
  unique: [() => x, () => [], {
    returnInverse: "flag",
    returnCounts: "flag",
    dim: "integer",
    sorted: "flag",
  }],
  uniqueConsecutive: [() => x, () => [], {
    returnInverse: "flag",
    returnCounts: "flag",
    dim: "integer",
  }],
  bincount: [() => labels, () => [], { weights: "tensor", minlength: "whole" }],
  bernoulli: [() => x, () => [0.5]],
  multinomial: [() => x, () => [1, true]],
};
/** Methods in place that are no functions. */
const changes: Record<string, [args: () => unknown[], options?: EntryPoint["options"]]> = {
  scatter_: [() => [0, indices, 1], { reduce: "word" }],
  scatterAdd_: [() => [0, indices, y]],
  scatterReduce_: [() => [0, indices, y, "sum"], { includeSelf: "flag" }],
  indexAdd_: [() => [0, labels, y], { alpha: "anything" }],
  indexCopy_: [() => [0, labels, y]],
  indexFill_: [() => [0, labels, 1]],
  maskedScatter_: [() => [bools, y]],
  tril_: [() => [1]],
  triu_: [() => [1]],
  fillDiagonal_: [() => [1, true]],
  squeeze_: [() => [0]],
  unsqueeze_: [() => [0]],
  transpose_: [() => [0, 1]],
  t_: [() => []],
};
for (const [name, [args, options = null]] of Object.entries(changes)) {
  method(`Tensor.${name}`, () => ones([2, 3]), args, options);
}
method("Tensor.unfold", () => x, () => [1, 2, 1]);
for (const [name, [first, args, options = null]] of Object.entries(layout)) {
  fn(`functional.${name}`, () => [first(), ...args()], options);
  method(`Tensor.${name}`, first, args, options);
}
for (
  const [name, list] of [
    ["view", [3, 2]],
    ["repeat", [1, 2]],
    ["tile", [2]],
    ["flip", [0]],
    ["broadcastTo", [2, 3]],
  ] as const
) {
  fn(`functional.${name}`, () => [x, list]);
  method(`Tensor.${name}`, () => x, () => [list]);
}
for (const name of ["atleast1d", "atleast2d", "atleast3d"]) fn(`functional.${name}`, () => [x]);
for (
  const name of ["hstack", "vstack", "dstack", "columnStack", "broadcastTensors"]
) {
  fn(`functional.${name}`, () => [[x, y]]);
}
fn("functional.cartesianProd", () => [[ones([2]), ones([3])]]);
fn("functional.concat", () => [[x, y], 0]);
fn("functional.meshgrid", () => [[ones([2])]], { indexing: "word" });
fn("functional.combinations", () => [ones([3]), 2, false]);
fn("functional.oneHot", () => [labels, 3]);
fn("functional.poisson", () => [x]);
fn("functional.histc", () => [x, 4, 0, 1]);
fn("functional.selectScatter", () => [x, ones([2]), 1, 0]);
fn("functional.sliceScatter", () => [x, ones([2, 1]), 1, 0, 2, 2]);
fn("functional.diagonalScatter", () => [x, ones([2]), 1, 0, 1]);
fn("functional.polygamma", () => [1, x]);
fn("functional.normal", () => [0, 1, [2]]);
fn("functional.isin", () => [x, y], { assumeUnique: "flag", invert: "flag" });
const search = { right: "flag" } as const;
fn("functional.searchsorted", () => [ones([2]), x], { ...search, side: "word", sorter: "tensor" });
fn("functional.bucketize", () => [x, ones([2])], search);
fn("slice", () => [0, 1, 1]);
const moments = { correction: "number", unbiased: "flag", keepdim: "flag" } as const;
const quantiles = { keepdim: "flag", interpolation: "word" } as const;
const trapezoids = { dx: "number", dim: "integer" } as const;
const scales = { beta: "number", alpha: "number" } as const;
const v = ones([3]).keep();
const matrices = ones([2, 3, 3]).keep();
/** Functions of a tensor, the arguments behind it, their options, and whether they are methods, too. */
const more: [
  names: string,
  receiver: () => Any,
  args: () => unknown[],
  options?: Record<string, Type> | undefined,
  isFunctionOnly?: "function",
][] = [
  ["isnan isinf isfinite signbit sgn positive logicalNot msort", () => x, () => []],
  ["bitwiseNot", () => indices, () => []],
  ["logicalAnd logicalOr logicalXor floatPower ldexp heaviside nextafter", () => x, () => [y]],
  [
    "bitwiseAnd bitwiseOr bitwiseXor bitwiseLeftShift bitwiseRightShift gcd lcm",
    () => indices,
    () => [indices],
  ],
  ["equal clampMin clampMax", () => x, () => [y]],
  ["rsub", () => x, () => [y, 2], undefined, "function"],
  ["round", () => x, () => [1]],
  ["logit", () => x, () => [0.1]],
  ["nanToNum", () => x, () => [], { nan: "anything", posinf: "anything", neginf: "anything" }],
  ["lerp", () => x, () => [y, 0.5]],
  ["addcmul addcdiv", () => x, () => [y, y, 2]],
  ["isclose allclose", () => x, () => [y], { rtol: "rate", atol: "rate", equalNan: "flag" }],
  ["any all logsumexp aminmax", () => x, () => [0, false]],
  ["countNonzero", () => x, () => [0]],
  ["prod nansum nanmean", () => x, () => [0, false, "float32"]],
  ["std var", () => x, () => [0], moments],
  ["stdMean varMean", () => x, () => [0], moments, "function"],
  ["norm", () => x, () => [2, 0, false, "float32"]],
  ["vectorNorm", () => x, () => [2, 0, false, "float32"], undefined, "function"],
  ["matrixNorm", () => x, () => ["fro", [0, 1], false, "float32"], undefined, "function"],
  ["linalgNorm", () => x, () => [2, 0, false, "float32"], undefined, "function"],
  ["normalize", () => x, () => [], { p: "number", dim: "number", eps: "number" }, "function"],
  ["cumsum cumprod", () => x, () => [0, "float32"]],
  ["cummax cummin logcumsumexp", () => x, () => [0]],
  ["diff", () => x, () => [], { n: "whole", dim: "integer", prepend: "tensor", append: "tensor" }],
  ["trapezoid cumulativeTrapezoid", () => x, () => [y], trapezoids, "function"],
  ["sort argsort", () => x, () => [0, true, true]],
  ["topk", () => x, () => [1, 0, true, true]],
  ["kthvalue", () => x, () => [1, 0, false]],
  ["median nanmedian mode", () => x, () => [0, false]],
  ["quantile nanquantile", () => x, () => [0.5, 0], quantiles],
  ["outer dot vdot inner kron", () => v, () => [v]],
  ["mv", () => square, () => [ones([2])]],
  ["mm", () => square, () => [square]],
  ["bmm", () => matrices, () => [matrices]],
  ["matrixPower", () => square, () => [2]],
  ["addmm", () => square, () => [square, square], scales],
  ["addmv", () => ones([2]), () => [square, ones([2])], scales],
  ["addr", () => square, () => [ones([2]), ones([2])], scales],
  ["baddbmm", () => matrices, () => [matrices, matrices], scales],
  ["addbmm", () => matrices.select(0, 0), () => [matrices, matrices], scales],
  ["cross", () => x, () => [y, 1]],
  ["tensordot", () => x, () => [y, [[0], [0]]], undefined, "function"],
  ["cdist", () => x, () => [y, 2], undefined, "function"],
  ["pdist", () => x, () => [2], undefined, "function"],
  ["renorm", () => x, () => [2, 0, 1], undefined, "function"],
  ["unravelIndex", () => indices, () => [[3, 4]], undefined, "function"],
  ["dist", () => x, () => [y, 2], undefined, "function"],
  ["cov", () => x, () => [], {
    correction: "number",
    fweights: "tensor",
    aweights: "tensor",
  }, "function"],
  ["corrcoef", () => x, () => [], undefined, "function"],
  ["gumbelSoftmax", () => x, () => [], { tau: "number", hard: "flag", dim: "integer" }, "function"],
  ["multiDot", () => [square, square], () => [], undefined, "function"],
  [
    "pairwiseDistance",
    () => x,
    () => [y],
    { p: "number", eps: "number", keepdim: "flag" },
    "function",
  ],
  ["cosineSimilarity", () => x, () => [y], { dim: "integer", eps: "number" }, "function"],
  [
    "logsigmoid softsign tanhshrink",
    () => x,
    () => [],
    undefined,
    "function",
  ],
  ["relu6 selu hardsigmoid hardswish mish", () => x, () => [], inplace, "function"],
  ["elu celu", () => x, () => [0.5], inplace, "function"],
  ["hardshrink softshrink", () => x, () => [0.5], undefined, "function"],
  ["hardtanh threshold", () => x, () => [-1, 1], inplace, "function"],
  ["softplus", () => x, () => [], { beta: "number", threshold: "number" }, "function"],
  ["prelu", () => x, () => [ones([1])], undefined, "function"],
  ["entr ndtr logNdtr", () => x, () => [], undefined, "function"],
  ["xlog1py", () => x, () => [y], undefined, "function"],
  ["mvlgamma", () => x.add(3), () => [2], undefined, "function"],
  [
    "rrelu",
    () => x,
    () => [],
    { lower: "number", upper: "number", training: "flag", ...inplace },
    "function",
  ],
  ["glu", () => square, () => [0], undefined, "function"],
  ["softmin", () => x, () => [0, "float32"], undefined, "function"],
  [
    "div_ pow_ fmod_ remainder_ floorDivide_ atan2_ copysign_ hypot_ xlogy_",
    () => ones([2, 3]),
    () => [y],
  ],
  ["clamp_", () => ones([2, 3]), () => [0, 1]],
  ["clampMin_ clampMax_", () => ones([2, 3]), () => [y]],
  ["lerp_", () => ones([2, 3]), () => [y, 0.5]],
  ["addcmul_ addcdiv_", () => ones([2, 3]), () => [y, y, 2]],
  ["nanToNum_", () => ones([2, 3]), () => [], {
    nan: "anything",
    posinf: "anything",
    neginf: "anything",
  }],
  ["uniform_ normal_", () => ones([2, 3]), () => [0, 1]],
  ["bernoulli_ exponential_", () => ones([2, 3]), () => [0.5]],
  [
    [...Object.keys(unary), "neg", "round"].map((name) => `${name}_`).join(" "),
    () => ones([2, 3]),
    () => [],
  ],
];
for (const [names, receiver, args, options = null, isFunctionOnly] of more) {
  for (const name of names.split(" ")) {
    fn(`functional.${name}`, () => [receiver(), ...args()], options);
    if (!isFunctionOnly) method(`Tensor.${name}`, receiver, args, options);
  }
}
const moved = { mode: "word", paddingMode: "word", alignCorners: "flag" } as const;
fn("functional.gridSample", () => [images, zeros([1, 3, 2, 2])], moved);
fn("functional.affineGrid", () => [zeros([1, 2, 3]), [1, 1, 2, 2]], { alignCorners: "flag" });
fn("functional.where", () => [bools, x, y]);
method("Tensor.where", () => x, () => [bools, y]);
for (const name of ["clamp", "clip"]) {
  fn(`functional.${name}`, () => [x, 0, 1]);
  method(`Tensor.${name}`, () => x, () => [0, 1]);
}
fn("functional.cat", () => [[x, y], 0]);
fn("functional.stack", () => [[x, y], 0]);
fn("functional.pad", () => [x, [1, 1], 0]);
fn("functional.shiftImages", () => [images, 1, 1]);
fn("functional.leakyRelu", () => [x, 0.1], inplace);
fn("functional.dropout", () => [x, 0.5, true], inplace);
const lookup = { maxNorm: "anything", normType: "number", scaleGradByFreq: "flag" } as const;
fn("functional.embedding", () => [indices, x], { paddingIdx: "anything", ...lookup });
fn("functional.linear", () => [x, ones([4, 3]), ones([4])]);
fn("functional.gelu", () => [x], { approximate: "word" });
const convolution = { stride: "oneOrTwo", padding: "anything", dilation: "oneOrTwo" } as const;
fn("functional.conv2d", () => [images, kernel, ones([4])], { ...convolution, groups: "count" });
const pooling = { stride: "anything", padding: "oneOrTwo", ceilMode: "flag" } as const;
const maxPooling = { ...pooling, dilation: "oneOrTwo" } as const;
const avgPooling = { ...pooling, countIncludePad: "flag", divisorOverride: "integer" } as const;
fn("functional.maxPool2d", () => [images, 2], { ...maxPooling, returnIndices: "flag" });
fn("functional.avgPool2d", () => [images, 2], avgPooling);
fn("functional.adaptiveAvgPool2d", () => [images, 2]);
fn("functional.batchNorm", () => [x, zeros([3]), ones([3])], {
  weight: "tensor",
  bias: "tensor",
  training: "flag",
  momentum: "number",
  eps: "number",
});
fn("functional.layerNorm", () => [x, [3]], { weight: "tensor", bias: "tensor", eps: "number" });
const masks = { attnMask: "tensor", isCausal: "flag" } as const;
const attention = { ...masks, dropout: "share", keyLengths: "anything", scale: "number" } as const;
fn("functional.attend", () => [x, y, y], attention);
fn("functional.rmsNorm", () => [x, 3], { weight: "tensor", eps: "rate" });
fn("functional.swiglu", () => [x, y]);
fn("functional.rotary", () => [square, ones([2, 1]), ones([2, 1])], { interleaved: "flag" });
fn("functional.selfAttention", () => [x, 1], attention);
fn("functional.scaledDotProductAttention", () => [x, y, y], {
  ...masks,
  dropoutP: "share",
  scale: "number",
  enableGqa: "flag",
});
const reduction = { reduction: "word" } as const;
const classLoss = { ...reduction, weight: "tensor", ignoreIndex: "integer" } as const;
const crossEntropy = { ...classLoss, labelSmoothing: "share" } as const;
fn("functional.mseLoss", () => [x, y], { ...reduction, weight: "anything" });
fn("functional.nllLoss", () => [x, labels], classLoss);
fn("functional.crossEntropy", () => [x, labels], crossEntropy);
for (
  const name of ["item", "toTypedArray", "toArray", "tolist", "data", "cpu", "keep", "zeroGrad"]
) {
  method(`Tensor.${name}`, () => tensor([1]), () => []);
}
method("Tensor.detach_", () => ones([2]), () => []);
method("Tensor.typeAs", () => x, () => [labels]);
method("Tensor.retainGrad", () => tensor([1], { requiresGrad: true }), () => []);
method("Tensor.requiresGrad_", () => tensor([1], { requiresGrad: true }), () => [true]);
method("Tensor.backward", () => tensor(1, { requiresGrad: true }).mul(2), () => [tensor(1)], {
  retainGraph: "flag",
  createGraph: "flag",
});
method("Tensor.registerHook", () => tensor([1], { requiresGrad: true }), () => [() => {}]);

// Makers of tensors

const tensorOptions = { dtype: "dtype", device: "device", requiresGrad: "flag" } as const;
fn("tensor", () => [[1, 2]], { ...tensorOptions, shape: "shape" });
fn("asTensor", () => [[1, 2]], { dtype: "dtype", device: "device" });
fn("fromTypedArray", () => [new Float32Array(2), [2]], tensorOptions);
fn("full", () => [[2], 1], tensorOptions);
for (const name of ["empty", "zeros", "ones", "rand", "randn"]) {
  fn(name, () => [[2]], tensorOptions);
}
for (const name of ["newZeros", "newOnes", "newEmpty"]) {
  method(`Tensor.${name}`, () => x, () => [[2]], tensorOptions);
}
method("Tensor.newFull", () => x, () => [[2], 1], tensorOptions);
method("Tensor.newTensor", () => x, () => [[2]], { ...tensorOptions, shape: "shape" });
for (const name of ["zerosLike", "onesLike"]) fn(name, () => [x], tensorOptions);
fn("arange", () => [0, 3, 1], tensorOptions);
fn("eye", () => [2, 2], tensorOptions);
fn("fullLike", () => [x, 1], tensorOptions);
for (const name of ["emptyLike", "randLike", "randnLike"]) fn(name, () => [x], tensorOptions);
fn("linspace", () => [0, 1, 3], tensorOptions);
fn("logspace", () => [0, 1, 3, 10], tensorOptions);
const integerOptions = { dtype: "dtype", device: "device" } as const;
for (const name of ["trilIndices", "triuIndices"]) {
  fn(name, () => [2, 2, 0], { ...integerOptions, requiresGrad: "flag" });
}
fn("randint", () => [0, 3, [2]], tensorOptions);
fn("randintLike", () => [x, 0, 3], tensorOptions);
fn("randperm", () => [3], tensorOptions);
made("Parameter", () => [ones([2]), true]);
fn("promoteTypes", () => ["float32", "int32"]);
fn("finfo", () => ["float32"]);
fn("iinfo", () => ["int32"]);
for (const name of ["hann", "blackman", "bartlett"]) {
  fn(`${name}Window`, () => [4, true], tensorOptions);
}
fn("hammingWindow", () => [4, true, 0.5, 0.5], tensorOptions);
fn("kaiserWindow", () => [4, true, 12], tensorOptions);
fn("record", () => ["mine", ones([2]), [[x, () => x]]], {
  shared: "function",
  saved: "list",
  differentiable: "flag",
});

// Memory, randomness, settings

fn("scope", () => [() => 1]);
fn("task", () => [() => Promise.resolve(1)]);
fn("steps", () => [3]);
fn("outside", () => [Promise.resolve()]);
fn("memory", () => []);
fn("noGrad", () => [() => 1]);
fn("enableGrad", () => [() => 1]);
fn("setGradEnabled", () => [true, () => 1]);
fn("isGradEnabled", () => []);
fn("manualSeed", () => [1]);
made("Generator", () => [1]);
fn("getNumThreads", () => []);
fn("setNumThreads", () => [glim.getNumThreads()]);
fn("getDefaultDevice", () => []);
fn("setDefaultDevice", () => [glim.getDefaultDevice()]);
fn("getKernelBuild", () => []);
fn("getKernelHash", () => []);
fn("setKernelBuild", () => [glim.getKernelBuild()]);
for (const name of ["gradcheck", "gradgradcheck"]) {
  fn(name, () => [(a: Any) => a.mul(2), [tensor([1], { requiresGrad: true })]], {
    eps: "number",
    rtol: "number",
    atol: "number",
  });
}
{
  const of = () => tensor(1, { requiresGrad: true });
  const row = (): unknown[] => {
    const x = of();
    return [x.mul(2), x];
  };
  fn("grad", row, {
    gradOutputs: "anything",
    createGraph: "flag",
    retainGraph: "flag",
    allowUnused: "flag",
  });
}

add(
  "anomaly",
  () => (...given) => void find("anomaly")(...given)[Symbol.dispose](),
  () => [],
  null,
);

const vector = ones([2]).keep();
fn("jacobian", () => [(x: Any) => x.mul(2), vector]);
fn("hessian", () => [(x: Any) => x.square().sum(), vector]);
for (const name of ["vjp", "jvp"]) fn(name, () => [(x: Any) => x.mul(2), vector, vector]);
for (const name of ["hvp", "vhp"]) fn(name, () => [(x: Any) => x.square().sum(), vector, vector]);
fn("vmap", () => [(x: Any) => x], { inDims: "anything", outDims: "anything" });
class Constant extends nn.Module {
  forward(): glim.Tensor { // what a caller's own module refuses is the caller's
    return x;
  }
}
fn("functionalCall", () => [new Constant(), {}, [x]], { tieWeights: "flag", strict: "flag" });

// linalg

fn("linalg.solve", () => [glim.eye(2), square], { left: "flag" });
fn("linalg.solveTriangular", () => [square, square, { upper: true }]);
for (const name of ["inv", "matrixExp"]) fn(`linalg.${name}`, () => [glim.eye(2)]);
fn("linalg.svdvals", () => [square]);
for (const path of ["", "linalg."]) { // torch has some of them itself, too
  for (const name of ["det", "slogdet", "logdet"]) fn(path + name, () => [square]);
  fn(`${path}choleskySolve`, () => [square, glim.eye(2), false]);
  fn(`${path}choleskyInverse`, () => [glim.eye(2), false]);
}
fn("linalg.cholesky", () => [glim.eye(2)], { upper: "flag" });
fn("linalg.matmul", () => [square, square]);
fn("linalg.multiDot", () => [[square, square]]);
fn("linalg.vectorNorm", () => [x, 2, 0, false, "float32"]);
fn("linalg.qr", () => [x, "r"]);
for (const name of ["lu", "luFactor"]) fn(`linalg.${name}`, () => [x], { pivot: "flag" });
const factored = glim.linalg.luFactor(glim.eye(2, 2, { device: "cpu" }));
const [both, pivots] = [factored.LU, factored.pivots].map((x) =>
  x.to(glim.getDefaultDevice()).keep()
);
fn("linalg.luSolve", () => [both, pivots, square], { left: "flag", adjoint: "flag" });
for (const path of ["", "linalg."]) fn(`${path}luUnpack`, () => [both, pivots]);
fn("linalg.lstsq", () => [x, square], { rcond: "anything" });
for (const name of ["eigh", "eigvalsh"]) fn(`linalg.${name}`, () => [square, "U"]);
fn("linalg.svd", () => [x, false]);
const tolerance = { atol: "anything", rtol: "anything", hermitian: "flag" } as const;
for (const name of ["pinv", "matrixRank"]) fn(`linalg.${name}`, () => [square], tolerance);
fn("linalg.cond", () => [x, 2]);
fn("linalg.matrixNorm", () => [x, "nuc", [0, 1], false, "float32"]);
fn("linalg.norm", () => [x, 2, [0, 1], false, "float32"]);
fn("linalg.diagonal", () => [x, 1, 0, 1]);
fn("linalg.vander", () => [x, 2]);
fn("linalg.vecdot", () => [x, y, 0]);
fn("linalg.cross", () => [x, y, 1]);
fn("linalg.matrixPower", () => [glim.eye(2), -1]);
fn("linalg.tensorinv", () => [glim.eye(2), 1]);
fn("linalg.tensorsolve", () => [glim.eye(2), ones([2])], { dims: "anything" });

// special

for (const name of ["i0", "i0e", "i1", "i1e", "ndtri", "erfcx"]) fn(`special.${name}`, () => [x]);
for (const name of ["J0", "J1", "Y0", "Y1"]) fn(`special.bessel${name}`, () => [x]);
for (const name of ["gammainc", "gammaincc", "zeta"]) fn(`special.${name}`, () => [x, y]);
/** What `functional` has, too, partly under another name. */
const shared: Record<string, () => unknown[]> = {
  digamma: () => [x],
  psi: () => [x],
  entr: () => [x],
  erf: () => [x],
  erfc: () => [x],
  erfinv: () => [x],
  exp2: () => [x],
  expit: () => [x],
  expm1: () => [x],
  gammaln: () => [x],
  log1p: () => [x],
  logNdtr: () => [x],
  logSoftmax: () => [x, 0, "float32"],
  logit: () => [x, 0.1],
  logsumexp: () => [x, 0, false],
  multigammaln: () => [x, 1],
  ndtr: () => [x],
  polygamma: () => [1, x],
  round: () => [x, 1],
  sinc: () => [x],
  softmax: () => [x, 0, "float32"],
  xlog1py: () => [x, y],
  xlogy: () => [x, y],
};
for (const [name, args] of Object.entries(shared)) fn(`special.${name}`, args);

// distributions

for (const name of ["Normal", "Uniform", "Laplace", "Gamma", "Beta", "LogNormal", "Cauchy"]) {
  made(`distributions.${name}`, () => [1, 2]);
}
for (const name of ["Exponential", "HalfNormal", "Poisson"]) {
  made(`distributions.${name}`, () => [1]);
}
made("distributions.StudentT", () => [1, 0, 1]);
for (const name of ["Bernoulli", "Geometric"]) made(`distributions.${name}`, () => [0.5]);
made("distributions.Binomial", () => [3, 0.5]);
made("distributions.Multinomial", () => [3, tensor([1, 2], { dtype: "float32" })]);
made("distributions.Dirichlet", () => [tensor([1, 2], { dtype: "float32" })]);
made("distributions.MultivariateNormal", () => [ones([2]), glim.eye(2)]);
made("distributions.Categorical", () => [tensor([1, 2], { dtype: "float32" })]);
const gaussian = () => new glim.distributions.Normal(ones([2]), 1);
for (const name of ["Gumbel", "Weibull", "Pareto", "InverseGamma"]) {
  made(`distributions.${name}`, () => [1, 2]);
}
for (const name of ["Chi2", "HalfCauchy"]) made(`distributions.${name}`, () => [1]);
for (const name of ["NegativeBinomial", "RelaxedBernoulli"]) {
  made(`distributions.${name}`, () => [1, 0.5]);
}
const shares = tensor([1, 2], { dtype: "float32" }).keep();
for (const name of ["OneHotCategorical", "OneHotCategoricalStraightThrough"]) {
  made(`distributions.${name}`, () => [shares]);
}
made("distributions.RelaxedOneHotCategorical", () => [1, shares]);
made("distributions.MixtureSameFamily", () => [
  new glim.distributions.Categorical(shares),
  gaussian(),
]);
const tanh = new glim.distributions.TanhTransform();
made("distributions.TransformedDistribution", () => [gaussian(), [tanh]]);
made("distributions.AffineTransform", () => [1, 2, 0]);
made("distributions.PowerTransform", () => [2]);
made("distributions.ComposeTransform", () => [[tanh]]);
made("distributions.IndependentTransform", () => [tanh, 1]);
for (const name of ["Exp", "Sigmoid", "Softplus", "Tanh"]) {
  made(`distributions.${name}Transform`, () => []);
}
made("distributions.Independent", () => [gaussian(), 1]);
fn("distributions.klDivergence", () => [gaussian(), gaussian()]);

// nn

made("nn.GELU", () => [], { approximate: "word" });
made("nn.Linear", () => [2, 3], { bias: "flag" });
made("nn.Conv2d", () => [2, 4, 3], {
  ...convolution,
  groups: "count",
  bias: "flag",
  paddingMode: "word",
});
made("nn.MaxPool2d", () => [2], { ...maxPooling, returnIndices: "flag" });
made("nn.AvgPool2d", () => [2], avgPooling);
made("nn.AdaptiveAvgPool2d", () => [2]);
const batchNorm = {
  eps: "number",
  momentum: "number",
  affine: "flag",
  bias: "flag",
  trackRunningStats: "flag",
};
for (const name of ["BatchNorm1d", "BatchNorm2d"]) made(`nn.${name}`, () => [3], batchNorm as Any);
made("nn.LayerNorm", () => [[3]], { eps: "number", elementwiseAffine: "flag", bias: "flag" });
made("nn.Rotary", () => [4], { base: "anything", interleaved: "flag" });
made("nn.KVCache", () => [4]);
made("text.ByteTokenizer", () => []);
made("text.CharTokenizer", () => ["abc"]);
made("text.TokenDataset", () => [[1, 2, 3], 1], { randomSamples: "count" });
const foreignTokenizer = () => ({
  encode: () => ({ ids: [] }),
  decode: () => "",
  get_vocab: () => new Map(),
});
made("text.PretrainedTokenizer", () => [foreignTokenizer()], {
  addSpecialTokens: "flag",
  skipSpecialTokens: "flag",
});
fn("text.decodeStream", () => [new glim.text.ByteTokenizer(), [97]], { prompt: "anything" });
fn("nn.generate", () => [model, [1]], {
  maxNewTokens: "whole",
  contextLength: "count",
  temperature: "rate",
  topK: "count",
  topP: "share",
  seed: "whole",
  stopTokens: "anything",
  cache: "flag",
});
made("nn.MultiheadAttention", () => [4, 2], {
  dropout: "share",
  bias: "flag",
  kdim: "count",
  vdim: "count",
  batchFirst: "flag",
});
for (const name of ["Softmax", "LogSoftmax"]) made(`nn.${name}`, () => [1]);
for (const name of ["Hardshrink", "Softshrink"]) made(`nn.${name}`, () => [0.1]);
for (const name of ["LeakyReLU", "ELU", "CELU"]) {
  made(`nn.${name}`, () => [0.1], { inplace: "flag" });
}
made("nn.AdaptiveMaxPool1d", () => [2], { returnIndices: "flag" });
made("nn.AdaptiveMaxPool2d", () => [2], { returnIndices: "flag" });
made("nn.AdaptiveMaxPool3d", () => [2], { returnIndices: "flag" });
made("nn.Hardtanh", () => [-1, 1], { inplace: "flag" });
made("nn.GLU", () => [-1]);
made("nn.PReLU", () => [1, 0.25]);
made("nn.Flatten", () => [1, -1]);
made("nn.Dropout", () => [0.5], { inplace: "flag" });
made("nn.ModuleList", () => [[new nn.ReLU()]]);
made("nn.MSELoss", () => [], reduction);
made("nn.NLLLoss", () => [], classLoss);
made("nn.CrossEntropyLoss", () => [], crossEntropy);
made("nn.Parameter", () => [ones([2]), true]);
method("nn.Module.loadStateDict", () => model, () => [model.stateDict()], { strict: "flag" });
method("nn.Module.to", () => model, () => ["cpu"]);
method("nn.Module.train", () => model, () => [true]);
method("nn.Module.registerBuffer", () => new nn.ReLU(), () => ["name", x], {
  persistent: "flag",
});
method("nn.Module.addModule", () => new nn.Identity(), () => ["name", new nn.ReLU()]);
method("nn.Module.registerModule", () => new nn.Identity(), () => ["name", new nn.ReLU()]);
method("nn.Module.getSubmodule", () => model, () => ["0"]);
method("nn.Module.apply", () => model, () => [() => {}]);
method("nn.Module.requiresGrad_", () => new nn.LayerNorm(2), () => [true]);
for (
  const name of ["registerForwardPreHook", "registerForwardHook", "registerFullBackwardHook"]
) {
  method(`nn.Module.${name}`, () => new nn.Identity(), () => [() => {}]);
}
// Losses, sequences and images, and what layers need besides
const reduced = { reduction: "word" } as const;
const signs = ones([2]).keep();
const cube = ones([1, 2, 4]).keep();
const wide = ones([1, 4, 2, 2]).keep();
const margin = { ...reduced, margin: "number" } as const;
fn("functional.softMarginLoss", () => [x, y], reduced);
fn("functional.l1Loss", () => [x, y], { ...reduced, weight: "anything" });
fn("functional.smoothL1Loss", () => [x, y], { ...reduced, beta: "rate" });
fn("functional.huberLoss", () => [x, y], { ...reduced, delta: "anything", weight: "anything" });
fn("functional.poissonNllLoss", () => [x, y], {
  ...reduced,
  logInput: "flag",
  full: "flag",
  eps: "rate",
});
fn("functional.gaussianNllLoss", () => [x, y, y], { ...reduced, full: "flag", eps: "anything" });
const weighted = { ...reduced, weight: "anything" } as const;
for (const name of ["binaryCrossEntropy", "multilabelSoftMarginLoss"]) {
  fn(`functional.${name}`, () => [x, y], weighted);
}
fn("functional.binaryCrossEntropyWithLogits", () => [x, y], { ...weighted, posWeight: "anything" });
fn("functional.klDiv", () => [x, y], { reduction: "word", logTarget: "flag" });
fn("functional.cosineEmbeddingLoss", () => [x, y, signs], margin);
fn("functional.hingeEmbeddingLoss", () => [x, y], margin);
fn("functional.marginRankingLoss", () => [x, y, y], margin);
fn("functional.multiMarginLoss", () => [x, labels], {
  ...margin,
  p: "anything",
  weight: "anything",
});
fn("functional.multilabelMarginLoss", () => [x, indices], reduced);
fn("functional.tripletMarginLoss", () => [x, y, y], {
  ...margin,
  p: "anything",
  eps: "number",
  swap: "flag",
});
fn("functional.ctcLoss", () => [ones([4, 1, 3]), ones([1, 2], { dtype: "int32" }), [4], [2]], {
  ...reduced,
  blank: "whole",
  zeroInfinity: "flag",
});
const conv1d = {
  stride: "anything",
  padding: "anything",
  dilation: "anything",
  groups: "count",
} as const;
fn("functional.conv1d", () => [cube, ones([3, 2, 2]), ones([3])], conv1d);
fn("functional.convTranspose1d", () => [cube, ones([2, 3, 2]), ones([3])], {
  stride: "anything",
  padding: "anything",
  outputPadding: "anything",
  groups: "count",
  dilation: "anything",
});
fn("functional.convTranspose2d", () => [images, ones([2, 3, 2, 2]), ones([3])], {
  stride: "oneOrTwo",
  padding: "oneOrTwo",
  outputPadding: "anything",
  groups: "count",
  dilation: "oneOrTwo",
});
const volume = ones([1, 2, 3, 3, 3]).keep();
fn("functional.conv3d", () => [volume, ones([3, 2, 2, 2, 2]), ones([3])], conv1d);
fn("functional.convTranspose3d", () => [volume, ones([2, 3, 2, 2, 2]), ones([3])], {
  ...conv1d,
  outputPadding: "anything",
});
fn("functional.maxPool3d", () => [volume, 2], {
  stride: "anything",
  padding: "anything",
  ceilMode: "flag",
  dilation: "anything",
  returnIndices: "flag",
});
fn("functional.avgPool3d", () => [volume, 2], {
  stride: "anything",
  padding: "anything",
  ceilMode: "flag",
  countIncludePad: "flag",
  divisorOverride: "anything",
});
fn("functional.adaptiveAvgPool3d", () => [volume, 2]);
fn("functional.adaptiveMaxPool3d", () => [volume, 2], { returnIndices: "flag" });
const at = (shape: number[]) => zeros(shape, { dtype: "int32" }).keep();
const [cubePlaces, imagesPlaces, volumePlaces] = [[1, 2, 4], [1, 2, 5, 5], [1, 2, 3, 3, 3]].map(at);
const places = { stride: "anything", padding: "anything", outputSize: "anything" } as const;
fn("functional.maxUnpool1d", () => [cube, cubePlaces, 2], places);
fn("functional.maxUnpool2d", () => [images, imagesPlaces, 2], places);
fn("functional.maxUnpool3d", () => [volume, volumePlaces, 2], places);
fn("functional.lpPool1d", () => [cube, 2, 2], { stride: "anything", ceilMode: "flag" });
fn("functional.lpPool3d", () => [volume, 2, 2], { stride: "anything", ceilMode: "flag" });
fn("functional.lpPool2d", () => [images, 2, 2], { stride: "anything", ceilMode: "flag" });
fn("functional.dropout3d", () => [volume, 0.5, true], inplace);
const pool1d = { stride: "anything", padding: "anything", ceilMode: "flag" } as const;
fn("functional.maxPool1d", () => [cube, 2], {
  ...pool1d,
  dilation: "anything",
  returnIndices: "flag",
});
fn("functional.avgPool1d", () => [cube, 2], { ...pool1d, countIncludePad: "flag" });
fn("functional.adaptiveAvgPool1d", () => [cube, 2]);
fn("functional.adaptiveMaxPool1d", () => [cube, 2], { returnIndices: "flag" });
fn("functional.adaptiveMaxPool2d", () => [images, 2], { returnIndices: "flag" });
fn("functional.unfold", () => [images, 2], {
  dilation: "oneOrTwo",
  padding: "oneOrTwo",
  stride: "oneOrTwo",
});
fn("functional.fold", () => [ones([1, 4, 9]), 4, 2], {
  dilation: "oneOrTwo",
  padding: "oneOrTwo",
  stride: "oneOrTwo",
});
for (const name of ["pixelShuffle", "channelShuffle"]) fn(`functional.${name}`, () => [wide, 2]);
fn("functional.pixelUnshuffle", () => [wide, 2]);
for (const name of ["dropout1d", "alphaDropout"]) {
  fn(`functional.${name}`, () => [cube, 0.5, true], inplace);
}
fn("functional.dropout2d", () => [images, 0.5, true], inplace);
fn("functional.groupNorm", () => [wide, 2], {
  weight: "anything",
  bias: "anything",
  eps: "number",
});
fn("functional.instanceNorm", () => [wide], {
  weight: "anything",
  bias: "anything",
  eps: "number",
  runningMean: "anything",
  runningVar: "anything",
  useInputStats: "flag",
  momentum: "number",
});
fn("functional.localResponseNorm", () => [wide, 2], {
  alpha: "number",
  beta: "number",
  k: "number",
});
fn("functional.bilinear", () => [x, y, ones([4, 3, 3]), ones([4])]);
fn("functional.embeddingBag", () => [indices, x], {
  offsets: "anything",
  mode: "word",
  perSampleWeights: "anything",
  includeLastOffset: "flag",
  paddingIdx: "anything",
  ...lookup,
});
for (const name of ["AlphaDropout", "Dropout1d", "Dropout2d", "Dropout3d"]) {
  made(`nn.${name}`, () => [0.5], { inplace: "flag" });
}
fn("functional.interpolate", () => [images, 3, {}]);
made("nn.GroupNorm", () => [2, 4], { eps: "number", affine: "flag", bias: "flag" });
made("nn.ModuleDict", () => [{}]);
made("nn.ParameterDict", () => [{}]);
made("nn.ParameterList", () => [[]]);
made("nn.Unflatten", () => [1, [2, 2]]);
const transformer = {
  dimFeedforward: "count",
  dropout: "share",
  activation: "anything",
  layerNormEps: "number",
  batchFirst: "flag",
  normFirst: "flag",
  bias: "flag",
} as const;
made("nn.TransformerEncoderLayer", () => [4, 2], transformer);
made("nn.TransformerDecoderLayer", () => [4, 2], transformer);
made("nn.TransformerEncoder", () => [new nn.TransformerEncoderLayer(4, 2), 1], {
  norm: "anything",
});
made("nn.TransformerDecoder", () => [new nn.TransformerDecoderLayer(4, 2), 1], {
  norm: "anything",
});
fn("nn.init.eye_", () => [ones([2, 2])]);
fn("nn.init.dirac_", () => [ones([2, 2, 3]), 1]);
fn("nn.init.orthogonal_", () => [ones([2, 2]), 1]);
fn("nn.init.sparse_", () => [ones([2, 2]), 0.5, 1]);
fn("nn.init.truncNormal_", () => [ones([2, 2])], {
  mean: "number",
  std: "rate",
  a: "number",
  b: "number",
});
fn("nn.summary", () => [model, [3]], { dtype: "word" });
const words = [ones([3, 2]), ones([1, 2])].map((x) => x.keep());
fn("nn.utils.padSequence", () => [words], {
  batchFirst: "flag",
  paddingValue: "anything",
  paddingSide: "word",
});
fn("nn.utils.unpadSequence", () => [ones([3, 2]), [2, 1]], { batchFirst: "flag" });
fn("nn.utils.parametersToVector", () => [parameters()]);
fn("nn.utils.vectorToParameters", () => [ones([8]), [...new nn.Linear(3, 2).parameters()]]);
fn("nn.utils.weightNorm", () => [new nn.Linear(3, 2), "weight", 0]);
fn("nn.utils.orthogonal", () => [new nn.Linear(3, 2), "weight"], { orthogonalMap: "anything" });
fn("nn.utils.spectralNorm", () => [new nn.Linear(3, 2), "weight"], {
  nPowerIterations: "count",
  eps: "number",
  dim: "integer",
});

/** Layers, and what their `forward` takes. */
export const layers: Record<
  string,
  [module: () => Any, args: () => unknown[], options?: Record<string, Type>]
> = {
  GELU: [() => new nn.GELU(), () => [x]],
  Softmax: [() => new nn.Softmax(1), () => [x]],
  LogSoftmax: [() => new nn.LogSoftmax(1), () => [x]],
  GLU: [() => new nn.GLU(), () => [square]],
  Linear: [() => new nn.Linear(3, 2), () => [x]],
  LPPool1d: [() => new nn.LPPool1d(2, 2), () => [cube]],
  LPPool2d: [() => new nn.LPPool2d(2, 2), () => [images]],
  LPPool3d: [() => new nn.LPPool3d(2, 2), () => [volume]],
  Conv2d: [() => new nn.Conv2d(2, 4, 3), () => [images]],
  MaxPool2d: [() => new nn.MaxPool2d(2), () => [images]],
  AvgPool2d: [() => new nn.AvgPool2d(2), () => [images]],
  AdaptiveAvgPool2d: [() => new nn.AdaptiveAvgPool2d(2), () => [images]],
  BatchNorm1d: [() => new nn.BatchNorm1d(3), () => [x]],
  BatchNorm2d: [() => new nn.BatchNorm2d(2), () => [images]],
  LayerNorm: [() => new nn.LayerNorm(3), () => [x]],
  Rotary: [() => new nn.Rotary(2), () => [square, 0]],
  MultiheadAttention: [() => new nn.MultiheadAttention(3, 1), () => [x, y, y], {
    keyPaddingMask: "tensor",
    attnMask: "tensor",
    needWeights: "flag",
    averageAttnWeights: "flag",
    isCausal: "flag",
  }],
  Flatten: [() => new nn.Flatten(), () => [x]],
  Dropout: [() => new nn.Dropout(), () => [x]],
  Identity: [() => new nn.Identity(), () => [x]],
  Sequential: [() => new nn.Sequential(new nn.ReLU()), () => [x]],
  MSELoss: [() => new nn.MSELoss(), () => [x, y]],
  NLLLoss: [() => new nn.NLLLoss(), () => [x, labels]],
  CrossEntropyLoss: [() => new nn.CrossEntropyLoss(), () => [x, labels]],
};

/** The classes that no row names: tests find them in their namespaces. */
export const asked: string[] = [];

const hasRow = (path: string): boolean => entryPoints.some((row) => row.path === path);

/** The classes of a namespace that extend another. */
function classesOf(space: object, Base: Any): [name: string, Class: Any][] {
  return Object.entries(space).filter(([_, value]) => value?.prototype instanceof Base);
}

for (const [name, Class] of classesOf(nn, nn.Module)) {
  const construct = (...args: unknown[]) => new Class(...args);
  const sizes = argumentsOf(construct, [() => [], () => [3], () => [3, 2], () => [2, 4, 3]]);
  if (sizes === undefined || name in { Identity: 0, Sequential: 0 }) continue;
  if (!hasRow(`nn.${name}`)) {
    asked.push(name);
    made(`nn.${name}`, sizes, optionsOf((options) => construct(...sizes(), options)));
  }
  const module = construct(...sizes());
  const inputs = argumentsOf(module.forward?.bind(module), [
    ...[() => [x], () => [images], () => [labels], () => [x, y], () => [x, labels]],
  ]);
  if (inputs !== undefined) layers[name] ??= [() => construct(...sizes()), inputs];
}
/** How many more arguments, each of which may be null, the `forward` of a layer takes. */
const STATES: Record<string, number> = {
  LSTM: 2,
  GRU: 2,
  RNN: 2,
  LSTMCell: 1,
  GRUCell: 1,
  RNNCell: 1,
  EmbeddingBag: 2,
};
for (const [name, [make, args, options = null]] of Object.entries(layers)) {
  glim.manualSeed(1); // the same weights on each device
  const module = make(); // not at each call, as initialisation draws random numbers
  const more = new Array<null>(STATES[name] ?? 0).fill(null);
  method(`nn.${name}.forward`, () => module, () => [...args(), ...more], options);
}
method("nn.ParameterList.insert", () => new nn.ParameterList(), () => [0, ones([1])]);
const containers = {
  ModuleList: () => new nn.ModuleList(),
  Sequential: () => new nn.Sequential(),
};
for (const [kind, make] of Object.entries(containers)) {
  method(`nn.${kind}.append`, make, () => [new nn.ReLU()]);
  method(`nn.${kind}.extend`, make, () => [[new nn.ReLU()]]);
  method(`nn.${kind}.insert`, make, () => [0, new nn.ReLU()]);
  method(`nn.${kind}.pop`, make, () => [0]);
}
for (const name of ["zeros_", "ones_"]) fn(`nn.init.${name}`, () => [ones([2, 2])]);
fn("nn.init.constant_", () => [ones([2, 2]), 1]);
for (const name of ["uniform_", "normal_"]) fn(`nn.init.${name}`, () => [ones([2, 2]), 0, 1]);
for (const name of ["xavierUniform_", "xavierNormal_"]) {
  fn(`nn.init.${name}`, () => [ones([2, 2]), 1]);
}
fn("nn.init.calculateGain", () => ["leakyRelu", 0.1]);
for (const name of ["kaimingUniform_", "kaimingNormal_"]) {
  fn(`nn.init.${name}`, () => [ones([2, 2])], { a: "number", nonlinearity: "word", mode: "word" });
}
fn("nn.utils.clipGradNorm_", () => [parameters(), 1], {
  normType: "number",
  errorIfNonfinite: "flag",
});
fn("nn.utils.clipGradValue_", () => [parameters(), 1]);

// optim, lrScheduler

const adam = {
  lr: "rate",
  betas: "pair",
  eps: "rate",
  weightDecay: "rate",
  amsgrad: "flag",
} as const;
made("optim.SGD", () => [parameters()], {
  lr: "rate",
  momentum: "rate",
  dampening: "number",
  nesterov: "flag",
  weightDecay: "rate",
  momentumMode: "word",
});
made("optim.RMSprop", () => [parameters()], {
  lr: "rate",
  alpha: "rate",
  eps: "rate",
  weightDecay: "rate",
  momentum: "rate",
  centered: "flag",
});
made("optim.Adam", () => [parameters()], { ...adam, decoupledWeightDecay: "flag" });
made("optim.AdamW", () => [parameters()], adam);
for (const [name, Class] of classesOf(optim, optim.Optimizer)) {
  if (hasRow(`optim.${name}`)) continue;
  asked.push(name);
  made(`optim.${name}`, () => [parameters()], optionsOf((set) => new Class(parameters(), set)));
}
method("optim.Optimizer.step", () => sgd, () => [() => 0]);
method("optim.Optimizer.addParamGroup", () => new optim.SGD([new nn.Parameter(ones([1]))]), () => [{
  params: [new nn.Parameter(ones([1]))],
}]);
method("optim.Optimizer.zeroGrad", () => sgd, () => []);
method("optim.Optimizer.cpu", () => sgd, () => []);
method("optim.Optimizer.loadStateDict", () => sgd, () => [sgd.stateDict()]);
made("optim.swaUtils.AveragedModel", () => [model], { multiAvgFn: "function" });
fn("optim.swaUtils.getEmaMultiAvgFn", () => [0.9]);
fn("optim.swaUtils.getSwaMultiAvgFn", () => []);
made("optim.swaUtils.SWALR", () => [sgd, 0.1], { annealEpochs: "whole", annealStrategy: "word" });
fn("optim.swaUtils.updateBn", () => [[ones([2, 3])], new nn.Linear(3, 2), "cpu"]);
const L = "lrScheduler";
made(`${L}.StepLR`, () => [sgd, 2], { gamma: "number" });
made(`${L}.MultiStepLR`, () => [sgd, [2]], { gamma: "number" });
made(`${L}.ExponentialLR`, () => [sgd, 0.9]);
made(`${L}.LambdaLR`, () => [sgd, () => 1]);
made(`${L}.ConstantLR`, () => [sgd], { factor: "share", totalIters: "whole" });
made(`${L}.PolynomialLR`, () => [sgd], { totalIters: "count", power: "number" });
made(`${L}.MultiplicativeLR`, () => [sgd, () => 1]);
made(`${L}.CosineAnnealingWarmRestarts`, () => [sgd, 3], { tMult: "count", etaMin: "number" });
made(`${L}.ChainedScheduler`, () => [[new lrScheduler.StepLR(sgd, 2)]]);
made(`${L}.CyclicLR`, () => [sgd, 0.1, 0.2], {
  stepSizeUp: "count",
  stepSizeDown: "anything",
  mode: "word",
  gamma: "number",
  scaleFn: "anything",
  scaleMode: "word",
  cycleMomentum: "flag",
  baseMomentum: "anything",
  maxMomentum: "anything",
});
made(`${L}.LinearLR`, () => [sgd], {
  startFactor: "number",
  endFactor: "number",
  totalIters: "count",
});
made(`${L}.CosineAnnealingLR`, () => [sgd, 5], { etaMin: "number" });
made(`${L}.OneCycleLR`, () => [sgd, 1], {
  totalSteps: "count",
  epochs: "count",
  stepsPerEpoch: "count",
  pctStart: "number",
  annealStrategy: "word",
  cycleMomentum: "flag",
  baseMomentum: "number",
  maxMomentum: "number",
  divFactor: "number",
  finalDivFactor: "number",
  threePhase: "flag",
});
made(`${L}.ReduceLROnPlateau`, () => [sgd], {
  mode: "word",
  factor: "number",
  patience: "number",
  threshold: "number",
  thresholdMode: "word",
  cooldown: "number",
  minLr: "number",
  eps: "number",
});
made(`${L}.DecayOnRise`, () => [sgd], { factor: "number" });
made(`${L}.SequentialLR`, () => [sgd, [new lrScheduler.StepLR(sgd, 2)], []]);

// metrics

fn("metrics.accuracy", () => [x, labels]);
fn("metrics.confusionMatrix", () => [x, labels, { numClasses: 10 }]);
fn("metrics.meanAbsoluteError", () => [x, x]);
fn("metrics.meanSquaredError", () => [x, x]);
fn("metrics.r2Score", () => [x, x]);
for (const name of ["confusion", "mae", "rmse", "r2"]) fn(`metrics.${name}`, () => []);
for (const name of ["precision", "recall", "f1"]) {
  fn(`metrics.${name}`, () => [], { average: "word" });
}
for (const name of ["rocAuc", "averagePrecision"]) {
  fn(`metrics.${name}`, () => [], { average: "word", logits: "flag" });
}
fn("metrics.topK", () => [], { k: "count" });
fn("metrics.logLoss", () => [], { logits: "flag" });
fn("metrics.calibration", () => [], { logits: "flag", bins: "count" });

// data

const imageShape = { imageShape: "pair" } as const;
made("data.ImageDataset", () => [bytes, labels]);
method("data.ImageDataset.slice", () => new data.ImageDataset(bytes, labels), () => [0, 1]);
made("data.DataLoader", () => [loader.dataset], {
  batchSize: "count",
  shuffle: "flag",
  seed: "whole",
  dropLast: "flag",
  transform: "function",
  sampler: "anything",
  batchSampler: "anything",
  collate: "function",
});
const set = data.table({ a: [1, 2, 3, 4, 5, 6], k: [..."uvuvuv"] }, { target: "k" });
const csvFile = new TextEncoder().encode("a,b\n1,2\n");
const tableOptions = { target: "anything", ignore: "list", types: "object" } as const;
const csvOptions = {
  ...tableOptions,
  columns: "list",
  delimiter: "text",
  decimal: "word",
  header: "flag",
  missing: "list",
} as const;
fn("data.csv", () => [csvFile], csvOptions);
fn("data.parseCsv", () => [csvFile], csvOptions);
const jsonFile = new TextEncoder().encode('[{"a": 1}]');
for (const name of ["json", "parseJson"]) fn(`data.${name}`, () => [jsonFile], tableOptions);
fn("data.table", () => [{ a: [1] }], tableOptions);
method("data.Table.column", () => set, () => ["a"]);
method("data.Table.rows", () => set, () => [[0]]);
method("data.Table.learn", () => set, () => [], { target: "anything", ignore: "list" });
method("data.Table.describe", () => set, () => []);
const divide = { stratify: "anything", group: "anything", seed: "whole" } as const;
fn("data.split", () => [set], { ...divide, test: "rate", dev: "rate", time: "anything" });
fn("data.kFold", () => [set], { ...divide, k: "count" });
fn("data.randomSplit", () => [set, [0.5, 0.5], new glim.Generator(1)]);
made("data.Subset", () => [set, [0, 1]]);
made("data.ConcatDataset", () => [[set, set]]);
made("data.SequentialSampler", () => [4]);
made("data.RandomSampler", () => [4], { replacement: "flag", numSamples: "count" });
made("data.SubsetRandomSampler", () => [[0, 1]]);
made("data.WeightedRandomSampler", () => [[0, 1], 2], { replacement: "flag" });
made("data.BatchSampler", () => [new data.SequentialSampler(4), 2, true]);
made("data.RandomFlip", () => [], { horizontal: "share", vertical: "share", ...imageShape });
made("data.RandomCrop", () => [], { padding: "whole", ...imageShape });
made("data.ColourJitter", () => [], { brightness: "rate", contrast: "rate", saturation: "rate" });
const mixing = () => [ones([2, 1, 4, 4]), labels, { classes: 2 }];
fn("data.mixup", mixing);
fn("data.cutmix", mixing);
made("data.StreamLoader", () => [() => []], {
  batchSize: "count",
  dropLast: "flag",
  prefetch: "whole",
  shuffle: "anything",
  indices: "anything",
  seed: "whole",
  collate: "function",
  transform: "function",
});
fn("data.fromPixels", () => [{ data: new Uint8ClampedArray(4), width: 1, height: 1 }]);
made("data.WindowDataset", () => [ones([9, 1]), { length: 2 }]);
fn("data.logMel", () => [new Float32Array(600)], {
  sampleRate: "count",
  frame: "number",
  hop: "count",
  mels: "count",
  from: "rate",
});
fn("data.melBands", () => [], {
  sampleRate: "count",
  frame: "number",
  hop: "count",
  mels: "count",
  from: "rate",
});
fn("data.fitImage", () => [zeros([1, 4, 4], { dtype: "uint8" }), [1, 2, 2]]);
fn("data.encoder", () => [{ train: set }], {
  numbers: "list",
  categories: "list",
  columns: "object",
});
made("data.Encoder", () => [data.encoder({ train: set }).plan]);
for (const name of ["missing", "standardise", "log", "oneHot", "ordinal"]) {
  fn(`data.${name}`, () => []);
}
fn("data.impute", () => ["mean"]);
fn("data.minMax", () => [], { from: "number", to: "number" });
fn("data.bins", () => [4], { strategy: "word" });
method("data.DataLoader.startingAt", () => loader, () => [0]);
method("data.DataLoader.firstBatches", () => loader, () => [1]);
method("data.DataLoader.first", () => loader, () => []);
made("data.RandomWarp", () => [], {
  rotation: "rate",
  scale: "rate",
  shear: "rate",
  shift: "rate",
  elastic: "rate",
  points: "count",
  ...imageShape,
});
made("data.RandomErasing", () => [], {
  p: "share",
  area: "pair",
  ratio: "pair",
  value: "number",
  ...imageShape,
});
fn("data.readIdx", () => [Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7)], { limit: "rate" });
for (const name of ["mnist", "readMnist"]) {
  fn(`data.${name}`, () => [], { dir: "text", fallback: "text", source: "object" });
}

// train

/** Arguments whose options, the first, have what must be there too. */
function merged(needed: object, [options, ...more]: unknown[]): [Any] {
  const isObject = options === undefined ||
    (options !== null && Object.getPrototypeOf(options) === Object.prototype);
  return [isObject ? { ...needed, ...options as object } : options, ...more] as [Any];
}

const trainer = () => new train.Trainer({ model, loss, optimizer: sgd });
const checkpoint = () => {
  const made = trainer();
  return made.fit(loader, loader, { epochs: 1 }).then(() => made.readCheckpoint());
};
const taken = await checkpoint();
add(
  "train.Trainer",
  () => (...given) => new train.Trainer(...merged({ model, loss, optimizer: sgd }, given)),
  () => [],
  {
    model: "object",
    loss: "object",
    optimizer: "object",
    scheduler: "object",
    schedulerInterval: "word",
    averagedModel: "object",
    callbacks: "object",
    accumulate: "count",
    clipNorm: "number",
    seed: "whole",
  },
);
add(
  "train.Trainer.fit",
  () => (a, b, ...given) => trainer().fit(a as Any, b as Any, ...merged({ epochs: 1 }, given)),
  () => [loader, loader],
  {
    epochs: "count",
    dev: "anything",
    metrics: "list",
    fastDevRun: "flag",
    overfit: "count",
    signal: "anything",
  },
);
method("train.Trainer.evaluate", trainer, () => [loader], { metrics: "list" });
const finding = { from: "number", to: "number", steps: "count" } as const;
method("train.Trainer.findLearningRate", trainer, () => [loader], finding);
method("train.Trainer.resume", trainer, () => [taken], { allowOtherBuild: "flag" });
fn("train.evaluate", () => [model, loss, loader], { metrics: "list" });
fn("train.predict", () => [model, loader], { shifts: "whole", imageShape: "pair" });
const monitor = { monitor: "text", mode: "word" } as const;
made("train.BestWeights", () => [model], monitor);
const stopping = { ...monitor, patience: "count", minDelta: "rate", restoreBest: "flag" } as const;
fn("train.earlyStopping", () => [], stopping);
made("train.EarlyStopping", () => [], stopping);
fn("train.progressBar", () => [], { element: "object", write: "function", width: "count" });
for (const name of ["jsonlLogger", "csvLogger", "tensorBoard"]) {
  fn(`train.${name}`, () => ["nowhere"]);
}
made("train.CheckpointFolder", () => ["nowhere"], { keep: "count" });
method("train.CheckpointFolder.find", () => new train.CheckpointFolder("nowhere"), () => []);
method("train.CheckpointFolder.clear", () => new train.CheckpointFolder("nowhere"), () => []);
made("train.TrainerWorker", () => [standIn(), {}], {
  onProgress: "function",
  progressPerSecond: "rate",
  onEpochEnd: "function",
  onMessage: "function",
  onProblem: "function",
});
const trainerWorker = () => new train.TrainerWorker(standIn());
add(
  "train.TrainerWorker.fit",
  () => (...given) => trainerWorker().fit(...merged({ epochs: 1 }, given)),
  () => [],
  { epochs: "count", steps: "whole", checkpoints: "object" },
);
method("train.TrainerWorker.reset", trainerWorker, () => [{}]);
for (const name of ["pause", "resume", "stop", "weights", "checkpoint", "terminate"]) {
  method(`train.TrainerWorker.${name}`, trainerWorker, () => []);
}
method("train.TrainerWorker.load", trainerWorker, () => [Uint8Array.of(1)], {
  allowOtherBuild: "flag",
});
fn("train.bestEpoch", () => [taken.history], monitor);
fn("train.encodeCheckpoint", () => [taken]);
fn("train.decodeCheckpoint", () => [train.encodeCheckpoint(taken)]);
fn("train.tensorsOf", () => [taken, "model"]);
fn("train.saveCheckpoint", () => ["nowhere/x", taken]);
fn("train.loadCheckpoint", () => ["nowhere/x"]);

// io

fn("io.encodeNpy", () => [x]);
fn("io.decodeNpy", () => [io.encodeNpy(x)]);
fn("io.saveNpy", () => ["nowhere/x", x]);
fn("io.loadNpy", () => ["nowhere/x"]);
const pixels = zeros([1, 2, 2], { dtype: "uint8" });
fn("io.encodePng", () => [pixels]);
fn("io.decodePng", () => [io.encodePng(pixels)]);
const state = () => model.stateDict();
const skip = { skipUnsupported: "flag" } as const;
fn("io.encodeSafetensors", () => [state(), { format: "pt" }]);
fn("io.decodeSafetensors", () => [io.encodeSafetensors(state())], skip);
fn("io.decodeSafetensorsFile", () => [io.encodeSafetensors(state())], skip);
fn("io.saveSafetensors", () => ["nowhere/x", state(), {}]);
fn("io.loadSafetensors", () => ["nowhere/x"], skip);
fn("io.loadSafetensorsFile", () => ["nowhere/x"], skip);
fn("io.openSafetensors", () => ["nowhere/x"]);
fn("io.exportOnnx", () => [model, x]);
fn("io.saveOnnx", () => ["nowhere/x", model, x]);
fn("npz.encodeNpz", () => [state()], { compress: "flag" });
fn("npz.decodeNpz", () => [npz.encodeNpz(state())], { limit: "rate" });
fn("npz.saveNpz", () => ["nowhere/x", state()], { compress: "flag" });
fn("npz.loadNpz", () => ["nowhere/x"], { limit: "rate" });
const onePixel = Uint8Array.from(
  encodeJpeg({ data: new Uint8Array(4), width: 1, height: 1 }, 50).data,
);
fn("jpeg.decodeJpeg", () => [onePixel]);
const columnar = (name: keyof typeof columnFiles.files): Uint8Array =>
  Uint8Array.fromBase64(columnFiles.files[name]);
for (const path of ["data.parquet", "parquet.parquet"]) {
  fn(path, () => [columnar("snappy.parquet")], tableOptions);
}
for (const path of ["data.arrow", "arrow.arrow"]) {
  fn(path, () => [columnar("file.arrow")], tableOptions);
}

/** Public names without a row, and why. */
export const WITHOUT: Record<string, string> = {
  "Tensor": "made by functions; its methods have rows",
  "Tensor.constructor": "the engine's",
  "Tensor.leave": "the engine's",
  "Tensor.toString": "called by others with what they like",
  "Tensor.toJSON": "called by others with what they like",
  "ShapeError": "an error",
  "DTypeError": "an error",
  "DeviceError": "an error",
  "GradientError": "an error",
  "ReleasedError": "an error",
  "OutOfMemoryError": "an error",
  "DataError": "an error",
  "DivergedError": "an error",
  "nn.Module": "a base class; its methods have rows",
  "nn.Identity": "takes whatever there is, as PyTorch's",
  "nn.Sequential": "takes any number of modules",
  "checkpoint": "takes any number of inputs",
  "functional.einsum": "takes any number of tensors",
  "functional.blockDiag": "takes any number of tensors",
  "functional.chainMatmul": "takes any number of tensors",
  "optim.Optimizer": "a base class",
  "lrScheduler.LRScheduler": "a base class",
  "lrScheduler.EpochLR": "a base class",
  "distributions.Distribution": "a base class",
  "distributions.Transform": "a base class",
  "data.Dataset": "a base class",
  "data.decodeWav": "a test of its own has files that are right",
  "data.ImageFolder": "made by imageFolder",
  "data.Table": "made by functions; its methods have rows",
  "data.imageFolder": "reads a folder",
  "data.ImageFiles": "made by imageFiles",
  "data.imageFiles": "reads a folder",
  "data.serveDataset": "of workers only",
  "data.WorkerDataset": "starts workers",
  "data.TensorDataset": "takes any number of tensors",
  "metrics.Metric": "a base class",
  "train.serveTrainer": "of workers only",
  "data.compose": "takes any number of transforms",
};

/** All public functions, classes and methods of tensors, by path; those of two names by one. */
export function publicNames(): string[] {
  const names: string[] = [];
  const walk = (space: object, prefix: string) => {
    for (const [name, value] of Object.entries(space)) {
      if (typeof value === "function") names.push(prefix + name);
      else if (Object(value)[Symbol.toStringTag] === "Module") walk(value, `${prefix}${name}.`);
    }
  };
  walk({ ...glim, npz, jpeg, parquet, arrow }, "");
  for (const name of Object.getOwnPropertyNames(glim.Tensor.prototype)) {
    const { value } = Object.getOwnPropertyDescriptor(glim.Tensor.prototype, name)!;
    if (typeof value === "function") names.push(`Tensor.${name}`);
  }
  // ops that stand at top level too
  return names.filter((name) => !(name in f) || name.includes("."));
}
