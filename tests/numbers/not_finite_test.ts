/** What becomes of one NaN or infinity among the inputs of every small row of the table. */
import assert from "node:assert/strict";
import { tensor } from "../../src/tensor/create.ts";
import * as ops from "../../src/ops/mod.ts";
import { scope } from "../../src/scope/scope.ts";
import { type Case, cases } from "../cases.ts";
import fixture from "../fixtures/not_finite.json" with { type: "json" };
import { count, elements, mix, upstream } from "../prng.ts";
import { tensorOf } from "../table.ts";

/** Where a result is not finite, as runs, and where the gradients are; null: there is none. */
type Kinds = (string | null)[] | "error";

const rows = fixture.rows as unknown as Record<string, Record<string, Kinds>>;
const VALUES: Record<string, number> = { nan: NaN, inf: Infinity, "-inf": -Infinity };

/** Stands for the gradient that is sent into the result. */
const UPSTREAM = 6;

/** Where Glim differs, by rows and trials, and why. */
const OWN: readonly [row: RegExp, trial: RegExp, why: string][] = [
  [/gelu\(a\)/, /a inf/, "PyTorch contradicts itself: see special_test.ts"],
  [
    /softsign|polygamma|std_mean|2 \* torch\.pi/,
    /[a-z]+ -?inf|a nan/,
    "PyTorch has NaN where there is a limit",
  ],
  [/soft_margin_loss/, /[ab] -?inf/, "PyTorch's own formulas have NaN where there is a limit"],
  [
    /scaled_dot_product/,
    /./,
    "what is masked is not read, and what is not finite is not spread by products with 0",
  ],
  [
    /cdist|pdist|norm\(a, -?float|vector_norm\(a, -?float/,
    /[ab] -?(nan|inf)/,
    "PyTorch has no NaN there, or drops it in the gradient",
  ],
  [/prod/, /[ac] -?(nan|inf)|dy/, "products of the others are made of the others, not by division"],
  [/nan_to_num|nansum|nanmean/, /dy/, "PyTorch multiplies by 0 where nothing is passed"],
  [
    /multi_?(label)?_?margin/,
    /a -?(nan|inf)|dy/,
    "PyTorch's comparison takes NaN for no error at all",
  ],
  [
    /maximum|minimum|m(ax|in)\(a, b\)|m(ax|in)\(\)|a\.(nan)?median|clamp|copysign|rounding|a \*\* 0|power\(a, 0|einsum\('ii/,
    /dy/,
    "a share of a gradient that is not finite is a product, as in PyTorch's own amax",
  ],
  [/batch_norm\(.* b, c|batch_norm\(.* b, None/, /b -?inf/, "∞ − ∞ and 0 · ∞ in another order"],
  [
    /(group|layer)_norm|huber|smooth_l1|with_logits|ctc|lerp|multigammaln|quantile|tanh|triplet/,
    /dy|[abcd] -?inf/,
    "∞ − ∞ and 0 · ∞ inside of a formula in another order",
  ],
  [/batch_norm/, /[de] -?inf/, "running moments move by a share of the difference"],
  [
    /linalg\.(?!vander|matrix_power)|logdet|remainder/,
    /./,
    "elimination and rotations in another order, and PyTorch's LAPACK answers NaN by chance",
  ],
  [
    /gaussian_nll|cov\(|normal\(a|poisson|binary_cross_entropy\(/,
    /./,
    "one of the two refuses what has no meaning",
  ],
  [
    /poisson_nll_loss|logit\(0\.1\)|logcumsumexp|gumbel/,
    /b nan|b -inf|a nan|dy nan|a -inf/,
    "NaN or −∞ where PyTorch's formula has the other",
  ],
  [/conv2d\(.* groups=/, /b|dy/, "kernels of few channels a group do not multiply the padding"],
  [/a \* 0 \+ \d/, /a/, "the row's Python makes constants by products"],
  [/bessel_[jy]|special\.i0|zeta/, /[ab] -?inf/, "PyTorch has NaN where there is a limit"],
  [/special\.i1/, /a -?(nan|inf)/, "PyTorch has NaN where there is a limit, and a gradient of NaN"],
  [/erfcx/, /dy/, "PyTorch's formula multiplies what becomes infinite before it becomes small"],
];

/** Whether a row stands in the fixture, which `not_finite.py` decides by the same rule. */
function isTried({ torch, inputs }: Case): boolean {
  return !/lstsq|grid_sample/.test(torch) && inputs.every(({ shape }) => count(shape) <= 128) &&
    inputs.some(({ dtype, shape, grad }) => grad || (dtype === "float32" && count(shape) > 0));
}

function kindsOf(numbers: ArrayLike<number>): string {
  const letters = Array.from(numbers, Number).map((x) =>
    Number.isNaN(x) ? "n" : Number.isFinite(x) ? "." : x > 0 ? "+" : "-"
  );
  if (letters.every((c) => c === ".")) return "";
  const runs: string[] = [];
  for (let start = 0, i = 1; i <= letters.length; i++) {
    if (i < letters.length && letters[i] === letters[start]) continue;
    runs.push(`${i - start}${letters[start]}`);
    start = i;
  }
  return runs.join(" ");
}

function evaluate(c: Case, which: number, value: number): Kinds {
  const inputs = c.inputs.map((input, i) => {
    const list = elements(input, i + 1);
    if (i === which) list[mix(200 + which, 0) % count(input.shape)] = value;
    return tensorOf(input, list);
  });
  try {
    const y = c.run(ops, ...inputs);
    if (y.requiresGrad) {
      const dy = upstream(y.numel);
      if (which === UPSTREAM && y.numel > 0) dy[mix(200 + which, 0) % y.numel] = value;
      y.backward(tensor(dy, { shape: [...y.shape] }));
    }
    return [y, ...inputs.map((x) => x.grad)].map((t) =>
      t && kindsOf(t.toTypedArray() as Float32Array)
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return "error";
  }
}

Deno.test("one NaN or infinity goes as far as PyTorch's, forwards and backwards, in every op", () => {
  const missing = cases.filter((c) => isTried(c) && !(c.name in rows)).map((c) => c.name);
  assert.deepEqual(missing, [], "the fixture lacks rows: python tests/fixtures/make.py not_finite");
  const differ: string[] = [];
  const met = new Set<number>();
  let compared = 0;
  for (const c of cases) {
    for (const [trial, expected] of Object.entries(rows[c.name] ?? {})) {
      const [letter, value] = trial.split(" ") as [string, string];
      let got: Kinds | string;
      try {
        got = scope(() => ({
          kinds: evaluate(
            c,
            letter === "dy" ? UPSTREAM : "abcdef".indexOf(letter),
            VALUES[value]!,
          ),
        })).kinds;
      } catch (error) {
        got = String(error);
      }
      compared++;
      if (JSON.stringify(got) === JSON.stringify(expected)) continue;
      const own = OWN.findIndex(([row, of]) => row.test(c.name) && of.test(trial));
      if (own >= 0) {
        met.add(own);
        continue;
      }
      differ.push(
        `${c.name}\n  ${trial}: ${JSON.stringify(got)}\n  PyTorch: ${JSON.stringify(expected)}`,
      );
    }
  }
  assert(compared > 5000, `the fixture holds ${compared} trials`);
  assert(differ.length === 0, `${differ.length} of ${compared} differ:\n${differ.join("\n")}`);
  const idle = OWN.filter((_, i) => !met.has(i)).map(([row]) => row.source);
  assert(idle.length === 0, `no row differs there any more: ${idle}`);
});
