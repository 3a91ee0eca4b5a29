/** Convolution of images. */
import { array, count, type NDArray, need, type Shape } from "./array.ts";
import { add } from "./elementwise.ts";
import { reshape } from "./views.ts";

/** One number for rows and columns, or one for each. */
export type OneOrTwo = number | readonly [number, number];

/** Options of {@link conv2d}. */
export interface ConvOptions {
  stride?: OneOrTwo;
  padding?: OneOrTwo;
  dilation?: OneOrTwo;
  groups?: number;
}

/** Both numbers. */
export function both(value: OneOrTwo): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

/** How many outputs there are along a dimension. */
function outputs(n: number, taps: number, stride: number, padding: number, gap: number): number {
  return Math.floor((n + 2 * padding - gap * (taps - 1) - 1) / stride) + 1;
}

/** The shape of the result: x [n, c, h, w] by w [o, c / groups, kh, kw]. */
function convShape(x: Shape, w: Shape, options: ConvOptions): Shape {
  need(x.length === 4 && w.length === 4, `[${x}] by [${w}]`);
  const { groups = 1 } = options;
  need(x[1] === w[1]! * groups && w[0]! % groups === 0, `[${x}] by [${w}] in ${groups} groups`);
  const [stride, padding] = [both(options.stride ?? 1), both(options.padding ?? 0)];
  const gap = both(options.dilation ?? 1);
  const oh = outputs(x[2]!, w[2]!, stride[0], padding[0], gap[0]);
  const ow = outputs(x[3]!, w[3]!, stride[1], padding[1], gap[1]);
  need(oh > 0 && ow > 0, `[${x}] by [${w}]`);
  return [x[0]!, w[0]!, oh, ow];
}

/** What each product of a convolution adds to: `add(y, x, w)` by their positions. */
export function eachProduct(
  x: Shape,
  w: Shape,
  options: ConvOptions,
  visit: (y: number, x: number, w: number) => void,
): void {
  const [n, o, oh, ow] = convShape(x, w, options) as [number, number, number, number];
  const [c, h, width] = x.slice(1) as [number, number, number];
  const [cg, kh, kw] = w.slice(1) as [number, number, number];
  const [sh, sw] = both(options.stride ?? 1), [ph, pw] = both(options.padding ?? 0);
  const [gh, gw] = both(options.dilation ?? 1);
  const og = o / (options.groups ?? 1);
  for (let i = 0; i < n; i++) {
    for (let f = 0; f < o; f++) {
      const first = Math.floor(f / og) * cg; // the group's first channel
      for (let ch = 0; ch < cg; ch++) {
        for (let r = 0; r < kh; r++) {
          for (let s = 0; s < kw; s++) {
            const tap = ((f * cg + ch) * kh + r) * kw + s;
            for (let oy = 0; oy < oh; oy++) {
              const iy = oy * sh - ph + r * gh;
              if (iy < 0 || iy >= h) continue;
              const row = ((i * c + first + ch) * h + iy) * width;
              const out = ((i * o + f) * oh + oy) * ow;
              for (let ox = 0; ox < ow; ox++) {
                const ix = ox * sw - pw + s * gw;
                if (ix >= 0 && ix < width) visit(out + ox, row + ix, tap);
              }
            }
          }
        }
      }
    }
  }
}

/** Cross-correlation of [n, c, h, w], or of a single image. */
export function conv2d(
  x: NDArray,
  w: NDArray,
  b?: NDArray | null,
  options: ConvOptions = {},
): NDArray {
  if (x.shape.length === 3) {
    const y = conv2d(reshape(x, [1, ...x.shape]), w, b, options);
    return reshape(y, y.shape.slice(1));
  }
  const shape = convShape(x.shape, w.shape, options);
  const data = new Float64Array(count(shape));
  eachProduct(x.shape, w.shape, options, (y, p, q) => data[y]! += x.data[p]! * w.data[q]!);
  const y = array(shape, data);
  return b ? add(y, reshape(b, [w.shape[0]!, 1, 1])) : y;
}
