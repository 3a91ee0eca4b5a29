/**
 * Optimizers' steps: one call for the parameters of a group, however many there are.
 *
 * ```
 *   table    w 784×128   b 128   w 128×10 …      of each: its first group, its length, where it lies
 *   groups   0 … 97      98      99 100 …        1024 elements each: a group searches its tensor
 * ```
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Adaptive, Training, Updates } from "../device/kernels.ts";
import type { Gpu } from "./device.ts";
import { NUMBERS } from "./functions.ts";
import { denseAt, floatsAt, gpuOf } from "./place.ts";
import { foldFunction } from "./rows.ts";
import { type NumberType, type Shader, shader } from "./shader.ts";

/** Elements that a group changes. */
const SPAN = 1024;

/** Tensors of a call at most, so that their table and 32 numbers are within what a kernel is told. */
const MOST = 124;

/**
 * A kernel that does the same to element i of each tensor of a list: `w`, `g` and the rest of the
 * tensor's row are where its arrays have that element, `flags` is the tensor's.
 */
function perList(
  name: string,
  numbers: Readonly<Record<string, NumberType>>,
  main: string,
  operands: Readonly<Record<string, "f32">> = {},
  { before = "", after = "", functions = "" } = {},
): Shader {
  return shader({
    name,
    operands,
    numbers: { count: "u32", ...numbers },
    table: 2 * MOST, // first group, length, w, g; three more arrays, flags
    declarations: `${NUMBERS}
fn element(place: u32) -> f32 { return bitcast<f32>(heap[place]); }
fn set_element(place: u32, value: f32) { heap[place] = bitcast<u32>(value); }
${functions}`,
    main: `let own = group.y * groups.x + group.x;
  var low = 0u;
  var high = p.count;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (p.table[2u * middle].x <= own) { low = middle; } else { high = middle; }
  }
  let head = p.table[2u * low];
  let rest = p.table[2u * low + 1u];
  let flags = rest.w;
  let begin = (own - head.x) * ${SPAN}u;
  let end = min(begin + ${SPAN}u, head.y);
  ${before}
  for (var i = begin + local.x; i < end; i += 256u) {
    let w = head.z + i;
    let g = head.w + i;
    ${main}
  }
  ${after}`,
  });
}

/** The rows of the tensors of the next call. */
const table: number[] = [];
let groups = 0;

/** One more tensor of n elements. */
function addRow(n: number, w: number, g: number, a = 0, b = 0, c = 0, flags = 0): void {
  if (n === 0) return;
  table.push(groups, n, w, g, a, b, c, flags);
  groups += Math.ceil(n / SPAN);
}

/** Whether the next tensor needs another call. */
function isFull(): boolean {
  return table.length === 8 * MOST;
}

/** Calls a kernel for the tensors in the table, which is empty then. Of the numbers, `count` is set here. */
function run(gpu: Gpu, kernel: Shader, numbers: number[], count: number): void {
  numbers[count] = table.length / 8;
  const x = Math.min(groups, 65535);
  if (groups > 0) gpu.run(kernel, x, Math.ceil(groups / x), 1, numbers, table);
  table.length = groups = 0;
}

const sgd = perList(
  "SGD",
  { lr: "f32", decay: "f32" },
  `let x = element(w);
    var d = element(g);
    if (p.decay != 0.0) { d += p.decay * x; } // 0 times an infinite weight would be NaN
    set_element(w, x - p.lr * d);`,
);

const sgdMomentum = perList(
  "SGD with momentum",
  { lr: "f32", decay: "f32", keep: "f32", take: "f32", ahead: "f32", nesterov: "u32" },
  `let x = element(w);
    var d = element(g);
    if (p.decay != 0.0) { d += p.decay * x; }
    let m = rest.x + i;
    var mean = d; // the first step does not look at what m holds
    if (flags == 0u) { mean = p.keep * element(m) + p.take * d; }
    set_element(m, mean);
    if (p.nesterov != 0u) { mean = p.keep * mean + p.ahead * d; }
    set_element(w, x - p.lr * mean);`,
);

const adam = perList(
  "Adam",
  {
    shrink: "f32",
    decay: "f32",
    keepM: "f32",
    takeM: "f32",
    keepV: "f32",
    takeV: "f32",
    scale: "f32",
    eps: "f32",
    rate: "f32",
    amsgrad: "u32",
  },
  `let x = element(w);
    let d = element(g) + p.decay * x;
    let mean = p.keepM * element(rest.x + i) + p.takeM * d;
    let square = p.keepV * element(rest.y + i) + p.takeV * d * d;
    set_element(rest.x + i, mean);
    set_element(rest.y + i, square);
    var bound = square;
    if (p.amsgrad != 0u) {
      bound = larger(element(rest.z + i), square);
      set_element(rest.z + i, bound);
    }
    set_element(w, x * p.shrink - p.rate * (mean / (sqrt(bound) * p.scale + p.eps)));`,
);

const rmsprop = perList(
  "RMSprop",
  {
    lr: "f32",
    decay: "f32",
    keep: "f32",
    take: "f32",
    beta: "f32",
    eps: "f32",
    centered: "u32",
    moving: "u32",
  },
  `let x = element(w);
    let d = element(g) + p.decay * x;
    var square = p.keep * element(rest.x + i) + p.take * d * d;
    set_element(rest.x + i, square);
    if (p.centered != 0u) {
      let old = element(rest.y + i);
      let mean = old + p.take * (d - old);
      set_element(rest.y + i, mean);
      square = larger(square - mean * mean, 0.0); // below 0 only by rounding
    }
    var change = d / (sqrt(square) + p.eps);
    if (p.moving != 0u) {
      change += p.beta * element(rest.z + i);
      set_element(rest.z + i, change);
    }
    set_element(w, x - p.lr * change);`,
);

const scale = perList("scale", {}, "set_element(w, by_at(0u) * element(w));", { by: "f32" });

const TOTAL = foldFunction("total", { f: "a + b", type: "f32" });

/** Of each group of threads the sum of squares of what it walks. */
const squares = perList(
  "squares",
  { first: "u32" },
  "sum += element(w) * element(w);",
  { y: "f32" },
  {
    functions: TOTAL,
    before: "var sum = 0.0;",
    after: `let all = total(sum, local.x, local.x, 256u, 1u);
  if (local.x == 0u && begin < end) { set_y(p.first + own, all); }`,
  },
);

const rootOfSum = shader({
  name: "the root of a sum",
  operands: { x: "f32", y: "f32" },
  numbers: { n: "u32" },
  declarations: TOTAL,
  main: `var sum = 0.0;
  for (var i = local.x; i < p.n; i += 256u) { sum += x_at(i); }
  let all = total(sum, local.x, local.x, 256u, 1u);
  if (local.x == 0u) { set_y(0u, sqrt(all)); }`,
});

const limit = perList(
  "limit",
  { low: "f32", high: "f32" },
  `let x = element(w);
    if (!is_nan(x)) { set_element(w, select(select(x, p.high, x > p.high), p.low, x < p.low)); }`,
);

const lerp = perList(
  "lerp",
  { share: "f32", isFar: "u32" },
  // From the nearer end, so that 0 leaves x and 1 gives y, and equal ones stay so.
  `let x = element(w);
    let y = element(g);
    set_element(w, select(x + p.share * (y - x), y + p.share * (x - y), p.isFar != 0u));`,
);

/** Optimizers' steps. */
export const updates: Updates & Adaptive & Omit<Required<Training>, "gatherImages" | "dropout"> = {
  sgd(w, g, m, rule) {
    const gpu = gpuOf(w[0]!);
    const { lr, momentum, dampening, weightDecay, nesterov, ema, first } = rule;
    const take = ema ? 1 - momentum : 1 - dampening;
    const numbers = m === null
      ? [0, lr, weightDecay]
      : [0, lr, weightDecay, momentum, take, ema ? take : 1, Number(nesterov)];
    const kernel = m === null ? sgd : sgdMomentum;
    for (let i = 0; i < w.length; i++) {
      const n = w[i]!.numel;
      const wAt = floatsAt(w[i]!, n, "SGD", "the parameter");
      const gAt = floatsAt(g[i]!, n, "SGD", "the gradient");
      const mAt = m === null ? 0 : floatsAt(m[i]!, n, "SGD", "the momentum buffer");
      if (isFull()) run(gpu, kernel, numbers, 0);
      addRow(n, wAt, gAt, mAt, 0, 0, first[i] ? 1 : 0);
    }
    run(gpu, kernel, numbers, 0);
  },

  adam(w, g, m, v, top, rule) {
    const gpu = gpuOf(w[0]!);
    const { lr, betas: [beta1, beta2], eps, weightDecay, decoupled, steps } = rule;
    const op = decoupled ? "AdamW" : "Adam";
    const numbers = [
      ...[0, decoupled ? 1 - lr * weightDecay : 1, decoupled ? 0 : weightDecay],
      ...[beta1, 1 - beta1, beta2, 1 - beta2, 0, eps, 0, Number(top !== null)],
    ];
    let step = 0;
    for (let i = 0; i < w.length; i++) {
      const n = w[i]!.numel;
      const wAt = floatsAt(w[i]!, n, op, "the parameter");
      const gAt = floatsAt(g[i]!, n, op, "the gradient");
      const mAt = floatsAt(m[i]!, n, op, "the average");
      const vAt = floatsAt(v[i]!, n, op, "the average square");
      const topAt = top === null ? 0 : floatsAt(top[i]!, n, op, "the largest average square");
      if (isFull() || steps[i] !== step) run(gpu, adam, numbers, 0); // most have taken equally many
      if (steps[i] !== step) {
        step = steps[i]!;
        numbers[7] = 1 / Math.sqrt(1 - beta2 ** step);
        numbers[9] = lr / (1 - beta1 ** step);
      }
      addRow(n, wAt, gAt, mAt, vAt, topAt);
    }
    run(gpu, adam, numbers, 0);
  },

  rmsprop(w, g, v, mean, m, rule) {
    const gpu = gpuOf(w[0]!);
    const { lr, alpha, eps, weightDecay, momentum } = rule;
    const op = "RMSprop";
    const numbers = [
      ...[0, lr, weightDecay, alpha, 1 - alpha, momentum, eps],
      ...[Number(mean !== null), Number(m !== null)],
    ];
    for (let i = 0; i < w.length; i++) {
      const n = w[i]!.numel;
      const wAt = floatsAt(w[i]!, n, op, "the parameter");
      const gAt = floatsAt(g[i]!, n, op, "the gradient");
      const vAt = floatsAt(v[i]!, n, op, "the average square");
      const meanAt = mean === null ? 0 : floatsAt(mean[i]!, n, op, "the average gradient");
      const mAt = m === null ? 0 : floatsAt(m[i]!, n, op, "the momentum buffer");
      if (isFull()) run(gpu, rmsprop, numbers, 0);
      addRow(n, wAt, gAt, vAt, meanAt, mAt);
    }
    run(gpu, rmsprop, numbers, 0);
  },

  scale(xs, by) {
    each(xs, scale, [floatsAt(by, 1, "scale", "the factor"), 0], 1);
  },

  norm(xs, y) {
    const gpu = gpuOf(y);
    const yAt = floatsAt(y, 1, "norm", "the result");
    const spans = xs.reduce((sum, { numel }) => sum + Math.ceil(numel / SPAN), 0);
    gpu.withScratch(Math.max(1, spans), (at) => {
      let first = 0;
      for (let i = 0; i < xs.length; i++) {
        const x = xs[i]!;
        addRow(x.numel, denseAt(x, x, "norm", "x"), 0);
        if (!isFull() && i < xs.length - 1) continue;
        const made = groups;
        run(gpu, squares, [at, 0, first], 1);
        first += made;
      }
      gpu.run(rootOfSum, 1, 1, 1, [at, yAt, spans]);
    });
  },

  limit(xs, low, high) {
    each(xs, limit, [0, low, high], 0);
  },

  lerp(xs, ys, weight) {
    const isFar = weight >= 0.5;
    const numbers = [0, isFar ? 1 - weight : weight, Number(isFar)];
    const gpu = gpuOf(xs[0]!);
    for (let i = 0; i < xs.length; i++) {
      const n = xs[i]!.numel;
      const xAt = floatsAt(xs[i]!, n, "lerp", "x");
      const yAt = floatsAt(ys[i]!, n, "lerp", "y");
      if (isFull()) run(gpu, lerp, numbers, 0);
      addRow(n, xAt, yAt);
    }
    run(gpu, lerp, numbers, 0);
  },
};

/** Changes each x alone. */
function each(xs: readonly Buffer[], kernel: Shader, numbers: number[], count: number): void {
  const gpu = gpuOf(xs[0]!);
  for (const x of xs) {
    const at = denseAt(x, x, kernel.name, "x");
    if (isFull()) run(gpu, kernel, numbers, count);
    addRow(x.numel, at, 0);
  }
  run(gpu, kernel, numbers, count);
}
