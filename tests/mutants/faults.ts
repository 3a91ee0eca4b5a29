/** Faults that the tests must see: small changes of the sources, each as wrong as a slip of the hand. */

/** One change of one file. */
export interface Fault {
  /** The file, from the root of the repository. */
  file: string;
  /** What stands there, exactly once. */
  find: string;
  /** What stands there instead. */
  replace: string;
  /** What is wrong then. */
  what: string;
  /** Whether it is one of the few that run with all tests. */
  quick?: boolean;
}

type Change = [find: string, replace: string, what: string];

const QUICK = new Set<string>();

/** Marks a change as one of the few that run with all tests. */
function quick(change: Change): Change {
  QUICK.add(change[2]);
  return change;
}

const CHANGES: Record<string, Change[]> = {
  // ops
  "src/ops/reduce.ts": [
    [
      "div(reshape(dy, kept), sum(mask, axes, true))",
      "reshape(dy, kept)",
      "equal maxima get the whole gradient each",
    ],
    [
      "return div(sum(x, dim, keepdim), n);",
      "return div(sum(x, dim, keepdim), x.numel);",
      "a mean along a dimension divides by all elements",
    ],
  ],
  "src/ops/matmul.ts": [
    ["list[d + 1]!, list[d]!]", "list[d]!, list[d + 1]!]", "no matrix of a batch is transposed"],
  ],
  "src/ops/conv.ts": [
    quick([
      "[1, o, kw * cg * o, cg * o]",
      "[1, o, cg * o, kh * cg * o]",
      "the weight's gradient has its taps transposed",
    ]),
    [
      "viewOf(sum, [o], [1], w.numel)",
      "viewOf(sum, [o], [1], 0)",
      "the bias gets the weight's gradient",
    ],
  ],
  "src/ops/loss.ts": [
    [
      "mul(even, labelSmoothing / c)",
      "mul(even, labelSmoothing / (c - 1))",
      "smoothing spreads over the other classes alone",
    ],
    ["shares === null ? n : sum(shares)", "n", "a weighted mean divides by the number of samples"],
    ['"the weight").detach()', '"the weight")', "a loss's class weights get gradients"],
  ],
  "src/ops/batch_norm.ts": [
    ["ownMoments && count > 0 ? 1 / count : 0", "1 / count", "fixed moments get gradients"],
    ["variance, n / (n - 1), out", "variance, 1, out", "the running variance is biased"],
    ["running.storage.version++;", "", "running moments change unnoticed"],
  ],
  "src/ops/softmax.ts": [
    [
      "if (axis !== x.ndim - 1)",
      "if (axis === 0 && x.ndim > 1)",
      "softmax along an inner dimension runs along the last",
    ],
  ],
  "src/ops/binary.ts": [
    [
      "negative(mul(dc, div(div(a, b), b)))",
      "mul(dc, div(div(a, b), b))",
      "a divisor's gradient has the wrong sign",
    ],
  ],
  "src/ops/binary_op.ts": [
    [
      'if (typeof b !== "number" && read.includes("b")) saved.push(b);',
      "",
      "a divisor that requires no gradient may be changed unnoticed",
    ],
    [
      'if (typeof a !== "number" && read.includes("a")) saved.push(a);',
      "",
      "what mul has saved may be changed unnoticed",
    ],
    [
      "sameShape(other.strides, like.strides)",
      "other.numel === like.numel",
      "operands of different layouts are added in memory's order",
    ],
  ],
  "src/ops/pow.ts": [
    [
      "b === 0 ? mul(dc, 0) : mul(dc, powSlope(a, b))",
      "mul(dc, powSlope(a, b))",
      "0 ** 0 has the slope NaN",
    ],
  ],
  "src/ops/unary_op.ts": [
    [
      'saved: isSaving ? [row.saves === "input" ? x : saved] : []',
      "saved: []",
      "what a function of one element has saved may be changed unnoticed",
    ],
  ],
  "src/ops/operand.ts": [
    ["if (b.requiresGrad) list.push(a);", "", "what matmul has saved may be changed unnoticed"],
  ],
  "src/ops/pool.ts": [
    [
      "whole * stride - padding < n",
      "whole * stride < n",
      "ceilMode forgets the padding",
    ],
    [
      "countsPadding ? Math.min(at + s.kernel, n + s.padding) - at",
      "countsPadding ? s.kernel",
      "a window that is cut off divides by all its pixels",
    ],
  ],
  "src/ops/view.ts": [
    [
      "x.offset + from * x.strides[axis]!",
      "from * x.strides[axis]!",
      "a part of a part begins at the storage's begin",
    ],
  ],
  "src/ops/sum.ts": [
    quick([
      "sorted[i + 1] === first - 1",
      "sorted[i + 1] !== undefined",
      "dimensions with others between are summed as neighbours",
    ]),
  ],
  "src/ops/join.ts": [
    [
      "narrow(dy, axis, starts[i]!, x.shape[axis]!)",
      "narrow(dy, axis, 0, x.shape[axis]!)",
      "all that is joined gets the first's gradient",
    ],
  ],
  "src/ops/attention.ts": [
    [
      "lt(counted(like, s, 0), reshape(counted(like, l, 1), [l, 1]))",
      "lt(counted(like, s, 0), reshape(counted(like, l, 2), [l, 1]))",
      "a causal mask lets one see the next token",
    ],
    [
      "causal: isCausal,\n      dropout",
      "causal: false,\n      dropout",
      "in one kernel, attention is never causal",
    ],
  ],
  "src/ops/inplace.ts": [
    [
      "return same ? from : clone(from);",
      "return from;",
      "an operand that overlaps is read while it is written",
    ],
  ],
  "src/ops/dropout.ts": [
    [
      "if (!training || p === 0) return x;",
      "if (p === 0) return x;",
      "dropout drops in evaluation too",
    ],
  ],
  // kernels, from buffers to addresses
  "src/wasm/launch.ts": [
    [
      "varyAt: scratch, varyBy }",
      "varyAt: scratch, varyBy: 0 }",
      "threads share one room for packed matrices",
    ],
  ],
  "src/wasm/matmul.ts": [
    [
      "offset(bAt, bOffset! * 4)",
      "bAt",
      "of a batch beyond three dimensions, b's first matrices serve all",
    ],
  ],
  "src/wasm/elementwise.ts": [
    ["numberAt(1, b)", "numberAt(0, b)", "the second of two numbers overwrites the first"],
  ],
  "src/wasm/adaptive.ts": [
    ["1 - beta2 ** step", "1 - beta2", "Adam's second correction does not fade"],
  ],
  "src/wasm/optim.ts": [
    quick(["rule.first[i] ? 4 : 0", "0", "momentum's first step is damped"]),
  ],
  "src/wasm/training.ts": [
    ["1 / (1 - p)", "1", "dropout does not scale what it keeps"],
  ],
  "src/wasm/threads.ts": [
    [
      "args[varyAt] += d.index * varyBy",
      "args[varyAt] += varyBy",
      "all workers have the first worker's room",
    ],
    [
      "args[rangeAt] = begin + part * share;\n      args[rangeAt + 1] = Math.min(end, begin + (part + 1) * share);\n      call",
      "args[rangeAt] = part * share;\n      args[rangeAt + 1] = Math.min(end, begin + (part + 1) * share);\n      call",
      "main's parts begin at 0, wherever the range begins",
    ],
    ["  join(name, parts);\n}", "}", "main does not wait for the workers"],
  ],
  // assembly
  "assembly/gemm/gemm.ts": [
    ["i0 * a0 + i1 * a1", "i0 * a0 + i0 * a1", "a batch walks its second dimension with its first"],
  ],
  "assembly/gemm/edge.ts": [
    [
      "if (n > 3) v = v128.load_lane<f32>(p + 3 * step, v, 3);",
      "if (n > 3) v = v128.load_lane<f32>(p + 2 * step, v, 3);",
      "the fourth of four strided elements is the third",
    ],
  ],
  "assembly/reduce/softmax.ts": [
    [
      "const p = f32x4.mul(v, loadPart(dx, n, v));",
      "const p = f32x4.mul(v, v);",
      "log-softmax's gradient is wrong in a row's tail",
    ],
  ],
  "assembly/reduce/reduce.ts": [
    ["i32x4.splat(i32.MIN_VALUE)", "i32x4.splat(0)", "the largest of negative whole numbers is 0"],
    [
      "return v128.or(f32x4.eq(v, m), v128.and(f32x4.ne(v, v), f32x4.ne(m, m)));",
      "return f32x4.eq(v, m);",
      "NaN is found nowhere",
    ],
  ],
  "assembly/conv/grouped.ts": [
    ["const p = min(q, end - 4);", "const p = q;", "the last four results go beyond the line"],
  ],
  "assembly/conv/patch.ts": [
    ["x0 + kw <= w", "x0 + kw <= w + 1", "the last patch of a row reaches into the next row"],
  ],
  "assembly/conv/winograd.ts": [
    [
      "(samplesOf(s) * down(s) * across(s) + 3) & ~3",
      "samplesOf(s) * down(s) * across(s)",
      "planes of tiles overlap",
    ],
  ],
  "assembly/pool/max.ts": [
    [
      "return v128.or(f32x4.gt(v, best), f32x4.ne(v, v));",
      "return f32x4.gt(v, best);",
      "a maximum passes over NaN",
    ],
  ],
  "assembly/pool/avg.ts": [
    [
      "divisorOf(rows, row % oh) * divisorOf(cols, j)",
      "divisorOf(rows, 0) * divisorOf(cols, j)",
      "all windows have the first row's divisor",
    ],
  ],
  "assembly/random/random.ts": [
    ["W1 = 0xbb67ae85", "W1 = 0xbb67ae84", "a constant of Philox is off by one"],
  ],
  "assembly/reduce/loss.ts": [
    [
      "if (<u32>label < <u32>c) loss = -load",
      "if (label < c) loss = -load",
      "negative labels are read before the row",
    ],
  ],
  "assembly/elementwise/exp.ts": [
    ["const EXP_LO: f32 = -104.0;", "const EXP_LO: f32 = -88.0;", "exp has no denormal results"],
  ],
  "assembly/elementwise/normal.ts": [
    ["35.394649505615234", "35.394849505615234", "a coefficient of gelu is off in the sixth digit"],
  ],
  "assembly/optim/sgd.ts": [
    [
      "last = (to + columns - 1) / columns",
      "last = to / columns",
      "a row of weights that two threads meet in takes no step",
    ],
  ],
  "assembly/optim/adam.ts": [
    [
      "u0 = maxNaN(v128.load(top), u0), u1 = maxNaN(v128.load(top, 16), u1);",
      "",
      "AMSGrad forgets its largest square",
    ],
  ],
  "assembly/norm/layer_norm.ts": [
    [
      "<f32>(-(products / <f64>n) * inverse * inverse)",
      "<f32>(-(products / <f64>n) * inverse)",
      "layer norm's gradient is scaled wrongly",
    ],
  ],
  "assembly/index/select.ts": [
    [
      "copyBytes(src + <usize>(o * n + pick) * bytes",
      "copyBytes(src + <usize>(o * k + pick) * bytes",
      "all but the first block of rows are picked from the wrong place",
    ],
  ],
  "assembly/elementwise/clamp.ts": [
    [
      "v128.and(f32x4.ge(x, lo), f32x4.le(x, hi))",
      "v128.and(f32x4.gt(x, lo), f32x4.lt(x, hi))",
      "clamp's gradient is 0 at its bounds",
    ],
  ],
  "assembly/norm/moments.ts": [
    [
      "loadPart(x, n, op.none(m))",
      "loadPart(x, n, zeros())",
      "variances count zeros beyond a row's end",
    ],
  ],
  // the engine
  "src/autograd/autograd.ts": [
    [
      "if (changes !== 0 ||",
      "if (changes < 0 ||",
      "saved values may be changed unnoticed",
    ],
  ],
  "src/autograd/graph.ts": [
    quick([
      "nodes.sort((a, b) => b.order - a.order)",
      "nodes",
      "nodes run in the order in which they are met",
    ]),
  ],
  "src/autograd/backward.ts": [
    [
      "return storage.scope === pass && storage.holds === holds &&",
      "return storage.scope === pass &&",
      "a gradient that others hold is added to in place",
    ],
    [
      "out.strides[j]! - out.strides[i]!",
      "out.strides[i]! - out.strides[j]!",
      "permuted gradients are added in the wrong order",
    ],
    [
      "(from === shared || i + 1 < pairs.length)",
      "from === shared",
      "an op's later gradients read what has been added to",
    ],
    ["leaf.grad.storage.version++;", "", "a gradient grows unnoticed"],
    ["if (!pass.retainGraph) node.pairs = null;", "", "a graph can be used twice, unasked"],
  ],
  "src/device/buffer.ts": [],
  "src/device/allocator.ts": [
    ["block.address += bytes;", "", "a block is handed out twice"],
    ["before.bytes += after.bytes;", "", "merging three free blocks loses the last"],
  ],
  "src/device/storage.ts": [
    [
      "    this.#forget();\n    this.block = null;",
      "    this.block = null;",
      "the collector frees what has been released",
    ],
    ["usage.live -= bytes;", "usage.live -= 0;", "what is released still counts as live"],
  ],
  "src/scope/move_out.ts": [
    [
      "[...value.keys(), ...value.values()]",
      "value.values()",
      "tensors that are keys of a Map stay behind",
    ],
    ["if (seen.has(value.storage)) value.leave(from.name);", "", "a graph goes on after its scope"],
  ],
  "src/core/shape.ts": [
    ["strides[i - 1] === base * run", "strides[i - 1]! >= base * run", "a view of what has gaps"],
    [
      "strides[i]! <= reach",
      "strides[i]! < reach",
      "what is expanded may be changed in place",
    ],
    [
      "out[ndim - i] = p === 1 ? q : p;",
      "out[ndim - i] = Math.max(p, q);",
      "length 1 beside 0 broadcasts to 1",
    ],
  ],
  "src/wasm/dims.ts": [
    [
      "merges && steps[j]![last] !== strides[j]![i]! * n",
      "merges && steps[j]![last]! < strides[j]![i]! * n",
      "dimensions with gaps are merged",
    ],
  ],
  "src/core/random.ts": [
    [
      "words(this.#state.stream++)",
      "words(this.#state.stream)",
      "all random numbers are of one stream",
    ],
  ],
  // modules, optimizers, schedules
  "src/nn/attention.ts": [
    [
      "this.in_proj_bias?.narrow(0, i * e, e)",
      "this.in_proj_bias?.narrow(0, 0, e)",
      "keys and values have the query's bias",
    ],
  ],
  "src/nn/norm.ts": [
    [
      "this.numBatchesTracked!.add(1).reciprocal()",
      "this.numBatchesTracked!.clamp({ min: 1 }).reciprocal()",
      "a cumulative average lags by a batch",
    ],
  ],
  "src/nn/init.ts": [
    [
      "const kernel = numelOf(shape.slice(2));",
      "const kernel = shape[2] ?? 1;",
      "a kernel's fan counts its rows alone",
    ],
  ],
  "src/nn/module.ts": [
    [
      "for (const module of this.modules()) module.training = mode;",
      "for (const [_, module] of this.namedChildren()) module.training = mode;",
      "train() reaches the children alone",
    ],
    [
      "!(value instanceof Parameter) || seen.has(value)",
      "!(value instanceof Parameter)",
      "tied weights are listed twice",
    ],
  ],
  "src/nn/utils.ts": [
    [
      "total.add(1e-6)).clamp({ max: 1 })",
      "total.add(1e-6))",
      "small gradients are scaled up to the norm",
    ],
  ],
  "src/optim/optimizer.ts": [
    [
      "for (const parameter of parameters) parameter.storage.version++;",
      "",
      "a step changes weights unnoticed",
    ],
    [
      "const own = copyOf(memory, all[i]!.device);",
      "const own = memory;",
      "a loaded state is shared with the optimizer",
    ],
  ],
  "src/optim/swa_utils.ts": [
    ["1 / (n + 1)", "1 / (n + 2)", "an average gives the newest too little"],
  ],
  "src/optim/rmsprop.ts": [
    ["group.momentum > 0", "group.momentum > 1", "RMSprop has no momentum"],
  ],
  "src/lr_scheduler/reduce_lr_on_plateau.ts": [
    [
      "this.#badEpochs > this.#options.patience",
      "this.#badEpochs >= this.#options.patience",
      "patience is one epoch short",
    ],
  ],
  "src/lr_scheduler/one_cycle_lr.ts": [
    ["end: 2 * rise - 2", "end: 2 * rise - 1", "the second of three phases is a step too long"],
  ],
  // data, training, files
  "src/data/loader.ts": [
    [
      "(i + 1) * this.batchSize",
      "(i + 1) * this.batchSize - (i > 1 ? 1 : 0)",
      "later batches lack a sample",
    ],
    ["let i = batch;", "let i = 0;", "an epoch that goes on begins anew"],
  ],
  "src/data/random_warp.ts": [
    ["sin * slope + cos", "sin * slope - cos", "warped images are upside down"],
  ],
  "src/train/step_values.ts": [
    quick([
      "sums.loss += loss * samples;",
      "sums.loss += loss;",
      "small batches count as much as large ones",
    ]),
  ],
  "src/train/trainer.ts": [
    ["averagedModel?.restore();", "", "training goes on from the averages"],
    ["at.totalSteps++;", "at.totalSteps = at.step;", "steps are counted anew in each epoch"],
  ],
  "src/train/evaluate.ts": [
    ["restoreModes(modes);", "model.train();", "an evaluation leaves the model in training"],
  ],
  "src/train/checkpoint_folder.ts": [
    [", bestOf(steps, checkpoint)];", "];", "the best epoch's checkpoint is not kept"],
  ],
  "src/io/npy_header.ts": [
    [
      'bigEndian: descr[0] === ">"',
      "bigEndian: false",
      "numbers of the other byte order are misread",
    ],
  ],
  "src/io/safetensors.ts": [
    ["BYTES[b.dtype] - BYTES[a.dtype]", "0", "floats may begin anywhere"],
    quick(["if (entry.begin !== end)", "if (entry.begin < end)", "a file may have gaps"]),
  ],
  "src/io/zip.ts": [
    ["begin >= before.end", "begin >= before.begin", "entries of an archive may overlap"],
  ],
};

/** All of them. */
export const FAULTS: Fault[] = Object.entries(CHANGES).flatMap(([file, changes]) =>
  changes.map(([find, replace, what]) => ({ file, find, replace, what, quick: QUICK.has(what) }))
);
