// deno-lint-ignore-file no-explicit-any -- PyTorch's samples hold whatever an op takes
/**
 * How the calls of PyTorch's op_db are written in Glim.
 *
 * @module
 */
import * as glim from "@glim/glim";

/** A sample's input, its other arguments and its keyword arguments, decoded. */
export type Call = (x: any, args: any[], kwargs: Record<string, any>) => unknown;

const functional: Record<string, any> = glim.functional;

/**
 * PyTorch's parameters behind the input, in its order, where Glim has some as options: these stand in
 * braces.
 */
const PARAMETERS: Record<string, string> = {
  "bincount": "{ weights minlength }",
  "cdist": "x2 p",
  "clamp": "{ min max }",
  "cosine_similarity": "x2 { dim eps }",
  "diff": "{ n dim prepend append }",
  "bucketize": "boundaries { right }",
  "div": "other { rounding_mode }",
  "index_put": "indices values { accumulate }",
  "index_reduce": "dim index source reduce { include_self }",
  "isin": "test_elements { assume_unique invert }",
  "nan_to_num": "{ nan posinf neginf }",
  "nn.functional.adaptive_max_pool1d": "output_size { return_indices }",
  "nn.functional.adaptive_max_pool2d": "output_size { return_indices }",
  "nn.functional.avg_pool1d": "kernel_size { stride padding ceil_mode count_include_pad }",
  "nn.functional.avg_pool2d":
    "kernel_size { stride padding ceil_mode count_include_pad divisor_override }",
  "nn.functional.batch_norm": "running_mean running_var { weight bias training momentum eps }",
  "nn.functional.conv1d": "weight bias { stride padding dilation groups }",
  "nn.functional.conv2d": "weight bias { stride padding dilation groups }",
  "nn.functional.conv_transpose1d": "weight bias { stride padding output_padding groups dilation }",
  "nn.functional.conv_transpose2d": "weight bias { stride padding output_padding groups dilation }",
  "nn.functional.group_norm": "num_groups { weight bias eps }",
  "nn.functional.hardtanh": "min_val max_val",
  "nn.functional.instance_norm":
    "{ running_mean running_var weight bias use_input_stats momentum eps }",
  "nn.functional.interpolate": "{ size scale_factor mode align_corners recompute_scale_factor }",
  "nn.functional.layer_norm": "normalized_shape { weight bias eps }",
  "nn.functional.local_response_norm": "size { alpha beta k }",
  "nn.functional.normalize": "{ p dim eps }",
  "nn.functional.one_hot": "num_classes",
  "nn.functional.pad": "pad { mode value }",
  "nn.functional.pairwise_distance": "x2 { p eps keepdim }",
  "nn.functional.rms_norm": "normalized_shape { weight eps }",
  "nn.functional.unfold": "kernel_size { dilation padding stride }",
  "nonzero": "{ as_tuple }",
  "searchsorted": "values { right side sorter }",
  "scatter_reduce": "dim index src reduce { include_self }",
  "unique": "{ sorted return_inverse return_counts dim }",
  "unique_consecutive": "{ return_inverse return_counts dim }",
};

/** Other names of the same. */
const NAMES: Record<string, string> = {
  chain_matmul: "chainMatmul",
  long: "int",
  "linalg.norm": "linalgNorm",
  split_with_sizes: "split",
  trapz: "trapezoid",
  unsafe_chunk: "chunk",
  unsafe_split: "split",
};

const method = (name: string): Call => (x, args) => x[name](...args);

/** Tensors that PyTorch takes one by one or in a list. */
const list = (x: any, args: any[]) => Array.isArray(x) ? x : [x, ...args];

/** An op between the other operand and the input: Python's operators of the right side. */
const reflected = (name: string): Call => (x, [other]) => functional[name](other, x);

/** What a creator makes: PyTorch has dtype among the keywords. */
const made = (make: (...args: any[]) => unknown): Call => (x, args, { dtype, ...rest }) =>
  make(x, ...args, ...Object.values(rest), { dtype });

/** A spread's arguments: `unbiased` may stand in the place of `dim`. */
const spread = (name: string): Call => (x, args, kwargs) => {
  const [dim, unbiased, keepdim] = typeof args[0] === "boolean" ? [undefined, ...args] : args;
  const { dim: named = dim, ...rest } = kwargs;
  return functional[name](x, named ?? undefined, given({ unbiased, keepdim, ...rest }));
};

/** `beta` and `alpha` are options. */
const scaled = (name: string): Call => (x, [a, b], { beta, alpha }) =>
  functional[name](x, a, b, given({ beta, alpha }));

const resized = (how: object): Call => (x, args, { size, scale_factor }) =>
  functional.interpolate(
    x,
    given({ size: args[0] ?? size, scaleFactor: args[1] ?? scale_factor, ...how }),
  );

/** What is made otherwise, by op_db's name. */
const CALLS: Record<string, Call> = {
  H: (x) => x.mT,
  T: (x) => x.T,
  mH: (x) => x.mT,
  mT: (x) => x.mT,
  __getitem__: (x, [item]) => x.index(Array.isArray(item) && "isTuple" in item ? item : [item]),
  __radd__: reflected("add"),
  __rand__: reflected("bitwiseAnd"),
  __rdiv__: reflected("div"),
  __rmatmul__: reflected("matmul"),
  __rmod__: reflected("remainder"),
  __rmul__: reflected("mul"),
  __ror__: reflected("bitwiseOr"),
  __rpow__: reflected("pow"),
  __rsub__: reflected("sub"),
  __rxor__: reflected("bitwiseXor"),
  addbmm: scaled("addbmm"),
  addmm: scaled("addmm"),
  addmv: scaled("addmv"),
  addr: scaled("addr"),
  arange: (start, args, { end, step = 1, dtype }) =>
    glim.arange(...(end === undefined ? [start, ...args] : [start, end, step]) as [number], {
      dtype,
    }),
  atleast_1d: (x, args) => list(x, args).map((t) => functional.atleast1d(t)),
  atleast_2d: (x, args) => list(x, args).map((t) => functional.atleast2d(t)),
  atleast_3d: (x, args) => list(x, args).map((t) => functional.atleast3d(t)),
  baddbmm: scaled("baddbmm"),
  block_diag: (x, args) => functional.blockDiag?.(...list(x, args)),
  bool: method("bool"),
  broadcast_tensors: (x, args) => functional.broadcastTensors(list(x, args)),
  cartesian_prod: (x, args) => functional.cartesianProd(list(x, args)),
  chain_matmul: (x) => functional.chainMatmul(...x),
  clone: method("clone"),
  contiguous: method("contiguous"),
  diagonal_copy: (x, args, kwargs) =>
    (functional.diagonal(
      x,
      args[0] ?? kwargs.offset,
      args[1] ?? kwargs.dim1,
      args[2] ?? kwargs.dim2,
    ) as any).clone(),
  einsum: (x, [equation]) => functional.einsum(equation, ...x),
  expand: method("expand"),
  eye: (n, args, { dtype }) => glim.eye(n, args[0] ?? n, { dtype }),
  float: method("float"),
  full: made(glim.full),
  full_like: made(glim.fullLike),
  int: method("int"),
  linspace: made(glim.linspace),
  "linalg.cross": (x, [other], { dim = -1 }) => functional.cross(x, other, dim),
  "linalg.multi_dot": (x) => functional.multiDot(x),
  logspace: (start, [end, steps, base], kwargs) =>
    glim.logspace(start, end, steps ?? kwargs.steps, base ?? kwargs.base, { dtype: kwargs.dtype }),
  long: method("int"),
  meshgrid: (x, args, { indexing }) => functional.meshgrid(list(x, args), given({ indexing })),
  "nn.functional.embedding_bag": (weight, [indices], kwargs) =>
    functional.embeddingBag(indices, weight, options(kwargs)),
  "nn.functional.embedding": (weight, [indices], kwargs) =>
    Object.values(options(kwargs)).some(Boolean)
      ? undefined
      : functional.embedding(indices, weight),
  "nn.functional.upsample_bilinear": resized({ mode: "bilinear", alignCorners: true }),
  "nn.functional.upsample_nearest": resized({ mode: "nearest" }),
  ones: made(glim.ones),
  ones_like: made(glim.onesLike),
  permute: (x, [dims]) => functional.permute(x, dims),
  randint: made(glim.randint),
  randint_like: (x, args, { high, ...rest }) =>
    glim.randintLike(
      x,
      ...([...args, ...high === undefined ? [] : [high]] as [number]),
      rest as never,
    ),
  repeat: method("repeat"),
  repeat_interleave: (x, args, { repeats, dim }) =>
    functional.repeatInterleave(x, args[0] ?? repeats, args[1] ?? dim),
  reshape: method("reshape"),
  std: spread("std"),
  std_mean: spread("stdMean"),
  tile: method("tile"),
  trapezoid: (x, args, { x: named, ...rest }) =>
    functional.trapezoid(x, args[0] ?? named, given(rest)),
  trapz: (x, args, { x: named, ...rest }) => functional.trapezoid(x, args[0] ?? named, given(rest)),
  cumulative_trapezoid: (x, args, { x: named, ...rest }) =>
    functional.cumulativeTrapezoid(x, args[0] ?? named, given(rest)),
  slice: (x, args, kwargs) => {
    const { dim = 0, start, end, step } = kwargs;
    const [at, ...bounds] = args.length > 0 ? args : [dim, start, end, step];
    return x.index([...Array(at).fill(glim.slice()), glim.slice(...bounds)]);
  },
  true_divide: (x, [other]) => functional.div(x, other),
  unfold: (x, args) => x.unfold?.(...args),
  var: spread("var"),
  var_mean: spread("varMean"),
  view: method("view"),
  view_copy: (x, args) => x.view(...args).clone(),
  where: (x, [condition, other]) => functional.where(condition, x, other),
  zeros: made(glim.zeros),
  zeros_like: made(glim.zerosLike),
};

/** The call of an op of op_db; undefined where Glim has none. */
export function callOf(op: string): Call | undefined {
  if (op in CALLS) return CALLS[op];
  const name = NAMES[op] ?? camelCase(op.replace(/^(nn\.functional|linalg)\./, ""));
  const fn = functional[name] ?? (glim as Record<string, any>)[name];
  if (typeof fn !== "function") return undefined;
  const parameters = PARAMETERS[op]?.split(" ") ?? parametersOf(fn);
  if (parameters[0]?.startsWith("...")) return (x, args) => fn(x, ...args);
  return (x, args, kwargs) => fn(x, ...inPlaces(parameters, args, kwargs));
}

/** The arguments behind the input: keywords at their places, those in braces in one object. */
function inPlaces(parameters: string[], args: any[], kwargs: Record<string, any>): any[] {
  const open = parameters.indexOf("{");
  const places = open < 0 ? parameters : parameters.slice(0, open);
  const optional = open < 0 ? [] : parameters.slice(open + 1, -1);
  const out = args.slice(0, places.length);
  const rest: Record<string, any> = {};
  args.slice(places.length).forEach((value, i) => {
    if (i < optional.length) rest[optional[i]!] = value;
  });
  for (const [name, value] of Object.entries(kwargs)) {
    const place = places.indexOf(name);
    if (place < 0) rest[name] = value;
    else out[place] = value;
  }
  const last = options(rest);
  if (Object.keys(last).length > 0) out[places.length] = last;
  return Array.from(out);
}

/** The parameters of a function behind the first, as its source tells them, in PyTorch's spelling. */
function parametersOf(fn: unknown): string[] {
  const head = /\(([\s\S]*?)\)\s*(\{|=>)/.exec(String(fn))?.[1] ?? "";
  const names = head.replace(/\{[^}]*\}/g, "options").split(",").slice(1)
    .map((parameter) => parameter.trim().split(/[\s=]/)[0]!);
  return names.map((name) => name === "options" ? ["{", "}"] : [snakeCase(name)]).flat();
}

/** Keyword arguments as options; what is None in PyTorch is left out. */
function options(kwargs: Record<string, any>): Record<string, any> {
  delete kwargs.out_int32; // indices are int32 in any case
  return given(
    Object.fromEntries(Object.entries(kwargs).map(([name, value]) => [camelCase(name), value])),
  );
}

function given(values: Record<string, any>): Record<string, any> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
  );
}

function camelCase(name: string): string {
  return name.replace(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
