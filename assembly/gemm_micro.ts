import { fma } from "./simd";

/** How a tile starts and ends: flags of {@link tiles}. */
export const enum Tile {
  /** Start from what C holds. */
  Load = 1,
  /** max(x, 0) at the store. */
  Relu = 2,
}

/** Lane i of v in all four lanes. */
// @ts-ignore: decorator
@inline
function lane(v: v128, i: i32): v128 {
  if (i == 0) return v128.shuffle<f32>(v, v, 0, 0, 0, 0);
  if (i == 1) return v128.shuffle<f32>(v, v, 1, 1, 1, 1);
  if (i == 2) return v128.shuffle<f32>(v, v, 2, 2, 2, 2);
  return v128.shuffle<f32>(v, v, 3, 3, 3, 3);
}


// @ts-ignore: decorator
@inline
function tile(
  rows: i32, a: usize, as: usize, b: usize, bs: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  const c1 = c + cs, c2 = c1 + cs, c3 = c2 + cs, c4 = c3 + cs;
  let v00 = f32x4.splat(0), v01 = v00;
  if (bias) {
    v00 = v128.load(bias);
    v01 = v128.load(bias, 16);
  }
  let v10 = v00, v11 = v01, v20 = v00, v21 = v01, v30 = v00, v31 = v01, v40 = v00, v41 = v01;
  if (flags & Tile.Load) {
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
  const end4 = b + bs * <usize>(depth & ~3), end = b + bs * <usize>depth;
  while (b < end4) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (rows > 3) {
      av = v128.load(a);
      s = lane(av, 0);
    } else s = v128.load32_splat(a);
    v00 = fma(s, b0, v00);
    v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = rows > 3 ? lane(av, 1) : v128.load32_splat(a, 4);
      v10 = fma(s, b0, v10);
      v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = rows > 3 ? lane(av, 2) : v128.load32_splat(a, 8);
      v20 = fma(s, b0, v20);
      v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = lane(av, 3);
      v30 = fma(s, b0, v30);
      v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = v128.load32_splat(a, 16);
      v40 = fma(s, b0, v40);
      v41 = fma(s, b1, v41);
    }
    a += as;
    b += bs;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (rows > 3) {
      av = v128.load(a);
      s = lane(av, 0);
    } else s = v128.load32_splat(a);
    v00 = fma(s, b0, v00);
    v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = rows > 3 ? lane(av, 1) : v128.load32_splat(a, 4);
      v10 = fma(s, b0, v10);
      v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = rows > 3 ? lane(av, 2) : v128.load32_splat(a, 8);
      v20 = fma(s, b0, v20);
      v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = lane(av, 3);
      v30 = fma(s, b0, v30);
      v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = v128.load32_splat(a, 16);
      v40 = fma(s, b0, v40);
      v41 = fma(s, b1, v41);
    }
    a += as;
    b += bs;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (rows > 3) {
      av = v128.load(a);
      s = lane(av, 0);
    } else s = v128.load32_splat(a);
    v00 = fma(s, b0, v00);
    v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = rows > 3 ? lane(av, 1) : v128.load32_splat(a, 4);
      v10 = fma(s, b0, v10);
      v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = rows > 3 ? lane(av, 2) : v128.load32_splat(a, 8);
      v20 = fma(s, b0, v20);
      v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = lane(av, 3);
      v30 = fma(s, b0, v30);
      v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = v128.load32_splat(a, 16);
      v40 = fma(s, b0, v40);
      v41 = fma(s, b1, v41);
    }
    a += as;
    b += bs;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (rows > 3) {
      av = v128.load(a);
      s = lane(av, 0);
    } else s = v128.load32_splat(a);
    v00 = fma(s, b0, v00);
    v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = rows > 3 ? lane(av, 1) : v128.load32_splat(a, 4);
      v10 = fma(s, b0, v10);
      v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = rows > 3 ? lane(av, 2) : v128.load32_splat(a, 8);
      v20 = fma(s, b0, v20);
      v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = lane(av, 3);
      v30 = fma(s, b0, v30);
      v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = v128.load32_splat(a, 16);
      v40 = fma(s, b0, v40);
      v41 = fma(s, b1, v41);
    }
    a += as;
    b += bs;
  }
  while (b < end) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (rows > 3) {
      av = v128.load(a);
      s = lane(av, 0);
    } else s = v128.load32_splat(a);
    v00 = fma(s, b0, v00);
    v01 = fma(s, b1, v01);
    if (rows > 1) {
      s = rows > 3 ? lane(av, 1) : v128.load32_splat(a, 4);
      v10 = fma(s, b0, v10);
      v11 = fma(s, b1, v11);
    }
    if (rows > 2) {
      s = rows > 3 ? lane(av, 2) : v128.load32_splat(a, 8);
      v20 = fma(s, b0, v20);
      v21 = fma(s, b1, v21);
    }
    if (rows > 3) {
      s = lane(av, 3);
      v30 = fma(s, b0, v30);
      v31 = fma(s, b1, v31);
    }
    if (rows > 4) {
      s = v128.load32_splat(a, 16);
      v40 = fma(s, b0, v40);
      v41 = fma(s, b1, v41);
    }
    a += as;
    b += bs;
  }
  if (flags & Tile.Relu) {
    const zero = f32x4.splat(0);
    v00 = f32x4.pmax(v00, zero);
    v01 = f32x4.pmax(v01, zero);
    if (rows > 1) {
      v10 = f32x4.pmax(v10, zero);
      v11 = f32x4.pmax(v11, zero);
    }
    if (rows > 2) {
      v20 = f32x4.pmax(v20, zero);
      v21 = f32x4.pmax(v21, zero);
    }
    if (rows > 3) {
      v30 = f32x4.pmax(v30, zero);
      v31 = f32x4.pmax(v31, zero);
    }
    if (rows > 4) {
      v40 = f32x4.pmax(v40, zero);
      v41 = f32x4.pmax(v41, zero);
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


/** A strip of 1×8 tiles: `count` down, `panels` across. */
export function strip1(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, next: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  for (; count > 0; count--) {
    let bp = b, cp = c, bi = bias;
    for (let q = 0; q < panels; q++) {
      tile(1, a, 4, bp, bs, depth, cp, cs, bi, flags);
      bp += next;
      cp += 32;
      if (bi) bi += 32;
    }
    a += <usize>(depth * 4);
    c += cs * 1;
  }
}

/** A strip of 2×8 tiles: `count` down, `panels` across. */
export function strip2(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, next: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  for (; count > 0; count--) {
    let bp = b, cp = c, bi = bias;
    for (let q = 0; q < panels; q++) {
      tile(2, a, 8, bp, bs, depth, cp, cs, bi, flags);
      bp += next;
      cp += 32;
      if (bi) bi += 32;
    }
    a += <usize>(depth * 8);
    c += cs * 2;
  }
}

/** A strip of 3×8 tiles: `count` down, `panels` across. */
export function strip3(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, next: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  for (; count > 0; count--) {
    let bp = b, cp = c, bi = bias;
    for (let q = 0; q < panels; q++) {
      tile(3, a, 12, bp, bs, depth, cp, cs, bi, flags);
      bp += next;
      cp += 32;
      if (bi) bi += 32;
    }
    a += <usize>(depth * 12);
    c += cs * 3;
  }
}

/** A strip of 4×8 tiles: `count` down, `panels` across. */
export function strip4(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, next: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  for (; count > 0; count--) {
    let bp = b, cp = c, bi = bias;
    for (let q = 0; q < panels; q++) {
      tile(4, a, 16, bp, bs, depth, cp, cs, bi, flags);
      bp += next;
      cp += 32;
      if (bi) bi += 32;
    }
    a += <usize>(depth * 16);
    c += cs * 4;
  }
}

/** A strip of 5×8 tiles: `count` down, `panels` across. */
export function strip5(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, next: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  for (; count > 0; count--) {
    let bp = b, cp = c, bi = bias;
    for (let q = 0; q < panels; q++) {
      tile(5, a, 20, bp, bs, depth, cp, cs, bi, flags);
      bp += next;
      cp += 32;
      if (bi) bi += 32;
    }
    a += <usize>(depth * 20);
    c += cs * 5;
  }
}
