import { spaced, uniform, values } from "../prng.ts";
import { adder, type Case, exact, exactKink, kink, special } from "./case.ts";

/** Activations that bend more gently than relu. */
export const activations: Case[] = [];
const op = adder(activations);

for (const shape of [[], [3], [0, 3], [17], [2, 3, 4], [67, 129]]) {
  op("F.gelu(a)", [uniform(shape, -4, 4)], (f, a) => f.gelu(a));
  op('F.gelu(a, approximate="tanh")', [uniform(shape, -4, 4)], (f, a) => {
    return f.gelu(a, { approximate: "tanh" });
  });
  op("F.silu(a)", [uniform(shape, -4, 4)], (f, a) => f.silu(a));
  op("F.leaky_relu(a)", [spaced(shape)], (f, a) => f.leakyRelu(a), exact);
  op("F.leaky_relu(a, 0.25)", [spaced(shape)], (f, a) => f.leakyRelu(a, 0.25), exact);
}
const wide = values([0, 1, -1, "inf", "nan", 6, -6, 12, -12, 100, -100, 1e-20]);
// of infinity PyTorch makes NaN here, and infinity by tanh
const finite = values([0, 1, -1, "nan", 6, -6, 12, -12, 100, -100, 1e-20]);
op("F.gelu(a)", [finite], (f, a) => f.gelu(a), kink);
op('F.gelu(a, approximate="tanh")', [wide], (f, a) => f.gelu(a, { approximate: "tanh" }), kink);
op("F.silu(a)", [wide], (f, a) => f.silu(a), kink);
op("F.leaky_relu(a)", [values(special)], (f, a) => f.leakyRelu(a), exactKink);
op("F.leaky_relu(a.t())", [spaced([3, 5])], (f, a) => f.leakyRelu(f.t(a)), exact);
op("F.gelu(a.t())", [uniform([3, 5])], (f, a) => f.gelu(f.t(a)));
op("F.silu(a[:, 1:3])", [uniform([3, 5])], (f, a) => f.silu(f.narrow(a, 1, 1, 2)));
