/**
 * Winograd's F(m, 3), the maps along one line: m outputs of a three-tap filter from n = m + 2 inputs
 * with n products instead of 3 m,
 *
 * ```
 * y = Aᵀ (G g ⊙ Bᵀ d)
 * ```
 *
 * by evaluating polynomials at n points, one of them ∞ (Toom and Cook's construction; Lavin and Gray,
 * "Fast algorithms for convolutional neural networks", 2016). Points whose powers stay near 1 round
 * best. The gradients are the transposed maps: dM = A dy Aᵀ, dd = B dV Bᵀ, dg = Gᵀ dU G.
 *
 * @module
 */

/** The name of a vector in the code that is being written. */
export type Name = string;

/** Writes an operation, and names its result. */
export interface Write {
  add(a: Name, b: Name): Name;
  sub(a: Name, b: Name): Name;
  mul(a: Name, b: Name): Name;
  /** a b + c. */
  fma(a: Name, b: Name, c: Name): Name;
  /** c − a b. */
  fnma(a: Name, b: Name, c: Name): Name;
  /** A number in all lanes. */
  k(value: number): Name;
}

/** From the elements of a line to those of another. */
export type Line = (w: Write, from: readonly Name[]) => Name[];

/** The maps of one F(m, 3). */
export interface Lines {
  /** m. */
  outputs: number;
  /** Bᵀ d. */
  input: Line;
  /** A y. */
  outputGrad: Line;
  /** Aᵀ m. */
  output: Line;
  /** B t. */
  inputGrad: Line;
  /** G g. */
  weight: Line;
  /** Gᵀ u. */
  weightGrad: Line;
}

/** A sum of several. */
function sum(w: Write, ...terms: Name[]): Name {
  return terms.length === 1 ? terms[0]! : w.add(terms[0]!, sum(w, ...terms.slice(1)));
}

/** e + f o and e − f o: what two points ±f have in common. */
function pair(w: Write, f: number, o: Name, e: Name): [Name, Name] {
  return f === 1 ? [w.add(e, o), w.sub(e, o)] : [w.fma(w.k(f), o, e), w.fnma(w.k(f), o, e)];
}

/**
 * The points 0, ±a, 2, ∞ with a = √½.
 *
 * ```
 *      1 -1/2 -2   1    0             1    0    0
 *      0 -2a  a-2  1    0            1/f  a/f 1/2f   f = a - 2         1 1  1  1  0
 * Bᵀ=  0  2a -a-2  1    0        G = 1/g -a/g 1/2g   g = -a - 2    Aᵀ= 0 a -a  2  0
 *      0 -1/2  0   1    0            1/7  2/7  4/7                     0 ½  ½  4  1
 *      0   1 -1/2 -2    1             0    0    1
 * ```
 */
const three: Lines = {
  outputs: 3,
  input(w, [d0, d1, d2, d3, d4]) {
    const h = w.k(0.5), two = w.k(2);
    const e = w.fnma(h, d1!, d3!); // the factor x² − 1/2
    const o = w.fnma(two, d1!, d2!);
    return [
      w.fnma(two, w.fnma(h, d0!, d2!), e),
      ...pair(w, Math.SQRT1_2, o, w.fnma(two, d2!, d3!)),
      e,
      w.fnma(two, e, w.fnma(h, d2!, d4!)),
    ];
  },
  outputGrad(w, [y0, y1, y2]) {
    const two = w.k(2);
    return [
      y0!,
      ...pair(w, Math.SQRT1_2, y1!, w.fma(w.k(0.5), y2!, y0!)),
      w.fma(two, w.fma(two, y2!, y1!), y0!),
      y2!,
    ];
  },
  output(w, [m0, m1, m2, m3, m4]) {
    const s = w.add(m1!, m2!), d = w.sub(m1!, m2!), t = w.add(m3!, m3!);
    return [
      sum(w, m0!, s, m3!),
      w.fma(w.k(Math.SQRT1_2), d, t),
      w.fma(w.k(0.5), s, w.fma(w.k(2), t, m4!)),
    ];
  },
  inputGrad(w, [t0, t1, t2, t3, t4]) {
    const h = w.k(0.5), two = w.k(2);
    const s = sum(w, t0!, t1!, t2!), d = w.mul(w.k(Math.SQRT1_2), w.sub(t1!, t2!));
    return [
      t0!,
      w.fnma(two, d, w.fnma(h, w.add(t0!, t3!), t4!)),
      w.fnma(two, s, w.fnma(h, t4!, d)),
      w.fnma(two, t4!, w.add(s, t3!)),
      t4!,
    ];
  },
  weight(w, [g0, g1, g2]) {
    const two = w.k(2);
    const [p, q] = pair(w, Math.SQRT1_2, g1!, w.fma(w.k(0.5), g2!, g0!));
    return [
      g0!,
      w.mul(w.k(1 / (Math.SQRT1_2 - 2)), p),
      w.mul(w.k(1 / (-Math.SQRT1_2 - 2)), q),
      w.mul(w.k(1 / 7), w.fma(two, w.fma(two, g2!, g1!), g0!)),
      g2!,
    ];
  },
  weightGrad(w, [u0, u1, u2, u3, u4]) {
    const p = w.mul(w.k(1 / (Math.SQRT1_2 - 2)), u1!);
    const q = w.mul(w.k(1 / (-Math.SQRT1_2 - 2)), u2!);
    const s = w.add(p, q), r = w.mul(w.k(1 / 7), u3!), t = w.add(r, r);
    return [
      sum(w, u0!, s, r),
      w.fma(w.k(Math.SQRT1_2), w.sub(p, q), t),
      w.fma(w.k(0.5), s, w.fma(w.k(2), t, u4!)),
    ];
  },
};

/**
 * The points 0, ±a, ±b, ∞ with a = √½, b = √2.
 *
 * ```
 *      1   0  -5/2   0    1   0          1    0    0
 *      0  -b   -2    a    1   0       -2/3 -2a/3 -1/3           1  1   1   1   1  0
 * Bᵀ=  0   b   -2   -a    1   0   G = -2/3  2a/3 -1/3      Aᵀ = 0  a  -a   b  -b  0
 *      0  -a  -1/2   b    1   0        1/6   b/6  1/3           0 1/2 1/2  2   2  0
 *      0   a  -1/2  -b    1   0        1/6  -b/6  1/3           0 a/2 -a/2 2b -2b 1
 *      0   1    0  -5/2   0   1          0    0    1
 * ```
 */
const four: Lines = {
  outputs: 4,
  input(w, [d0, d1, d2, d3, d4, d5]) {
    const h = w.k(0.5), two = w.k(2), k = w.k(2.5);
    return [
      w.fnma(k, d2!, w.add(d0!, d4!)),
      ...pair(w, Math.SQRT1_2, w.fnma(two, d1!, d3!), w.fnma(two, d2!, d4!)),
      ...pair(w, Math.SQRT2, w.fnma(h, d1!, d3!), w.fnma(h, d2!, d4!)),
      w.fnma(k, d3!, w.add(d1!, d5!)),
    ];
  },
  outputGrad(w, [y0, y1, y2, y3]) {
    const h = w.k(0.5), two = w.k(2);
    return [
      y0!,
      ...pair(w, Math.SQRT1_2, w.fma(h, y3!, y1!), w.fma(h, y2!, y0!)),
      ...pair(w, Math.SQRT2, w.fma(two, y3!, y1!), w.fma(two, y2!, y0!)),
      y3!,
    ];
  },
  output(w, [m0, m1, m2, m3, m4, m5]) {
    const a = w.k(Math.SQRT1_2), h = w.k(0.5), four = w.k(4);
    const s = w.add(m1!, m2!), t = w.add(m3!, m4!);
    const d = w.sub(m1!, m2!), e2 = w.mul(w.k(2), w.sub(m3!, m4!));
    return [
      sum(w, m0!, s, t),
      w.mul(a, w.add(d, e2)),
      w.mul(h, w.fma(four, t, s)),
      w.fma(w.k(Math.SQRT1_2 / 2), w.fma(four, e2, d), m5!), // a³ d + b³ e = a/2 (d + 8 e)
    ];
  },
  inputGrad(w, [t0, t1, t2, t3, t4, t5]) {
    const a = w.k(Math.SQRT1_2), b = w.k(Math.SQRT2), h = w.k(0.5), two = w.k(2), k = w.k(2.5);
    const s = w.add(t1!, t2!), u = w.add(t3!, t4!), d = w.sub(t1!, t2!), e = w.sub(t3!, t4!);
    return [
      t0!,
      w.fnma(a, e, w.fnma(b, d, t5!)),
      w.fnma(h, u, w.fnma(two, s, w.mul(w.k(-2.5), t0!))),
      w.fnma(k, t5!, w.fma(b, e, w.mul(a, d))),
      sum(w, t0!, s, u),
      t5!,
    ];
  },
  weight(w, [g0, g1, g2]) {
    const [p, q] = pair(w, Math.SQRT1_2, g1!, w.fma(w.k(0.5), g2!, g0!));
    const [r, s] = pair(w, Math.SQRT2, g1!, w.fma(w.k(2), g2!, g0!));
    const k = w.k(-2 / 3), sixth = w.k(1 / 6);
    return [g0!, w.mul(k, p), w.mul(k, q), w.mul(sixth, r), w.mul(sixth, s), g2!];
  },
  weightGrad(w, [u0, u1, u2, u3, u4, u5]) {
    const k = w.k(-2 / 3), sixth = w.k(1 / 6);
    const s = w.mul(k, w.add(u1!, u2!)), d = w.mul(k, w.sub(u1!, u2!));
    const t = w.mul(sixth, w.add(u3!, u4!)), e = w.mul(sixth, w.sub(u3!, u4!));
    return [
      sum(w, u0!, s, t),
      w.fma(w.k(Math.SQRT1_2), d, w.mul(w.k(Math.SQRT2), e)),
      w.fma(w.k(0.5), s, w.fma(w.k(2), t, u5!)),
    ];
  },
};

/**
 * The points 0, ±1/2, ±1, ±2, ∞. It rounds worse than three or four outputs do: for one direction of
 * a tile only.
 *
 * ```
 *      1    0   -21/4   0    21/4   0  -1 0         1      0     0
 *      0    2     4   -5/2    -5   1/2  1 0       32/45  16/45  8/45       1  1    1    1  1  1   1 0
 *      0   -2     4    5/2    -5  -1/2  1 0       32/45 -16/45  8/45       0 1/2 -1/2   1 -1  2  -2 0
 * Bᵀ=  0    1     1  -17/4 -17/4   1    1 0   G = -2/9   -2/9  -2/9   Aᵀ = 0 1/4  1/4   1  1  4   4 0
 *      0   -1     1   17/4 -17/4  -1    1 0       -2/9    2/9  -2/9        0 1/8 -1/8   1 -1  8  -8 0
 *      0   1/2   1/4  -5/2  -5/4   2    1 0        1/90   1/45  2/45       0 1/16 1/16  1  1 16  16 0
 *      0  -1/2   1/4   5/2  -5/4  -2    1 0        1/90  -1/45  2/45       0 1/32 -1/32 1 -1 32 -32 1
 *      0   -1     0   21/4    0  -21/4  0 1         0      0     1
 * ```
 */
const six: Lines = {
  outputs: 6,
  input(w, [d0, d1, d2, d3, d4, d5, d6, d7]) {
    const k = w.k(5.25), m = w.k(4.25), five = w.k(5), four = w.k(4), n = w.k(1.25), q = w.k(0.25);
    return [
      w.fma(k, w.sub(d4!, d2!), w.sub(d0!, d6!)),
      ...pair(
        w,
        0.5,
        w.fma(four, d1!, w.fnma(five, d3!, d5!)),
        w.fma(four, d2!, w.fnma(five, d4!, d6!)),
      ),
      ...pair(w, 1, w.fnma(m, d3!, w.add(d1!, d5!)), w.fnma(m, d4!, w.add(d2!, d6!))),
      ...pair(w, 2, w.fma(q, d1!, w.fnma(n, d3!, d5!)), w.fma(q, d2!, w.fnma(n, d4!, d6!))),
      w.fma(k, w.sub(d3!, d5!), w.sub(d7!, d1!)),
    ];
  },
  outputGrad(w, [y0, y1, y2, y3, y4, y5]) {
    const q = w.k(0.25), four = w.k(4);
    return [
      y0!,
      ...pair(w, 0.5, w.fma(q, w.fma(q, y5!, y3!), y1!), w.fma(q, w.fma(q, y4!, y2!), y0!)),
      ...pair(w, 1, sum(w, y1!, y3!, y5!), sum(w, y0!, y2!, y4!)),
      ...pair(
        w,
        2,
        w.fma(four, w.fma(four, y5!, y3!), y1!),
        w.fma(four, w.fma(four, y4!, y2!), y0!),
      ),
      y5!,
    ];
  },
  output(w, [m0, m1, m2, m3, m4, m5, m6, m7]) {
    const q = w.k(0.25), four = w.k(4);
    // sums and differences of each pair, times their point's powers as these are needed
    const s = w.add(m1!, m2!), t = w.add(m3!, m4!), u = w.add(m5!, m6!);
    const d = w.mul(w.k(0.5), w.sub(m1!, m2!)), e = w.sub(m3!, m4!);
    const f = w.mul(w.k(2), w.sub(m5!, m6!));
    const s2 = w.mul(q, s), u2 = w.mul(four, u), d3 = w.mul(q, d), f3 = w.mul(four, f);
    return [
      sum(w, m0!, t, s, u),
      sum(w, e, d, f),
      sum(w, t, s2, u2),
      sum(w, e, d3, f3),
      w.fma(q, s2, w.fma(four, u2, t)),
      w.add(w.fma(q, d3, w.fma(four, f3, e)), m7!),
    ];
  },
  inputGrad(w, [t0, t1, t2, t3, t4, t5, t6, t7]) {
    const h = w.k(0.5), two = w.k(2), four = w.k(4), k = w.k(5.25), m = w.k(4.25), q = w.k(0.25);
    const s1 = w.add(t1!, t2!), d1 = w.sub(t1!, t2!), s2 = w.add(t3!, t4!), d2 = w.sub(t3!, t4!);
    const s3 = w.add(t5!, t6!), d3 = w.sub(t5!, t6!), z = w.mul(k, t7!), a = w.mul(k, t0!);
    return [
      t0!,
      w.fma(two, d1, w.fma(h, d3, w.sub(d2, t7!))),
      w.sub(w.fma(four, s1, w.fma(q, s3, s2)), a),
      w.fnma(m, d2, w.fnma(w.k(2.5), w.add(d1, d3), z)),
      w.fnma(w.k(5), s1, w.fnma(m, s2, w.fnma(w.k(1.25), s3, a))),
      w.fma(h, d1, w.fma(two, d3, w.sub(d2, z))),
      sum(w, w.sub(s1, t0!), s2, s3),
      t7!,
    ];
  },
  weight(w, [g0, g1, g2]) {
    const points = [[32 / 45, 0.5], [-2 / 9, 1], [1 / 90, 2]] as const;
    const rows = points.flatMap(([f, p]) =>
      pair(w, p, g1!, w.fma(w.k(p * p), g2!, g0!)).map((v) => w.mul(w.k(f), v))
    );
    return [g0!, ...rows, g2!];
  },
  weightGrad(w, [u0, u1, u2, u3, u4, u5, u6, u7]) {
    const a = w.k(32 / 45), b = w.k(-2 / 9), c = w.k(1 / 90);
    const s1 = w.mul(a, w.add(u1!, u2!)), d1 = w.mul(a, w.sub(u1!, u2!));
    const s2 = w.mul(b, w.add(u3!, u4!)), d2 = w.mul(b, w.sub(u3!, u4!));
    const s3 = w.mul(c, w.add(u5!, u6!)), d3 = w.mul(c, w.sub(u5!, u6!));
    return [
      sum(w, u0!, s1, s2, s3),
      w.fma(w.k(0.5), d1, w.fma(w.k(2), d3, d2)),
      w.fma(w.k(0.25), s1, w.fma(w.k(4), s3, w.add(s2, u7!))),
    ];
  },
};

/** The maps by how many outputs a line has. */
export const LINES: Readonly<Record<3 | 4 | 6, Lines>> = { 3: three, 4: four, 6: six };
