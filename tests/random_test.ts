import assert from "node:assert/strict";
import fc from "fast-check";
import { functional, manualSeed, noGrad, rand, randn, scope, tensor } from "../mod.ts";
import { setKernelBuild } from "../src/wasm/instance.ts";
import { Generator, generator, permutation, philox, type RandomKey } from "../src/core/random.ts";

type Words = [number, number, number, number];

function philoxHex(counter: Words, key: [number, number]): string {
  const out = new Uint32Array(4);
  philox(counter, key, out);
  return Array.from(out, (word) => word.toString(16).padStart(8, "0")).join(" ");
}

/** The i-th random word of a draw. */
function word(i: number, { seed, stream }: RandomKey): number {
  const block = new Uint32Array(4);
  philox([i >>> 2, 0, stream[0], stream[1]], [seed[0], seed[1]], block);
  return block[i & 3]!;
}

/** The upper 24 bits of a word, in [0, 1). */
function unit(w: number): number {
  return (w >>> 8) * 2 ** -24;
}

Deno.test("Philox4x32-10 gives its authors' known answers", () => {
  assert.equal(philoxHex([0, 0, 0, 0], [0, 0]), "6627e8d5 e169c58d bc57ac4c 9b00dbd8");
  const ones = 0xffffffff;
  assert.equal(
    philoxHex([ones, ones, ones, ones], [ones, ones]),
    "408f276d 41c83b0e a20bc7c6 6d5451fd",
  );
  assert.equal(
    philoxHex([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
    "d16cfe09 94fdcceb 5001e420 24126ea1",
  );
});

for (const build of ["fast", "strict"] as const) {
  Deno.test(`the ${build} kernel's uniform numbers are Philox's bits`, () => {
    setKernelBuild(build);
    for (const state of [{ seed: 1, stream: 0 }, { seed: 2 ** 53 - 1, stream: 2 ** 33 + 5 }]) {
      manualSeed(state.seed);
      generator().state = state;
      const key = new Generator(state.seed);
      key.state = state;
      const { seed, stream } = key.next();
      const expected = Array.from({ length: 1003 }, (_, i) => unit(word(i, { seed, stream })));
      assert.deepEqual(scope(() => Array.from(rand([17, 59]).toTypedArray())), expected);
    }
  });

  Deno.test(`the ${build} kernel's normal numbers are Box and Muller's of Philox's bits`, () => {
    setKernelBuild(build);
    manualSeed(7);
    const key = new Generator(7).next();
    const drawn = scope(() => randn([1003]).toTypedArray());
    for (let i = 0; i < drawn.length; i++) {
      const u = unit(word(i & ~1, key)) + 2 ** -24; // in (0, 1]: its logarithm is finite
      const angle = 2 * Math.PI * unit(word(i | 1, key));
      const z = Math.sqrt(-2 * Math.log(u)) * ((i & 1) === 0 ? Math.cos(angle) : Math.sin(angle));
      assert(Math.abs(drawn[i]! - z) < 2e-6 * Math.max(1, Math.abs(z)), `${i}: ${drawn[i]}, ${z}`);
    }
  });
}

Deno.test("a million normal numbers have the normal distribution's moments", () => {
  manualSeed(3);
  const z = Float64Array.from(scope(() => randn([1_000_000]).toTypedArray()));
  const moment = (power: number) => z.reduce((sum, v) => sum + v ** power, 0) / z.length;
  for (const [power, expected, error] of [[1, 0, 1], [2, 1, 2], [3, 0, 15], [4, 3, 96]] as const) {
    // within five standard deviations of the sample moment
    const allowed = 5 * Math.sqrt(error / z.length);
    assert(Math.abs(moment(power) - expected) < allowed, `moment ${power} is ${moment(power)}`);
  }
});

Deno.test("a permutation holds each number once", () => {
  fc.assert(fc.property(fc.nat(300), fc.nat(), (n, seed) => {
    const order = permutation(n, new Generator(seed).next());
    assert.deepEqual(
      Array.from(order).sort((a, b) => a - b),
      Array.from({ length: n }, (_, i) => i),
    );
  }));
});

Deno.test("all 24 orders of four numbers are equally likely", () => {
  const draws = 24_000;
  const source = new Generator(5);
  const counts = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const order = permutation(4, source.next()).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 24);
  let chi2 = 0;
  for (const count of counts.values()) chi2 += (count - 1000) ** 2 / 1000;
  assert(chi2 < 49.7, `χ² is ${chi2}`); // 23 degrees of freedom: exceeded once in a thousand
});

Deno.test("a permutation is a function of its key alone", () => {
  const [first, second] = [new Generator(9), new Generator(9)];
  const key = first.next();
  assert.deepEqual(permutation(100, key), permutation(100, second.next()));
  assert.notDeepEqual(permutation(100, key), permutation(100, first.next()));
});

Deno.test("the same seed gives the same numbers, and each draw others", () => {
  const draw = () => Array.from(scope(() => rand([10]).toTypedArray()));
  manualSeed(11);
  const first = draw();
  const second = draw();
  manualSeed(11);
  assert.deepEqual(draw(), first);
  assert.deepEqual(draw(), second);
  assert.notDeepEqual(first, second);
  manualSeed(12);
  assert.notDeepEqual(draw(), first);
});

Deno.test("a generator goes on from where its state was read", () => {
  const source = new Generator(4);
  source.next();
  const state = source.state;
  const next = source.next();
  const other = new Generator(0);
  other.state = state;
  assert.deepEqual(other.next(), next);
});

Deno.test("seeds are whole numbers from 0 to 2^53 - 1", () => {
  for (const seed of [-1, 0.5, 2 ** 53, NaN]) {
    assert.throws(() => manualSeed(seed), {
      name: "RangeError",
      message: `manualSeed: the seed must be a whole number from 0 to 2^53 - 1: it is ${seed}`,
    });
  }
  manualSeed(2 ** 53 - 1);
  noGrad(() => rand([1]));
});

Deno.test("gumbelSoftmax draws each class as often as softmax says, with the gradient of what is soft", () => {
  manualSeed(11);
  using _s = scope();
  const logits = tensor([0.5, -1, 1.5], { requiresGrad: true });
  const n = 20_000;
  const { state } = generator();
  const hard = functional.gumbelSoftmax(logits.expand(n, 3), { hard: true, tau: 0.7 });
  const shares = hard.mean(0).toTypedArray();
  logits.softmax(0).toTypedArray().forEach((p, i) => {
    assert.ok(Math.abs(shares[i]! - p) < 4 * Math.sqrt(p * (1 - p) / n), `${shares[i]} for ${p}`);
  });
  const weights = tensor([1, 2, 4]);
  hard.mul(weights).mean(0).sum().backward();
  const ofHard = logits.grad!.toArray();
  logits.grad = null;
  generator().state = state;
  const soft = functional.gumbelSoftmax(logits.expand(n, 3), { tau: 0.7 });
  soft.mul(weights).mean(0).sum().backward();
  assert.deepEqual(logits.grad!.toArray(), ofHard);
});
