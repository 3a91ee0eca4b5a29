import { uniform, values } from "../prng.ts";
import { adder, type Case, kink } from "./case.ts";

/** Matrix products. */
export const products: Case[] = [];
const op = adder(products);

const shapes: [number[], number[]][] = [
  [[1, 1], [1, 1]],
  [[3, 5], [5, 2]],
  [[1, 7], [7, 1]],
  [[7, 1], [1, 7]],
  [[4, 8], [8, 8]],
  [[5, 9], [9, 7]],
  [[17, 33], [33, 9]],
  [[64, 100], [100, 10]],
  [[1, 784], [784, 10]],
  [[65, 130], [130, 67]],
  [[0, 3], [3, 2]],
  [[3, 0], [0, 2]],
  [[3, 2], [2, 0]],
  [[4], [4]],
  [[1], [1]],
  [[0], [0]],
  [[3, 4], [4]],
  [[4], [4, 3]],
  [[2, 3, 4], [4]],
  [[4], [2, 4, 3]],
  [[2, 3, 4], [4, 5]],
  [[3, 4], [2, 4, 5]],
  [[2, 3, 4], [2, 4, 5]],
  [[2, 3, 4], [1, 4, 5]],
  [[2, 1, 3, 4], [3, 4, 2]],
  [[0, 3, 4], [4, 5]],
];
for (const [a, b] of shapes) {
  op("a @ b", [uniform(a), uniform(b)], (f, a, b) => f.matmul(a, b));
}
op("a.t() @ b", [uniform([5, 3]), uniform([5, 4])], (f, a, b) => f.matmul(f.t(a), b));
op("a @ b.t()", [uniform([3, 5]), uniform([4, 5])], (f, a, b) => f.matmul(a, f.t(b)));
op("a.t() @ b.t()", [uniform([5, 3]), uniform([4, 5])], (f, a, b) => f.matmul(f.t(a), f.t(b)));
op("a.t() @ b.t()", [uniform([33, 17]), uniform([19, 33])], (f, a, b) => {
  return f.matmul(f.t(a), f.t(b));
});
op("a[:, 1:4] @ b[2:5]", [uniform([3, 6]), uniform([6, 4])], (f, a, b) => {
  return f.matmul(f.narrow(a, 1, 1, 3), f.narrow(b, 0, 2, 3));
});
op("a.expand(3, 4) @ b", [uniform([4]), uniform([4, 2])], (f, a, b) => {
  return f.matmul(f.expand(a, [3, 4]), b);
});
op("a @ a.t()", [uniform([3, 5])], (f, a) => f.matmul(a, f.t(a)));
op("a @ a", [uniform([4, 4])], (f, a) => f.matmul(a, a));
op("a.transpose(1, 2) @ b", [uniform([2, 4, 3]), uniform([2, 4, 5])], (f, a, b) => {
  return f.matmul(f.transpose(a, 1, 2), b);
});
op("a.permute(1, 0, 2) @ b", [uniform([3, 2, 4]), uniform([2, 4, 5])], (f, a, b) => {
  return f.matmul(f.permute(a, [1, 0, 2]), b);
});
op("a @ b", [values([1, "inf", 0, "nan"], [2, 2]), values([1, 2, 0, 1], [2, 2])], (f, a, b) => {
  return f.matmul(a, b);
}, kink);
