/** Attention in one kernel: what the table of ops does not reach. */
import assert from "node:assert/strict";
import { functional, manualSeed, noGrad, randn, scope, type Tensor } from "../../mod.ts";
import { deno, testWith } from "../subprocess.ts";
import { type AttentionOptions, composed } from "../../src/ops/attention.ts";

const mod = new URL("../../mod.ts", import.meta.url).href;

/** The same made of other ops, which keep all scores. */
function ofOthers(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const scale = 1 / Math.sqrt(q.shape.at(-1)!);
  const all = { attnMask: null, isCausal: false, dropout: 0, scale, ...options };
  return composed(q, k, v, all as Required<AttentionOptions>, null);
}

/** What is seen and the gradients, from one seed. */
function results(attend: typeof functional.attend, shape: number[], options: AttentionOptions) {
  manualSeed(7);
  const inputs = [0, 1, 2].map(() => randn(shape, { requiresGrad: true }));
  const [q, k, v] = inputs as [Tensor, Tensor, Tensor];
  const y = attend(q, k, v, options);
  y.mul(randn(shape)).sum().backward();
  return [y, ...inputs.map(({ grad }) => grad!)].map((t) => t.toTypedArray());
}

Deno.test("attention has the numbers of its parts, for lengths from 1 to 1024 and with dropout's masks", () => {
  for (const length of [1, 2, 31, 33, 64, 65, 127, 300, 1024]) {
    for (const options of [{}, { isCausal: true }, { dropout: 0.3 }] as AttentionOptions[]) {
      scope(() => {
        const shape = [1, 2, length, 4];
        const expected = results(ofOthers, shape, options);
        results(functional.attend, shape, options).forEach((values, i) => {
          const most = Math.max(...Array.from(values, (v, j) => Math.abs(v - expected[i]![j]!)));
          assert(
            most < 1e-5,
            `${length}, ${JSON.stringify(options)}: result ${i} is off by ${most}`,
          );
        });
      });
    }
  }
});

testWith(
  ["read", "run"],
  "attention of 8 heads at length 1024 takes an eighth of its parts' memory, or less",
  async () => {
    const peak = async (attend: string) => {
      const code = `
      import { functional, memory, randn, scope } from ${JSON.stringify(mod)};
      import { composed } from ${JSON.stringify(new URL("src/ops/attention.ts", mod).href)};
      scope(() => {
        const [q, k, v] = [0, 1, 2].map(() => randn([8, 1024, 16], { requiresGrad: true }));
        const before = memory().liveBytes;
        (${attend}).sum().backward();
        console.log(memory().peakBytes - before);
      });`;
      const { stdout } = await deno(["eval", "--no-check", code]);
      return Number(stdout);
    };
    const options = "{ attnMask: null, isCausal: false, dropout: 0, scale: 0.25 }";
    const fused = await peak("functional.attend(q, k, v)");
    const others = await peak(`composed(q, k, v, ${options}, null)`);
    assert(fused > 0 && fused <= others / 8, `${fused} bytes, its parts ${others}`);
  },
);

Deno.test("heads that lie within tokens give results that do, too", () => {
  scope(() => {
    const qkv = randn([2, 5, 3, 4, 8]).permute(2, 0, 3, 1, 4); // [3, n, heads, l, d]
    const y = functional.attend(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2));
    assert(y.transpose(1, 2).isContiguous);
  });
});

Deno.test("heads in groups have the numbers of repeated keys and values, and lie within tokens as queries do", () => {
  scope(() => {
    const tokens = (heads: number) => randn([2, 5, heads, 8]).transpose(1, 2);
    const [q, k, v] = [tokens(6), tokens(2), tokens(2)];
    for (const isCausal of [false, true]) {
      const of = { isCausal, enableGqa: true };
      const y = functional.scaledDotProductAttention(q, k, v, of);
      const [all, values] = [k, v].map((x) => x.repeatInterleave(3, 1));
      assert.deepEqual(
        y.toArray(),
        functional.scaledDotProductAttention(q, all!, values!, { isCausal }).toArray(),
      );
      assert(y.transpose(1, 2).isContiguous);
    }
    const attend = (a: Tensor, b: Tensor, c: Tensor, attnMask: Tensor | null = null) => () =>
      functional.scaledDotProductAttention(a, b, c, { enableGqa: true, attnMask });
    assert.throws(attend(tokens(5), k, v), /the heads of k and v, as many, must divide those of q/);
    assert.throws(attend(q, k, tokens(3)), /must divide those of q: they are \[2, 6, 5, 8\]/);
    assert.throws(attend(randn([5, 8]), randn([5, 8]), randn([5, 8])), { name: "ShapeError" });
    assert.throws(attend(q, k, v, randn([2, 5, 5])), /broadcast to the scores of 6 heads/);
  });
});

Deno.test("attention's memory holds nothing back, and what it read must not be changed", () => {
  scope(() => {
    const q = randn([1, 4, 8], { requiresGrad: true });
    const y = functional.attend(q, q, q);
    noGrad(() => q.mul_(2));
    assert.throws(() => y.sum().backward(), { name: "GradientError" });
  });
});
