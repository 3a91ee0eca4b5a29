import { integers, mask, uniform } from "../prng.ts";
import { adder, type Case, exact, exactKink } from "./case.ts";

/** Views and copies. */
export const views: Case[] = [];
const op = adder(views);

for (const shape of [[], [4], [3, 5], [0, 3]]) {
  op("a.t()", [uniform(shape)], (f, a) => f.t(a), exact);
  op("a.clone()", [uniform(shape)], (f, a) => f.clone(a), exact);
  op("a.contiguous()", [uniform(shape)], (f, a) => f.contiguous(a), exact);
  op("a.reshape(-1, 1)", [uniform(shape)], (f, a) => f.reshape(a, [-1, 1]), exact);
  op("a.flatten()", [uniform(shape)], (f, a) => f.flatten(a), exact);
  op("a.unsqueeze(0)", [uniform(shape)], (f, a) => f.unsqueeze(a, 0), exact);
  op("a.unsqueeze(-1)", [uniform(shape)], (f, a) => f.unsqueeze(a, -1), exact);
}
op("a.clone()", [integers([7], -9, 9)], (f, a) => f.clone(a), exact);
op("a.t().contiguous()", [uniform([33, 17])], (f, a) => f.contiguous(f.t(a)), exact);
op("a.t().contiguous()", [integers([3, 5], -9, 9)], (f, a) => f.contiguous(f.t(a)), exact);
op("a.t().contiguous()", [mask([3, 5])], (f, a) => f.contiguous(f.t(a)), exact);
op("a.t().clone()", [uniform([3, 5])], (f, a) => f.clone(f.t(a)), exact);
op("a.transpose(0, 2)", [uniform([2, 3, 4])], (f, a) => f.transpose(a, 0, 2), exact);
op("a.transpose(-1, 1)", [uniform([2, 3, 4, 5])], (f, a) => f.transpose(a, -1, 1), exact);
op("a.transpose(0, 0)", [uniform([2, 3])], (f, a) => f.transpose(a, 0, 0), exact);
op("a.permute(2, 0, 1)", [uniform([2, 3, 4])], (f, a) => f.permute(a, [2, 0, 1]), exact);
op("a.permute(0, -1, 1, 2)", [uniform([2, 3, 4, 5])], (f, a) => f.permute(a, [0, -1, 1, 2]), exact);
op("a.reshape(6, 4)", [uniform([2, 3, 4])], (f, a) => f.reshape(a, [6, 4]), exact);
op("a.reshape(2, -1)", [uniform([2, 3, 4])], (f, a) => f.reshape(a, [2, -1]), exact);
op("a.reshape(())", [uniform([1, 1])], (f, a) => f.reshape(a, []), exact);
op("a.t().reshape(15)", [uniform([3, 5])], (f, a) => f.reshape(f.t(a), [15]), exact);
op("a[:, 1:3].reshape(6)", [uniform([3, 4])], (f, a) => {
  return f.reshape(f.narrow(a, 1, 1, 2), [6]);
}, exact);
op("a.flatten(1)", [uniform([2, 3, 4])], (f, a) => f.flatten(a, 1), exact);
op("a.flatten(-2)", [uniform([2, 3, 4])], (f, a) => f.flatten(a, -2), exact);
op("a.permute(2, 1, 0).flatten(1)", [uniform([2, 3, 4])], (f, a) => {
  return f.flatten(f.permute(a, [2, 1, 0]), 1);
}, exact);
op("a.flatten(0, 1)", [uniform([2, 3, 4])], (f, a) => f.flatten(a, 0, 1), exact);
op("a.squeeze()", [uniform([1, 3, 1])], (f, a) => f.squeeze(a), exact);
op("a.squeeze(0)", [uniform([1, 3, 1])], (f, a) => f.squeeze(a, 0), exact);
op("a.squeeze(-1)", [uniform([1, 3, 1])], (f, a) => f.squeeze(a, -1), exact);
op("a.squeeze(1)", [uniform([1, 3, 1])], (f, a) => f.squeeze(a, 1), exact);
op("a.unsqueeze(1)", [uniform([2, 3])], (f, a) => f.unsqueeze(a, 1), exact);
op("a.expand(3, 4)", [uniform([4])], (f, a) => f.expand(a, [3, 4]));
op("a.expand(2, 3, 4)", [uniform([3, 1])], (f, a) => f.expand(a, [2, 3, 4]));
op("a.expand(-1, 4)", [uniform([3, 1])], (f, a) => f.expand(a, [-1, 4]));
op("a.expand(0, 4)", [uniform([1, 4])], (f, a) => f.expand(a, [0, 4]));
op("a.expand(3)", [uniform([])], (f, a) => f.expand(a, [3]));
op("a.narrow(0, 1, 2)", [uniform([4, 3])], (f, a) => f.narrow(a, 0, 1, 2), exact);
op("a.narrow(-1, 0, 2)", [uniform([4, 3])], (f, a) => f.narrow(a, -1, 0, 2), exact);
op("a.narrow(1, -2, 2)", [uniform([2, 5, 3])], (f, a) => f.narrow(a, 1, -2, 2), exact);
op("a.narrow(0, 2, 0)", [uniform([4, 3])], (f, a) => f.narrow(a, 0, 2, 0), exact);
op("a.narrow(0, 1, 2)", [integers([4, 3], 0, 255, "uint8")], (f, a) => f.narrow(a, 0, 1, 2), exact);
op("a.select(0, 1)", [uniform([4, 3])], (f, a) => f.select(a, 0, 1), exact);
op("a.select(1, -1)", [uniform([4, 3])], (f, a) => f.select(a, 1, -1), exact);
op("a.select(-2, 2)", [uniform([2, 3, 4])], (f, a) => f.select(a, -2, 2), exact);
op("a.select(0, 3)", [uniform([5])], (f, a) => f.select(a, 0, 3), exact);

op("a.detach()", [uniform([3])], (f, a) => f.detach(a), exact);
op("a * a.detach()", [uniform([3])], (f, a) => f.mul(a, f.detach(a)), exactKink);
