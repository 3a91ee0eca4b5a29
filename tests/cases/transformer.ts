import { adder, type Case, positive } from "./case.ts";
import { uniform } from "../prng.ts";

/** What transformers are made of besides attention. */
export const transformer: Case[] = [];
const op = adder(transformer);

op("F.rms_norm(a, (5,), b)", [uniform([2, 3, 5], -2, 3), positive([5])], (f, a, weight) => {
  return f.rmsNorm(a, 5, { weight });
});
op(
  "F.rms_norm(a, (3, 2), eps=0.1)",
  [uniform([4, 3, 2])],
  (f, a) => f.rmsNorm(a, [3, 2], { eps: 0.1 }),
);
op("F.silu(b) * a", [uniform([3, 4]), uniform([4], -3, 3)], (f, a, b) => f.swiglu(a, b));
op(
  "torch.cat([a[..., :2] * b - a[..., 2:] * c, a[..., 2:] * b + a[..., :2] * c], -1)",
  [uniform([2, 3, 4]), uniform([3, 2]), uniform([3, 2])],
  (f, a, cos, sin) => f.rotary(a!, cos!, sin!),
);
op(
  "torch.view_as_real(torch.view_as_complex(a.unflatten(-1, (2, 2)).contiguous()) * torch.complex(b, c)).flatten(-2)",
  [uniform([2, 3, 4]), uniform([3, 2]), uniform([3, 2])],
  (f, a, cos, sin) => f.rotary(a!, cos!, sin!, { interleaved: true }),
);
