import { integers, mask, uniform, values } from "../prng.ts";
import { adder, type Case, exact } from "./case.ts";

/** Other element types. */
export const casts: Case[] = [];
const op = adder(casts);

op("a.long()", [values([-1.5, -0.5, 0, 0.5, 2.75, 1e6])], (f, a) => f.to(a, "int32"), exact);
op("a.bool()", [values([0, 1, -0.5, "nan", "inf"])], (f, a) => f.to(a, "bool"), exact);
op("a.byte()", [values([0, 1.5, 255])], (f, a) => f.to(a, "uint8"), exact);
op("a.float()", [integers([3, 5], -9, 9)], (f, a) => f.to(a, "float32"), exact);
op("a.float()", [integers([3, 5], 0, 256, "uint8")], (f, a) => f.to(a, "float32"), exact);
op("a.float()", [mask([7])], (f, a) => f.to(a, "float32"), exact);
op("a.float()", [uniform([5])], (f, a) => f.to(a, "float32"), exact);
op("a.bool()", [integers([9], -1, 2)], (f, a) => f.to(a, "bool"), exact);
op("a.long()", [mask([7])], (f, a) => f.to(a, "int32"), exact);
