// The micro-kernel: a tile of 5 rows and 8 columns of C, in registers, through one block of k.
//
//                      b: 8 columns at each k
//                      ┌───────┬───────┐
//                      │  b0   │  b1   │
//   a: 5 rows    a0 ┐  ├───────┼───────┤
//   at each k    a1 │  │  v00  │  v01  │   v_ij += splat(a_i) · b_j
//                a2 │  │  v10  │  v11  │
//                a3 ┘  │  v20  │  v21  │   a0 to a3 come in one vector, whose lanes are splatted by
//                a4    │  v30  │  v31  │   shuffles; a4 is splatted by its load
//                      │  v40  │  v41  │
//                      └───────┴───────┘
//
// Ten sums, two vectors of B, one of A and one splat are 14 of V8's 15 registers, and ten sums
// cover the latency of the multiply-add (4 cycles, two a cycle). Every load pays a bounds check,
// so shuffles stand for loads: 4 loads to 10 multiply-adds. Loops end by comparing addresses,
// which saves a counter. bench/lab/gemm.ts compares this tile with other shapes.

import { Flag } from "./edge";
import { fma, zeros } from "../simd";

/** a_i in all lanes: from the vector of a0 to a3 if the tile has those rows, else from memory. */
// @ts-ignore: decorator
@inline
function splat(rows: i32, i: i32, av: v128, a: usize): v128 {
  if (rows > 3) {
    if (i == 0) return v128.shuffle<f32>(av, av, 0, 0, 0, 0);
    if (i == 1) return v128.shuffle<f32>(av, av, 1, 1, 1, 1);
    if (i == 2) return v128.shuffle<f32>(av, av, 2, 2, 2, 2);
    if (i == 3) return v128.shuffle<f32>(av, av, 3, 3, 3, 3);
    return v128.load32_splat(a, 16);
  }
  if (i == 0) return v128.load32_splat(a);
  if (i == 1) return v128.load32_splat(a, 4);
  return v128.load32_splat(a, 8);
}

/**
 * `rows` × 8 of C, which start from bias and C and go through `depth` more k. as, bs: bytes from
 * one k to the next in a and b; cs: bytes from one row of C to the next.
 */
// @ts-ignore: decorator
@inline
export function tile(
  rows: i32, a: usize, as: usize, b: usize, bs: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  const c1 = c + cs, c2 = c1 + cs, c3 = c2 + cs, c4 = c3 + cs;
  let v00 = zeros(), v01 = v00;
  if (bias) {
    v00 = v128.load(bias);
    v01 = v128.load(bias, 16);
  }
  let v10 = v00, v11 = v01, v20 = v00, v21 = v01, v30 = v00, v31 = v01, v40 = v00, v41 = v01;
  if (flags & Flag.Add) {
    v00 = f32x4.add(v00, v128.load(c));
    v01 = f32x4.add(v01, v128.load(c, 16));
    if (rows > 1) {
      v10 = f32x4.add(v10, v128.load(c1));
      v11 = f32x4.add(v11, v128.load(c1, 16));
    }
    if (rows > 2) {
      v20 = f32x4.add(v20, v128.load(c2));
      v21 = f32x4.add(v21, v128.load(c2, 16));
    }
    if (rows > 3) {
      v30 = f32x4.add(v30, v128.load(c3));
      v31 = f32x4.add(v31, v128.load(c3, 16));
    }
    if (rows > 4) {
      v40 = f32x4.add(v40, v128.load(c4));
      v41 = f32x4.add(v41, v128.load(c4, 16));
    }
  }

  let b0 = v00, b1 = v00, av = v00, s = v00;
  const end4 = b + bs * (depth & ~3), end = b + bs * depth;
  // One k of the second loop, written out four times in the first.
  while (b != end4) {
    b0 = v128.load(b), b1 = v128.load(b, 16);
    if (rows > 3) av = v128.load(a);
    s = splat(rows, 0, av, a);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = splat(rows, 1, av, a);
      v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = splat(rows, 2, av, a);
      v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = splat(rows, 3, av, a);
      v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = splat(rows, 4, av, a);
      v40 = fma(s, b0, v40), v41 = fma(s, b1, v41);
    }
    a += as, b += bs;

    b0 = v128.load(b), b1 = v128.load(b, 16);
    if (rows > 3) av = v128.load(a);
    s = splat(rows, 0, av, a);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = splat(rows, 1, av, a);
      v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = splat(rows, 2, av, a);
      v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = splat(rows, 3, av, a);
      v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = splat(rows, 4, av, a);
      v40 = fma(s, b0, v40), v41 = fma(s, b1, v41);
    }
    a += as, b += bs;

    b0 = v128.load(b), b1 = v128.load(b, 16);
    if (rows > 3) av = v128.load(a);
    s = splat(rows, 0, av, a);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = splat(rows, 1, av, a);
      v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = splat(rows, 2, av, a);
      v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = splat(rows, 3, av, a);
      v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = splat(rows, 4, av, a);
      v40 = fma(s, b0, v40), v41 = fma(s, b1, v41);
    }
    a += as, b += bs;

    b0 = v128.load(b), b1 = v128.load(b, 16);
    if (rows > 3) av = v128.load(a);
    s = splat(rows, 0, av, a);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = splat(rows, 1, av, a);
      v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = splat(rows, 2, av, a);
      v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = splat(rows, 3, av, a);
      v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = splat(rows, 4, av, a);
      v40 = fma(s, b0, v40), v41 = fma(s, b1, v41);
    }
    a += as, b += bs;
  }
  while (b != end) {
    b0 = v128.load(b), b1 = v128.load(b, 16);
    if (rows > 3) av = v128.load(a);
    s = splat(rows, 0, av, a);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = splat(rows, 1, av, a);
      v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = splat(rows, 2, av, a);
      v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = splat(rows, 3, av, a);
      v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = splat(rows, 4, av, a);
      v40 = fma(s, b0, v40), v41 = fma(s, b1, v41);
    }
    a += as, b += bs;
  }

  if (flags & Flag.Relu) {
    const zero = zeros();
    v00 = f32x4.pmax(v00, zero), v01 = f32x4.pmax(v01, zero);
    if (rows > 1) {
      v10 = f32x4.pmax(v10, zero), v11 = f32x4.pmax(v11, zero);
    }
    if (rows > 2) {
      v20 = f32x4.pmax(v20, zero), v21 = f32x4.pmax(v21, zero);
    }
    if (rows > 3) {
      v30 = f32x4.pmax(v30, zero), v31 = f32x4.pmax(v31, zero);
    }
    if (rows > 4) {
      v40 = f32x4.pmax(v40, zero), v41 = f32x4.pmax(v41, zero);
    }
  }
  v128.store(c, v00);
  v128.store(c, v01, 16);
  if (rows > 1) {
    v128.store(c1, v10);
    v128.store(c1, v11, 16);
  }
  if (rows > 2) {
    v128.store(c2, v20);
    v128.store(c2, v21, 16);
  }
  if (rows > 3) {
    v128.store(c3, v30);
    v128.store(c3, v31, 16);
  }
  if (rows > 4) {
    v128.store(c4, v40);
    v128.store(c4, v41, 16);
  }
}
