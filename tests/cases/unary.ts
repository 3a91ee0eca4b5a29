import { count, integers, spaced, uniform, values } from "../prng.ts";
import { adder, allZero, type Case, exact, exactKink, kink, positive, special } from "./case.ts";

/** One input, element by element. */
export const unary: Case[] = [];
const op = adder(unary);

// none, one, less than a vector of 4, vectors with a tail, several dimensions, several blocks
for (const shape of [[], [1], [3], [0, 3], [17], [2, 3, 4], [67, 129]]) {
  op("-a", [uniform(shape)], (f, a) => f.neg(a), exact);
  op("a.abs()", [spaced(shape)], (f, a) => f.abs(a), exact);
  op("a.relu()", [spaced(shape)], (f, a) => f.relu(a), exact);
  const bound = Math.max(0.5, Math.floor(count(shape) / 16)); // about half lies between
  op(
    `a.clamp(-${bound}, ${bound})`,
    [spaced(shape)],
    (f, a) => f.clamp(a, { min: -bound, max: bound }),
    exact,
  );
  op("a.sqrt()", [positive(shape)], (f, a) => f.sqrt(a));
  op("a.log()", [positive(shape)], (f, a) => f.log(a));
  op("a.exp()", [uniform(shape, -2, 2)], (f, a) => f.exp(a));
  op("a.tanh()", [uniform(shape, -3, 3)], (f, a) => f.tanh(a));
  op("a.sigmoid()", [uniform(shape, -4, 4)], (f, a) => f.sigmoid(a));
  op("a ** 3", [uniform(shape)], (f, a) => f.pow(a, 3));
  op("a.reciprocal()", [positive(shape)], (f, a) => f.reciprocal(a), exact);
  op("a.sign()", [spaced(shape)], (f, a) => f.sign(a), { ...exact, ...allZero });
  op("a.square()", [uniform(shape)], (f, a) => f.square(a), exact);
}
op("-a", [values(special)], (f, a) => f.neg(a), exactKink);
op("a.abs()", [values([0, -0.5, 2, "inf", "-inf"])], (f, a) => f.abs(a), exactKink);
op("a.relu()", [values(special)], (f, a) => f.relu(a), exactKink);
op("a.relu()", [values([-1e-38, 1e-38, 0, 3e38])], (f, a) => f.relu(a), exactKink);
op("a.sqrt()", [values(special)], (f, a) => f.sqrt(a), kink);
op("a.log()", [values([...special, 1e-38, 3e38])], (f, a) => f.log(a), kink);
op("a.exp()", [values([...special, 88, 89, -87, -110])], (f, a) => f.exp(a), kink);
op("a.tanh()", [values([...special, 9, -9, 100, 1e-4])], (f, a) => f.tanh(a), kink);
op("a.sigmoid()", [values([...special, 20, -20, 100, -100])], (f, a) => f.sigmoid(a), kink);
op("a.clamp(0, 1)", [values(special)], (f, a) => f.clamp(a, 0, 1), exactKink);
op("a.clip(0, 1)", [values(special)], (f, a) => f.clip(a, 0, 1), exactKink);
op("a.clamp(min=0)", [spaced([7])], (f, a) => f.clamp(a, { min: 0 }), exact);
op("a.clamp(max=0)", [spaced([7])], (f, a) => f.clamp(a, { max: 0 }), exact);
op("a.clamp(1, -1)", [spaced([5])], (f, a) => f.clamp(a, { min: 1, max: -1 }), {
  ...exact,
  ...allZero,
});
op("a.reciprocal()", [values(special)], (f, a) => f.reciprocal(a), kink);
op("a.sign()", [values(special)], (f, a) => f.sign(a), { ...exactKink, ...allZero });
op("a.square()", [values([...special, 3e38])], (f, a) => f.square(a), exactKink);
for (const dtype of ["int32", "uint8"] as const) {
  const from = integers([2, 5], dtype === "int32" ? -4 : 0, 5, dtype);
  op("a.long().sign()", [from], (f, a) => f.sign(a), exact);
  op("a.long().square()", [from], (f, a) => f.square(a), exact);
}
op("a ** 2", [uniform([7])], (f, a) => f.pow(a, 2));
op("a ** 0", [values([0, 1, -2])], (f, a) => f.pow(a, 0), allZero);
op("a ** 1", [uniform([5])], (f, a) => f.pow(a, 1));
op("a ** -1", [positive([5])], (f, a) => f.pow(a, -1));
op("a ** -2", [positive([5])], (f, a) => f.pow(a, -2));
op("a ** 0.5", [positive([5])], (f, a) => f.pow(a, 0.5));
op("a ** 2.5", [positive([5])], (f, a) => f.pow(a, 2.5));
op("a ** 2", [values(special)], (f, a) => f.pow(a, 2), kink);
op("a ** 3", [values([0, -2, 2, "inf", "-inf", "nan"])], (f, a) => f.pow(a, 3), kink);
op("a ** -1", [values([0, -2, "inf", "-inf"])], (f, a) => f.pow(a, -1), kink);
