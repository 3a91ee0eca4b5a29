/** Pooling of images. */
import { array, count, type NDArray, need, type Shape } from "./array.ts";
import { both, type OneOrTwo } from "./conv.ts";

/** Options of pooling. */
export interface PoolOptions {
  stride?: OneOrTwo;
  padding?: OneOrTwo;
  countIncludePad?: boolean;
}

/** A window along a dimension: from where to where, and by what its sum is divided. */
interface Window {
  begin: number;
  end: number;
  divisor: number;
}

/** Windows of a kernel that slides. */
function sliding(n: number, kernel: number, stride: number, padding: number, counts: boolean) {
  const list: Window[] = [];
  for (let at = -padding; at + kernel <= n + padding; at += stride) {
    const begin = Math.max(at, 0), end = Math.min(at + kernel, n);
    list.push({ begin, end, divisor: counts ? kernel : end - begin });
  }
  need(list.length > 0 && 2 * padding <= kernel, `a kernel of ${kernel} on ${n}`);
  return list;
}

/** Windows about equal parts. */
function parts(n: number, out: number): Window[] {
  return Array.from({ length: out }, (_, i) => {
    const begin = Math.floor(i * n / out), end = Math.ceil((i + 1) * n / out);
    return { begin, end, divisor: end - begin };
  });
}

/** The windows of a whole image, by positions in x: what each output is made of. */
export interface Windows {
  shape: Shape;
  /** For each output the positions of its inputs, and its divisor. */
  at: number[][];
  divisors: number[];
}

function windowsOf(x: Shape, rows: Window[], columns: Window[]): Windows {
  need(x.length === 3 || x.length === 4, `images [${x}]`);
  const [h, w] = x.slice(-2) as [number, number];
  const at: number[][] = [], divisors: number[] = [];
  for (let image = 0; image < count(x.slice(0, -2)); image++) {
    for (const row of rows) {
      for (const column of columns) {
        const inputs: number[] = [];
        for (let i = row.begin; i < row.end; i++) {
          for (let j = column.begin; j < column.end; j++) inputs.push((image * h + i) * w + j);
        }
        at.push(inputs);
        divisors.push(row.divisor * column.divisor);
      }
    }
  }
  return { shape: [...x.slice(0, -2), rows.length, columns.length], at, divisors };
}

/** The windows of {@link maxPool2d} and {@link avgPool2d}. */
export function poolWindows(x: Shape, kernelSize: OneOrTwo, options: PoolOptions): Windows {
  const kernel = both(kernelSize), stride = both(options.stride ?? kernelSize);
  const padding = both(options.padding ?? 0), counts = options.countIncludePad ?? true;
  const [rows, columns] = ([0, 1] as const).map((i) =>
    sliding(x.at(i - 2)!, kernel[i], stride[i], padding[i], counts)
  );
  return windowsOf(x, rows!, columns!);
}

/** The windows of {@link adaptiveAvgPool2d}. */
export function adaptiveWindows(x: Shape, outputSize: OneOrTwo): Windows {
  const [oh, ow] = both(outputSize);
  return windowsOf(x, parts(x.at(-2)!, oh), parts(x.at(-1)!, ow));
}

/** For each window where its first largest element stands. */
export function largest(x: NDArray, { at }: Windows): number[] {
  return at.map((inputs) => inputs.reduce((best, i) => x.data[i]! > x.data[best]! ? i : best));
}

/** The mean of each window. */
export function means(x: NDArray, { shape, at, divisors }: Windows): NDArray {
  return array(
    shape,
    at.map((list, i) => list.reduce((sum, j) => sum + x.data[j]!, 0) / divisors[i]!),
  );
}

/** The largest element of each window. */
export function maxPool2d(x: NDArray, kernelSize: OneOrTwo, options: PoolOptions = {}): NDArray {
  const windows = poolWindows(x.shape, kernelSize, options);
  return array(windows.shape, largest(x, windows).map((at) => x.data[at]!));
}

/** The mean of each window. */
export function avgPool2d(x: NDArray, kernelSize: OneOrTwo, options: PoolOptions = {}): NDArray {
  return means(x, poolWindows(x.shape, kernelSize, options));
}

/** The means of a given number of windows. */
export function adaptiveAvgPool2d(x: NDArray, outputSize: OneOrTwo): NDArray {
  return means(x, adaptiveWindows(x.shape, outputSize));
}
