/** Convolution. */

/** The sizes of a convolution, in the order in which kernels read them. */
export interface Conv {
  n: number;
  c: number;
  h: number;
  w: number;
  o: number;
  oh: number;
  ow: number;
  kh: number;
  kw: number;
  sh: number;
  sw: number;
  ph: number;
  pw: number;
  dh: number;
  dw: number;
  groups: number;
  chunk: number;
}

/**
 * Calls `visit` with the positions of y, x and weight in each product of a convolution: x [n, h, w,
 * c], y [n, oh, ow, o], weight [o, kh, kw, c / groups].
 */
export function eachConvProduct(
  s: Conv,
  visit: (y: number, x: number, weight: number) => void,
): void {
  const [cg, og] = [s.c / s.groups, s.o / s.groups];
  for (let y = 0; y < s.n * s.oh * s.ow * s.o; y++) {
    const o = y % s.o;
    const pixel = Math.floor(y / s.o);
    const ox = pixel % s.ow;
    const oy = Math.floor(pixel / s.ow) % s.oh;
    const sample = Math.floor(pixel / s.ow / s.oh);
    for (let k = 0; k < s.kh * s.kw * cg; k++) {
      const channel = Math.floor(o / og) * cg + k % cg;
      const tap = Math.floor(k / cg);
      const ix = ox * s.sw - s.pw + tap % s.kw * s.dw;
      const iy = oy * s.sh - s.ph + Math.floor(tap / s.kw) * s.dh;
      if (ix < 0 || ix >= s.w || iy < 0 || iy >= s.h) continue;
      visit(y, ((sample * s.h + iy) * s.w + ix) * s.c + channel, o * s.kh * s.kw * cg + k);
    }
  }
}
