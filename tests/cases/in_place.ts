import { constant, integers, uniform } from "../prng.ts";
import { adder, allZero, type Case, exact } from "./case.ts";

/** What changes its input. */
export const inPlace: Case[] = [];
const op = adder(inPlace);

const fixed = constant(uniform([3, 4]));
const addend = constant(uniform([4]));
op("a.add_(b)", [fixed, addend], (f, a, b) => f.add_(a, b), exact);
op("a.add_(b, alpha=0.5)", [fixed, addend], (f, a, b) => f.add_(a, b, 0.5), exact);
op("a.add_(1)", [integers([5], -9, 9)], (f, a) => f.add_(a, 1), exact);
op("a.sub_(b)", [fixed, addend], (f, a, b) => f.sub_(a, b), exact);
op("a.sub_(b, alpha=2)", [fixed, addend], (f, a, b) => f.sub_(a, b, 2), exact);
op("a.mul_(b)", [fixed, addend], (f, a, b) => f.mul_(a, b), exact);
op("a.mul_(a)", [fixed], (f, a) => f.mul_(a, a), exact);
op("a.copy_(b)", [fixed, addend], (f, a, b) => f.copy_(a, b), exact);
op("a.copy_(b)", [fixed, integers([3, 1], -9, 9)], (f, a, b) => f.copy_(a, b), exact);
op("a.fill_(2.5)", [fixed], (f, a) => f.fill_(a, 2.5), exact);
op("a.zero_()", [fixed], (f, a) => f.zero_(a), { ...exact, ...allZero });
op("(a.t().add_(b), a)[1]", [fixed, constant(uniform([3]))], (f, a, b) => {
  f.add_(f.t(a), b);
  return a;
}, exact);
op("(a[:, 1:3].fill_(7), a)[1]", [fixed], (f, a) => {
  f.fill_(f.narrow(a, 1, 1, 2), 7);
  return a;
}, exact);
