import { constant, integers, mask, spaced, uniform, values } from "../prng.ts";
import { adder, allZero, type Case, exact, exactKink, floats, kink, positive } from "./case.ts";

/** Functions of two elements beside those of `binary.ts`, logic, bits, and what is made of several. */
export const ofTwo: Case[] = [];
const op = adder(ofTwo);

const edges = values([0, 1, -1, 2.5, "inf", "-inf", "nan"]);
const column = { ...edges, shape: [7, 1] };
const smooth = [uniform([3, 4]), positive([4])];
const ints = [integers([9], -9, 9), integers([9], 1, 5)];
const bools = [mask([9]), mask([9])];

op("torch.atan2(a, b)", smooth, (f, a, b) => f.atan2(a, b));
op("torch.atan2(a, b)", [column, constant(edges)], (f, a, b) => f.atan2(a, b), kink);
op("torch.atan2(a, b)", ints, (f, a, b) => f.atan2(a, b));
op("torch.copysign(a, b)", smooth, (f, a, b) => f.copysign(a, b), { ...kink, ...allZero });
op("torch.copysign(a, b)", [column, constant(edges)], (f, a, b) => f.copysign(a, b), exactKink);
op("torch.fmax(a, b)", [spaced([3, 4]), floats([4])], (f, a, b) => f.fmax(a, b));
op("torch.fmax(a, b)", [column, edges], (f, a, b) => f.fmax(a, b), kink);
op("torch.fmin(a, b)", [spaced([3, 4]), floats([4])], (f, a, b) => f.fmin(a, b));
op("torch.fmin(a, b)", [column, edges], (f, a, b) => f.fmin(a, b), kink);
op("torch.fmax(a, b)", ints, (f, a, b) => f.fmax(a, b), exact);
op("torch.fmin(a, b)", bools, (f, a, b) => f.fmin(a, b), exact);
op("torch.hypot(a, b)", smooth, (f, a, b) => f.hypot(a, b));
op(
  "torch.hypot(a, b)",
  [values([3, 1e30, "inf"]), values([4, 1e30, "nan"])],
  (f, a, b) => f.hypot(a, b),
  kink,
);
op("torch.logaddexp(a, b)", smooth, (f, a, b) => f.logaddexp(a, b));
op(
  "torch.logaddexp(a, b)",
  [values([0, 90, -200, "inf"]), values([1, 90, -201, 1])],
  (f, a, b) => f.logaddexp(a, b),
  kink,
);
op("torch.logaddexp2(a, b)", smooth, (f, a, b) => f.logaddexp2(a, b));
op("torch.xlogy(a, b)", smooth, (f, a, b) => f.xlogy(a, b));
op("torch.xlogy(a, b)", [column, constant(edges)], (f, a, b) => f.xlogy(a, b), kink);
op("torch.fmod(a, b)", [uniform([3, 4], -5, 5), positive([4])], (f, a, b) => f.fmod(a, b), kink);
op(
  "torch.remainder(a, b)",
  [uniform([3, 4], -5, 5), positive([4])],
  (f, a, b) => f.remainder(a, b),
  kink,
);
op("torch.fmod(a, b)", [column, constant(edges)], (f, a, b) => f.fmod(a, b), kink);
op("torch.remainder(a, b)", [column, constant(edges)], (f, a, b) => f.remainder(a, b), kink);
op("torch.fmod(a, b)", ints, (f, a, b) => f.fmod(a, b), exact);
op("torch.remainder(a, b)", ints, (f, a, b) => f.remainder(a, b), exact);
op("torch.remainder(a, -3)", [integers([9], -9, 9)], (f, a) => f.remainder(a, -3), exact);
op(
  "torch.floor_divide(a, b)",
  [constant(uniform([3, 4], -5, 5)), constant(positive([4]))],
  (f, a, b) => f.floorDivide(a, b),
  exact,
);
op("torch.floor_divide(a, b)", ints, (f, a, b) => f.floorDivide(a, b), exact);
op(
  "torch.div(a, b, rounding_mode='floor')",
  [uniform([5], -5, 5), positive([5])],
  (f, a, b) => f.div(a, b, { roundingMode: "floor" }),
  { ...exactKink, ...allZero },
);
op(
  "torch.div(a, b, rounding_mode='trunc')",
  [uniform([5], -5, 5), positive([5])],
  (f, a, b) => f.div(a, b, { roundingMode: "trunc" }),
  { ...exactKink, ...allZero },
);
op(
  "torch.div(a, b, rounding_mode='trunc')",
  ints,
  (f, a, b) => f.div(a, b, { roundingMode: "trunc" }),
  exact,
);
op(
  "torch.heaviside(a, b)",
  [constant(edges), constant(uniform([7]))],
  (f, a, b) => f.heaviside(a, b),
  exact,
);
op(
  "torch.nextafter(a, b)",
  [constant(column), constant(edges)],
  (f, a, b) => f.nextafter(a, b),
  exact,
);
op("torch.gcd(a, b)", ints, (f, a, b) => f.gcd(a, b), exact);
op("torch.lcm(a, b)", ints, (f, a, b) => f.lcm(a, b), exact);
op(
  "torch.float_power(a, b).float()",
  [integers([5], 1, 4), integers([5], -2, 3)],
  (f, a, b) => f.floatPower(a, b),
);
op("torch.add(a, b, alpha=2)", [uniform([3, 4]), uniform([4])], (f, a, b) => f.add(a, b, 2));
op("torch.sub(a, b, alpha=3)", [uniform([5]), uniform([5])], (f, a, b) => f.sub(a, b, 3));
op("torch.add(a, b, alpha=2)", ints, (f, a, b) => f.add(a, b, 2), exact);
op("torch.rsub(a, b)", [uniform([5]), uniform([5])], (f, a, b) => f.rsub(a, b), exact);
op("a + b", bools, (f, a, b) => f.add(a, b), exact);
op("a * b", bools, (f, a, b) => f.mul(a, b), exact);

op(
  "torch.logical_and(a, b)",
  [constant(floats([4, 3])), mask([3])],
  (f, a, b) => f.logicalAnd(a, b),
  exact,
);
op("torch.logical_or(a, b)", bools, (f, a, b) => f.logicalOr(a, b), exact);
op(
  "torch.logical_xor(a, b)",
  [integers([19], -1, 2), integers([19], -1, 2)],
  (f, a, b) => f.logicalXor(a, b),
  exact,
);
op("torch.logical_not(a)", [constant(edges)], (f, a) => f.logicalNot(a), exact);
op(
  "a & b",
  [integers([4, 9], -99, 99), integers([9], -99, 99)],
  (f, a, b) => f.bitwiseAnd(a, b),
  exact,
);
op("a | b", bools, (f, a, b) => f.bitwiseOr(a, b), exact);
op(
  "a ^ b",
  [integers([19], -99, 99), integers([19], -99, 99)],
  (f, a, b) => f.bitwiseXor(a, b),
  exact,
);
op("a & 6", [integers([9], -99, 99)], (f, a) => f.bitwiseAnd(a, 6), exact);
op("~a", [integers([5], -9, 9)], (f, a) => f.bitwiseNot(a), exact);
op("~a", [mask([5])], (f, a) => f.bitwiseNot(a), exact);
op("~a", [integers([5], 0, 9, "uint8")], (f, a) => f.bitwiseNot(a), exact);
op(
  "a << b",
  [integers([5], -9, 9), integers([5], 0, 5)],
  (f, a, b) => f.bitwiseLeftShift(a, b),
  exact,
);
op(
  "a >> b",
  [integers([5], -99, 99), integers([5], 0, 5)],
  (f, a, b) => f.bitwiseRightShift(a, b),
  exact,
);

op("torch.lerp(a, b, 0.3)", [uniform([3, 4]), uniform([4])], (f, a, b) => f.lerp(a, b, 0.3));
op(
  "torch.lerp(a, b, c)",
  [uniform([5]), uniform([5]), uniform([5], 0, 1)],
  (f, a, b, c) => f.lerp(a, b, c),
);
op(
  "torch.addcmul(a, b, c, value=0.5)",
  [uniform([3, 4]), uniform([4]), uniform([3, 1])],
  (f, a, b, c) => f.addcmul(a, b, c, 0.5),
);
op(
  "torch.addcmul(a, b, c)",
  [...ints, integers([9], 0, 3)],
  (f, a, b, c) => f.addcmul(a, b, c),
  exact,
);
op(
  "torch.addcdiv(a, b, c, value=2)",
  [uniform([3, 4]), uniform([4]), positive([3, 1])],
  (f, a, b, c) => f.addcdiv(a, b, c, 2),
);
op(
  "torch.clamp(a, b, c)",
  [spaced([3, 4]), floats([4]), uniform([3, 1], 1, 2)],
  (f, a, min, max) => f.clamp(a, { min, max }),
  kink,
);
op(
  "torch.clamp(a, b, c)",
  [values([1, 2, 3]), values([1, 3, "nan"]), values([1, 0, 5])],
  (f, a, min, max) => f.clamp(a, { min, max }),
  { ...kink, ...allZero },
);
op("torch.clamp(a, None, b)", [spaced([5]), floats([5])], (f, a, b) => f.clamp(a, null, b), kink);
op("torch.clamp(a, min=b)", [spaced([5]), floats([5])], (f, a, min) => f.clamp(a, { min }), kink);
op("a.clamp(-2, 3)", [integers([9], -9, 9)], (f, a) => f.clamp(a, { min: -2, max: 3 }), exact);
op("torch.clamp_min(a, 0.5)", [spaced([7])], (f, a) => f.clampMin(a, 0.5), exact);
op("torch.clamp_max(a, b)", [spaced([7]), floats([7])], (f, a, b) => f.clampMax(a, b), kink);
op("torch.isclose(a, b)", [constant(column), constant(edges)], (f, a, b) => f.isclose(a, b), exact);
op(
  "torch.isclose(a, b, 0.5, 0.1, equal_nan=True)",
  [constant(column), constant(edges)],
  (f, a, b) => f.isclose(a, b, { rtol: 0.5, atol: 0.1, equalNan: true }),
  exact,
);
op(
  "torch.tensor(torch.allclose(a, b))",
  [constant(column), constant(column)],
  (f, a, b) => f.fill_(f.to(f.isnan(f.sum(a)), "bool"), f.allclose(a, b) ? 1 : 0),
  { ...exact, ...allZero },
);
op(
  "torch.tensor(torch.equal(a, b))",
  [constant(uniform([3])), constant(uniform([3]))],
  (f, a, b) => f.fill_(f.isnan(f.sum(a)), f.equal(a, b) ? 1 : 0),
  { ...exact, ...allZero },
);
op("torch.max(a, b)", [spaced([5]), floats([5])], (f, a, b) => f.max(a, b), exact);
op("torch.min(a, b)", [spaced([5]), floats([5])], (f, a, b) => f.min(a, b), exact);
