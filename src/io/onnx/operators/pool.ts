/**
 * Pooling. Kernels know windows one by one, ONNX by kernel, stride and padding.
 *
 * @module
 */
import type { Windows } from "../../../device/kernels.ts";
import type { Operator, Step } from "../step.ts";

/** Operators by the names of the ops. */
export const pools: Record<string, Operator> = {
  maxPool2d: maxPool,
  avgPool2d: avgPool,
  adaptiveAvgPool2d: avgPool,
};

function maxPool(step: Step): string {
  const { graph } = step;
  const [down, across] = (["rows", "cols"] as const).map((what) => {
    const { n, windows } = windowsOf(step, what, 4);
    return slide(n, windows, () => true, windows[0]![2])!;
  }) as [Sliding, Sliding];
  const dilations = [down.dilation, across.dilation];
  if (isPadded(down) && isPadded(across)) {
    return graph.node("MaxPool", [step.input(0)], { ...attributes(down, across), dilations });
  }
  // an operator takes no more padding than its kernel has pixels: what never wins is put around
  const padding = graph.ints([0, 0, down.before, across.before, 0, 0, down.after, across.after]);
  const around = graph.node("Pad", [step.input(0), padding, graph.scalar(-Infinity, "float32")]);
  const bare = [down, across].map((along) => ({ ...along, before: 0, after: 0 }));
  return graph.node("MaxPool", [around], { ...attributes(bare[0]!, bare[1]!), dilations });
}

/** Whether an operator takes the padding. */
function isPadded({ kernel, before, after }: Sliding): boolean {
  return before < kernel && after < kernel;
}

/** Windows that slide evenly, or (adaptive ones may not) two products: means · image · meansᵀ. */
function avgPool(step: Step): string {
  const { graph } = step;
  const [rows, cols] = [windowsOf(step, "rows", 3), windowsOf(step, "cols", 3)];
  for (const countsPadding of [0, 1]) {
    const divides = ([begin, end, divisor]: Window, kernel: number) =>
      divisor === (countsPadding ? kernel : end - begin);
    const [down, across] = [rows, cols].map(({ n, windows }) => slide(n, windows, divides));
    if (!down || !across || !isPadded(down) || !isPadded(across)) continue;
    return graph.node("AveragePool", [step.input(0)], {
      ...attributes(down, across),
      count_include_pad: countsPadding,
    });
  }
  const down = graph.constant(means(rows), [rows.windows.length, rows.n]);
  const across = graph.constant(means(cols), [cols.windows.length, cols.n]);
  const transposed = graph.node("Transpose", [across], { perm: [1, 0] });
  const halfway = graph.node("MatMul", [down, step.input(0)]);
  return graph.node("MatMul", [halfway, transposed]);
}

/** The third number is the divisor of a mean or, of a maximum, the distance of the pixels. */
type Window = readonly [begin: number, end: number, third: number];

/** A dimension and the windows along it. */
interface Along {
  n: number;
  windows: Window[];
}

/** The windows that the kernel was given at a position, down or across the image. */
function windowsOf(step: Step, what: keyof Windows, position: number): Along {
  const flat = step.given<readonly number[]>((args) => (args[position] as Windows)[what]);
  const n = step.same(({ inputs: [x] }) => x!.tensor.shape.at(what === "rows" ? -2 : -1)!);
  const windows = Array.from(
    { length: flat.length / 3 },
    (_, i): Window => [flat[3 * i]!, flat[3 * i + 1]!, flat[3 * i + 2]!],
  );
  return { n, windows };
}

/** Windows that slide: number i begins at i · stride − before; what is outside is cut off. */
interface Sliding {
  dilation: number;
  kernel: number;
  stride: number;
  before: number;
  after: number;
}

/** The least padding and stride that give these windows; null where none do. */
function slide(
  n: number,
  windows: readonly Window[],
  fits: (window: Window, kernel: number) => boolean,
  dilation = 1,
): Sliding | null {
  const count = windows.length;
  const end = windows[0]![1];
  for (let before = 0; before <= n; before++) {
    // a first window that reaches the end may have been cut off there
    const longest = end < n ? end + before : n + 2 * before + dilation;
    for (let span = end + before; span <= longest; span++) {
      if ((span - 1) % dilation !== 0) continue;
      const kernel = (span - 1) / dilation + 1;
      for (let stride = 1; stride <= n + before; stride++) {
        const after = Math.max(0, (count - 1) * stride + span - before - n);
        const counted = Math.floor((n + before + after - span) / stride) + 1;
        if (counted !== count || before >= span || after >= span) continue;
        const agrees = windows.every((window, i) => {
          const at = i * stride - before;
          const begin = at < 0 ? at + Math.ceil(-at / dilation) * dilation : at;
          return window[0] === begin && window[1] === Math.min(at + span, n) &&
            fits(window, kernel);
        });
        if (agrees) return { dilation, kernel, stride, before, after };
      }
    }
  }
  return null;
}

function attributes(down: Sliding, across: Sliding): Record<string, number[]> {
  return {
    kernel_shape: [down.kernel, across.kernel],
    strides: [down.stride, across.stride],
    pads: [down.before, across.before, down.after, across.after],
  };
}

/** A matrix [windows, n] whose product with a column is the mean of each window. */
function means({ n, windows }: Along): Float32Array {
  const matrix = new Float32Array(windows.length * n);
  windows.forEach(([begin, end, divisor], i) => {
    matrix.fill(1 / divisor, i * n + begin, i * n + end);
  });
  return matrix;
}
