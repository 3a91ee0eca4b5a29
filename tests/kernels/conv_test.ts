import assert from "node:assert/strict";
import fc from "fast-check";
import { type Conv, eachConvProduct } from "../reference.ts";
import { arena, bits, builds, type Kernels, numbers, testBuilds } from "./harness.ts";

/** What the kernels are told: sizes, whether db is wanted, and Winograd's tiles; 0: none. */
type Sizes = Conv & { bias: number; th: number; tw: number };

/** A convolution of n samples; what is not given is as in a plain 3 × 3 one. */
function sizes(given: Partial<Sizes> & Pick<Conv, "c" | "h" | "w" | "o">): Sizes {
  const s = {
    n: 1,
    oh: 0,
    ow: 0,
    kh: 3,
    kw: 3,
    sh: 1,
    sw: 1,
    ph: 0,
    pw: 0,
    dh: 1,
    dw: 1,
    groups: 1,
    chunk: 2,
    bias: 1,
    th: 0,
    tw: 0,
    ...given,
  };
  s.oh = Math.floor((s.h + 2 * s.ph - s.dh * (s.kh - 1) - 1) / s.sh) + 1;
  s.ow = Math.floor((s.w + 2 * s.pw - s.dw * (s.kw - 1) - 1) / s.sw) + 1;
  return s;
}

/** The words as kernels read them, in the order of `assembly/conv/shape.ts`. */
function words(s: Sizes): Int32Array {
  // deno-fmt-ignore
  return Int32Array.of(
    s.n, s.c, s.h, s.w, s.o, s.oh, s.ow, s.kh, s.kw, s.sh, s.sw, s.ph, s.pw, s.dh, s.dw, s.groups,
    s.chunk, s.bias, s.th, s.tw,
  );
}

/** Sums of terms, and the sums of their squares. */
class Sums {
  readonly values: Float64Array;
  readonly squares: Float64Array;

  constructor(length: number) {
    this.values = new Float64Array(length);
    this.squares = new Float64Array(length);
  }

  add(i: number, term: number): void {
    this.values[i]! += term;
    this.squares[i]! += term * term;
  }

  /** The largest sum, or what the largest is in size where terms do not cancel by chance. */
  get scale(): number {
    const largest = (list: Float64Array) => list.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    return Math.max(largest(this.values), Math.sqrt(largest(this.squares)));
  }
}

/** Fails unless all errors are within `bound` of the scale of the expected sums. */
function assertNear(actual: Float32Array, expected: Sums, bound: number, what: string): void {
  const largest = expected.scale;
  expected.values.forEach((e, i) => {
    const error = Math.abs(actual[i]! - e);
    assert.ok(error <= bound * largest + 1e-30, `${what}[${i}] is ${actual[i]}, expected ${e}`);
  });
}

/** Runs `call` over [0, n) and then in two parts; fails unless the bits of `out` are the same. */
function inTwo(n: number, out: Float32Array, call: (begin: number, end: number) => void): void {
  out.fill(NaN);
  call(0, n);
  const whole = bits(out);
  out.fill(NaN);
  const middle = n >> 1;
  call(middle, n);
  call(0, middle);
  assert.deepEqual(bits(out), whole, "parts differ from the whole");
}

/** What a convolution and its gradients come to. */
type Expected = Readonly<Record<"y" | "dx" | "dw" | "db", Sums>>;

/** The same in float64. */
function expectedOf(
  s: Sizes,
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array,
  dy: Float32Array,
): Expected {
  const kernel = w.length / s.o;
  const expected = {
    y: new Sums(dy.length),
    dx: new Sums(x.length),
    dw: new Sums(w.length),
    db: new Sums(s.o),
  };
  dy.forEach((_, i) => expected.y.add(i, bias[i % s.o]!));
  eachConvProduct(s, (i, j, tap) => {
    expected.y.add(i, x[j]! * w[tap]!);
    expected.dx.add(j, dy[i]! * w[tap]!);
    const [o, place] = [Math.floor(tap / kernel), tap % kernel]; // of [o, kernel]
    expected.dw.add(place * s.o + o, dy[i]! * x[j]!);
  });
  if (s.bias) dy.forEach((v, i) => expected.db.add(i % s.o, v));
  return expected;
}

/** Fails unless what chunks have left adds up to the gradients of weight and bias. */
function assertSums(parts: Float32Array, { dw, db }: Expected, bound: number): void {
  const n = dw.values.length, sum = new Float64Array(n + db.values.length);
  parts.forEach((v, i) => sum[i % sum.length]! += v);
  assertNear(Float32Array.from(sum.subarray(0, n)), dw, bound, "dw");
  assertNear(Float32Array.from(sum.subarray(n)), db, bound, "db");
}

/** Whether a convolution needs no patches, so that it may be cut at any row of pixels. */
function isDirect(s: Sizes): boolean {
  return s.groups === 1 && s.dh === 1 && s.dw === 1 && s.o % 8 === 0 && s.ow >= 4;
}

/** All three results of a convolution against sums in float64. */
function check(k: Kernels, s: Sizes, bound = 1e-5): void {
  arena.clear();
  const winograd = s.th > 0;
  const kernel = s.kh * s.kw * s.c / s.groups;
  const chunks = Math.ceil(s.n / s.chunk);
  const shape = arena.put(words(s)).byteOffset;
  const x = arena.put(numbers(s.n * s.h * s.w * s.c, 1, 1), 1);
  const w = arena.put(numbers(s.o * kernel, 1, 2), 3);
  const bias = arena.put(numbers(s.o, 1, 3), 2);
  const dy = arena.put(numbers(s.n * s.oh * s.ow * s.o, 1, 4), 1);
  const y = arena.put(new Float32Array(dy.length), 3);
  const dx = arena.put(new Float32Array(x.length), 1);
  const parts = arena.put(new Float32Array(chunks * (w.length + s.o)), 2);
  const bytes = winograd
    ? Math.max(k.winogradScratch!(shape, 0), k.winogradScratch!(shape, 1))
    : k.convScratch!(shape);
  const room = arena.put(new Float32Array(bytes / 4).fill(NaN)).byteOffset;
  let [forward, backward] = [w.byteOffset, w.byteOffset];
  if (winograd) {
    const planes = [0, 1].map((across) => {
      const u = arena.put(new Float32Array((s.th + 2) * (s.tw + 2) * (s.c * s.o + 16)));
      inTwo(s.o / 8, u, (begin, end) => {
        k.winogradWeight!(shape, w.byteOffset, u.byteOffset, across, begin * 8, end * 8);
      });
      return u.byteOffset;
    });
    [forward, backward] = planes as [number, number];
  }
  const run = winograd ? k.winogradForward! : k.convForward!;
  const grad = winograd ? k.winogradGrad! : k.convGrad!;

  const expected = expectedOf(s, x, w, bias, dy);
  const call = (...range: number[]) => {
    run(shape, x.byteOffset, forward, bias.byteOffset, y.byteOffset, room, ...range);
  };
  const rows = s.n * Math.ceil(s.oh / s.th), panels = s.o / 8;
  if (winograd) {
    inTwo(panels, y, (begin, end) => call(0, rows, begin, end));
    inTwo(rows, y, (begin, end) => call(begin, end, 0, panels));
  } else if (isDirect(s)) inTwo(s.n * s.oh, y, call);
  else inTwo(s.n, y, (begin, end) => call(begin * s.oh, end * s.oh));
  assertNear(y, expected.y, bound, "y");
  // deno-fmt-ignore
  inTwo(chunks, dx, (begin, end) => grad(
    shape, x.byteOffset, backward, dy.byteOffset, dx.byteOffset, 0, room, begin, end,
  ));
  assertNear(dx, expected.dx, bound, "dx");
  const alone = bits(dx);
  // deno-fmt-ignore
  inTwo(chunks, parts, (begin, end) => grad(
    shape, x.byteOffset, backward, dy.byteOffset, 0, parts.byteOffset, room, begin, end,
  ));
  assertSums(parts, expected, bound);
  const weights = bits(parts);
  // deno-fmt-ignore
  grad(shape, x.byteOffset, backward, dy.byteOffset, dx.byteOffset, parts.byteOffset, room, 0, chunks);
  assert.deepEqual(bits(dx), alone, "dx beside dw");
  assert.deepEqual(bits(parts), weights, "dw beside dx");
  arena.check();
}

/** The same of the kernels whose vectors lie across groups, which take rows of pixels. */
function checkGrouped(k: Kernels, s: Sizes): void {
  arena.clear();
  const kernel = s.kh * s.kw * s.c / s.groups;
  const chunks = Math.ceil(s.n / s.chunk);
  const shape = arena.put(words(s)).byteOffset;
  const x = arena.put(numbers(s.n * s.h * s.w * s.c, 1, 1), 1);
  const w = arena.put(numbers(s.o * kernel, 1, 2), 3);
  const bias = arena.put(numbers(s.o, 1, 3), 2);
  const dy = arena.put(numbers(s.n * s.oh * s.ow * s.o, 1, 4), 1);
  const y = arena.put(new Float32Array(dy.length), 3);
  const dx = arena.put(new Float32Array(x.length), 1);
  const parts = arena.put(new Float32Array(chunks * (w.length + s.o)), 2);
  const room =
    arena.put(new Float32Array(k.groupedScratch!(shape) as number / 4).fill(NaN)).byteOffset;
  const expected = expectedOf(s, x, w, bias, dy);
  inTwo(s.n * s.oh, y, (begin, end) => {
    k.groupedForward!(
      shape,
      x.byteOffset,
      w.byteOffset,
      bias.byteOffset,
      y.byteOffset,
      -Infinity,
      room,
      begin,
      end,
    );
  });
  assertNear(y, expected.y, 1e-5, "y");
  const relu = y.map((v) => Math.max(v, 0));
  k.groupedForward!(
    shape,
    x.byteOffset,
    w.byteOffset,
    bias.byteOffset,
    y.byteOffset,
    0,
    room,
    0,
    s.n * s.oh,
  );
  assert.deepEqual(y, relu, "with relu");
  inTwo(s.n * s.h, dx, (begin, end) => {
    k.groupedInputGrad!(shape, w.byteOffset, dy.byteOffset, dx.byteOffset, room, begin, end);
  });
  assertNear(dx, expected.dx, 1e-5, "dx");
  inTwo(chunks, parts, (begin, end) => {
    k.groupedWeightGrad!(shape, x.byteOffset, dy.byteOffset, parts.byteOffset, room, begin, end);
  });
  assertSums(parts, expected, 1e-5);
  arena.check();
}

const small = fc.integer({ min: 1, max: 4 });

/** Any convolution of a few pixels that has an output. */
const anyConv = fc.record({
  n: small,
  cg: small,
  og: small,
  groups: fc.integer({ min: 1, max: 3 }),
  h: fc.integer({ min: 1, max: 9 }),
  w: fc.integer({ min: 1, max: 9 }),
  kh: small,
  kw: small,
  sh: small,
  sw: small,
  ph: fc.integer({ min: 0, max: 3 }),
  pw: fc.integer({ min: 0, max: 3 }),
  dh: fc.integer({ min: 1, max: 3 }),
  dw: fc.integer({ min: 1, max: 3 }),
  chunk: small,
  bias: fc.constantFrom(0, 1),
}).map(({ cg, og, ...rest }) => sizes({ ...rest, c: cg * rest.groups, o: og * rest.groups }))
  .filter((s) => s.oh > 0 && s.ow > 0);

/** Any in groups of few channels: as many as fill vectors, pairs of them, or none. */
const anyGrouped = fc.record({
  n: small,
  cg: fc.integer({ min: 1, max: 3 }),
  og: fc.integer({ min: 1, max: 3 }),
  groups: fc.constantFrom(1, 3, 4, 7, 8, 13, 16, 20),
  h: fc.integer({ min: 1, max: 9 }),
  w: fc.integer({ min: 1, max: 9 }),
  kh: fc.integer({ min: 1, max: 5 }),
  kw: fc.integer({ min: 1, max: 5 }),
  sh: small,
  sw: small,
  ph: fc.integer({ min: 0, max: 3 }),
  pw: fc.integer({ min: 0, max: 3 }),
  dh: fc.integer({ min: 1, max: 3 }),
  dw: fc.integer({ min: 1, max: 3 }),
  chunk: small,
  bias: fc.constantFrom(0, 1),
}).map(({ cg, og, ...rest }) => sizes({ ...rest, c: cg * rest.groups, o: og * rest.groups }))
  .filter((s) => s.oh > 0 && s.ow > 0);

/** Any without groups and dilation, with outputs in eights: what needs no patches. */
const anyDirect = fc.record({
  n: small,
  c: fc.integer({ min: 1, max: 6 }),
  o: fc.constantFrom(8, 16, 24),
  h: fc.integer({ min: 1, max: 9 }),
  w: fc.integer({ min: 3, max: 11 }),
  kh: small,
  kw: small,
  sh: small,
  sw: fc.integer({ min: 1, max: 2 }),
  ph: fc.integer({ min: 0, max: 3 }),
  pw: fc.integer({ min: 0, max: 3 }),
  chunk: small,
}).map(sizes).filter((s) => s.oh > 0 && s.ow > 0);

/** The tiles that Winograd's kernels have. */
const TILES = [[3, 3], [4, 4], [6, 3]] as const;

/** Any that Winograd's kernels can take. */
const anyWinograd = fc.record({
  n: fc.integer({ min: 1, max: 5 }),
  c: fc.constantFrom(8, 16, 24),
  o: fc.constantFrom(8, 16, 24),
  h: fc.integer({ min: 1, max: 11 }),
  w: fc.integer({ min: 1, max: 11 }),
  ph: fc.integer({ min: 0, max: 3 }),
  pw: fc.integer({ min: 0, max: 3 }),
  chunk: small,
  bias: fc.constantFrom(0, 1),
  tile: fc.constantFrom(...TILES),
}).map(({ tile: [th, tw], ...rest }) => sizes({ ...rest, th, tw }))
  .filter((s) => s.oh > 0 && s.ow > 0);

for (const [build, kernels] of Object.entries(builds)) {
  Deno.test(`any convolution agrees with float64 sums, whole and in parts (${build} build)`, () => {
    fc.assert(fc.property(anyConv, (s) => check(kernels, s)), { numRuns: 300 });
    fc.assert(fc.property(anyDirect, (s) => check(kernels, s)), { numRuns: 200 });
  });

  Deno.test(`a large image is summed up some rows at a time (${build} build)`, () => {
    const image = { c: 2, h: 40, w: 41, kh: 3, kw: 2, ph: 1 };
    check(kernels, sizes({ ...image, o: 24 }));
    check(kernels, sizes({ ...image, o: 16, kh: 5, sh: 2, n: 3 }));
  });

  Deno.test(`convolutions across groups agree with float64 sums (${build} build)`, () => {
    fc.assert(fc.property(anyGrouped, (s) => checkGrouped(kernels, s)), { numRuns: 300 });
  });

  Deno.test(`Winograd's convolution agrees with float64 sums (${build} build)`, () => {
    fc.assert(fc.property(anyWinograd, (s) => check(kernels, s)), { numRuns: 100 });
  });
}

testBuilds("sums that nearly cancel are judged by the size of their terms", (k) => {
  const one = { c: 1, o: 1, kh: 1, kw: 1 };
  check(k, sizes({ ...one, n: 4, h: 8, w: 6, sh: 3, ph: 2, pw: 2, chunk: 1, bias: 0 }));
});

testBuilds("Winograd's planes have room for whole fours of tiles", (k) => {
  for (const [th, tw] of TILES) {
    for (const tiles of [5, 7, 11]) { // in one column: blocks of 35, 35 and 33
      const [h, w] = [th * tiles, tw];
      check(k, sizes({ n: 7, c: 8, h, w, o: 16, ph: 1, pw: 1, chunk: 7, th, tw }));
    }
  }
});

testBuilds("what a kernel reads may end where memory ends", (k) => {
  for (const [th, tw] of [[0, 0], ...TILES] as const) {
    const winograd = th > 0;
    const s = sizes({ n: 2, c: 8, h: 9, w: 7, o: 8, chunk: 1, th, tw });
    const shape = arena.put(words(s)).byteOffset;
    const bytes = winograd ? k.winogradScratch!(shape, 1) : k.convScratch!(shape);
    const room = arena.put(new Float32Array(bytes / 4)).byteOffset;
    const weights = arena.put(numbers(winograd ? (th + 2) * (tw + 2) * 80 : 8 * 72)).byteOffset;
    const y = arena.put(numbers(2 * 35 * 8)).byteOffset;
    const [x1, dx] = [1, 2].map(() => arena.put(numbers(2 * 63 * 8)).byteOffset);
    const x = arena.last(numbers(2 * 63 * 8)).byteOffset;
    const forward = winograd ? k.winogradForward! : k.convForward!;
    const grad = winograd ? k.winogradGrad! : k.convGrad!;
    const all = winograd ? [0, 2 * Math.ceil(s.oh / th), 0, 1] : [0, 2 * s.oh];
    forward(shape, x, weights, 0, y, room, ...all);
    const dy = arena.last(numbers(2 * 35 * 8)).byteOffset;
    const parts = arena.put(new Float32Array(2 * (8 * 72 + 8))).byteOffset;
    grad(shape, x1!, weights, dy, dx!, parts, room, 0, 2);
  }
});

testBuilds("convolutions of several blocks, with deep kernels, agree with float64 sums", (k) => {
  check(k, sizes({ n: 2, c: 16, h: 17, w: 19, o: 9, kh: 5, kw: 5 }));
  check(k, sizes({ n: 1, c: 100, h: 20, w: 21, o: 3 }));
  check(k, sizes({ n: 1, c: 21, h: 40, w: 41, o: 5, kh: 1, kw: 1 }));
  check(k, sizes({ n: 3, c: 40, h: 3, w: 3, o: 33, kh: 2, kw: 2, sh: 2, sw: 2, ph: 1, pw: 1 }));
});

testBuilds("Winograd's points keep the error within 1.5e-6 to 5e-6 of the largest value", (k) => {
  for (const [tile, bound] of [[[3, 3], 1.5e-6], [[4, 4], 2e-6], [[6, 3], 5e-6]] as const) {
    const [th, tw] = tile;
    check(k, sizes({ n: 2, c: 64, h: 14, w: 14, o: 64, th, tw }), bound);
  }
});
