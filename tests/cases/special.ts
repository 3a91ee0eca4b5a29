import * as special from "../../src/special/mod.ts";
import { constant, uniform, values } from "../prng.ts";
import { adder, type Case, kink, positive, special as edges } from "./case.ts";

/** Functions of statistics and physics: `special`. */
export const specials: Case[] = [];
const op = adder(specials);

const finite = [0, 1, -1, 0.5];

/** PyTorch's name of a function of one element, where it is smooth, and inputs at its edges. */
const ofOne = [
  // at infinity PyTorch has NaN of i0 and i1, and gradients of 0.21 of NaN
  ["i0", special.i0, [-3, 3], [...finite, 24, 26, -80]],
  ["i0e", special.i0e, [-3, 3], [...edges, 24, 26, -80, 3e38]],
  ["i1", special.i1, [-3, 3], [...finite, 24, 26, -80, 1e-30]],
  ["i1e", special.i1e, [-3, 3], [...finite, "inf", "-inf", 24, 26, -80, 3e38]],
  ["ndtri", special.ndtri, [0.05, 0.95], [0, 1, 0.5, 1e-20, 1e-40, 0.999, 2, -1, "nan"]],
  ["erfcx", special.erfcx, [-1.5, 3], [0, 1, -1, 30, 3e38, -12, "inf", "nan"]],
] as const;
for (const [name, fn, [low, high], at] of ofOne) {
  const torch = `torch.special.${name}(a)`;
  op(torch, [uniform([3, 5], low, high)], (_f, a) => fn(a));
  op(torch, [uniform([0, 3], low, high)], (_f, a) => fn(a));
  op(torch, [values([...at])], (_f, a) => fn(a), kink);
}
// PyTorch has no gradients of these
const bessel = [
  ["j0", special.besselJ0],
  ["j1", special.besselJ1],
  ["y0", special.besselY0],
  ["y1", special.besselY1],
] as const;
for (const [name, fn] of bessel) {
  const torch = `torch.special.bessel_${name}(a)`;
  op(torch, [constant(positive([3, 5]))], (_f, a) => fn(a));
  op(torch, [constant(uniform([9], 5, 20))], (_f, a) => fn(a));
  op(torch, [constant(values([0, 0.5, 11.5, 12.5, 100, -1, -13, "nan"]))], (_f, a) => fn(a), kink);
}
for (const [name, fn] of [["inc", special.gammainc], ["incc", special.gammaincc]] as const) {
  const torch = `torch.special.gamma${name}(a, b)`;
  op(torch, [constant(positive([3, 1])), positive([5])], (_f, a, b) => fn(a, b));
  op(
    torch,
    [
      constant(values([0, 0, 1, 2, "inf", -1, 2, 3, 500, 2e5, "nan"])),
      constant(values([0, 1, 0, "inf", 2, 2, -1, 30, 510, 2.003e5, 1])),
    ],
    (_f, a, b) => fn(a, b),
    kink,
  );
}
op(
  "torch.special.zeta(a, b)",
  [constant(uniform([3, 1], 1.5, 6)), positive([5])],
  (_f, a, b) => special.zeta(a, b),
);
op(
  "torch.special.zeta(a, b)",
  [
    constant(values([1, 0.5, 2, 2, 3, 3, 2.5, 30, "nan", 1.01])),
    constant(values([1, 1, 0, -2, -1.5, -0.25, -1.5, 30, 1, 1])),
  ],
  (_f, a, b) => special.zeta(a, b),
  kink,
);
