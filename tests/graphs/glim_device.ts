/** The library as a device. */
import { functional, noGrad, Parameter, slice, type Tensor, tensor } from "../../mod.ts";
import { count, iota, type NDArray, picked } from "../reference/arrays/array.ts";
import { cat, permute } from "../reference/arrays/mod.ts";
import { filled } from "../reference/arrays/array.ts";
import { isSlice } from "../reference/tape/indexed.ts";
import { dataOf } from "./data.ts";
import type { Device } from "./device.ts";
import type { Layout, Leaf } from "./program.ts";

type Call = (...args: unknown[]) => Tensor | Record<string | number, Tensor>;

/** A tensor with an array's elements, row-major. */
function rows({ shape, data, dtype }: NDArray): Tensor {
  return tensor(data, { shape, dtype });
}

/** The same with its dimensions in another order in memory. */
function ordered(x: NDArray, order: readonly number[]): Tensor {
  const back = order.map((_, i) => order.indexOf(i));
  return rows(permute(x, order)).permute(back);
}

/** A tensor in a layout. */
function laidOut(x: NDArray, layout: Layout): Tensor {
  const axes = [...x.shape.keys()];
  if (layout === "columns") return ordered(x, axes.toReversed());
  if (layout === "channelsLast") return ordered(x, [0, 2, 3, 1]);
  if (layout === "repeated") {
    const row = picked(x, [1, ...x.shape.slice(1)], iota([count(x.shape.slice(1))]).data);
    return rows(row).expand(x.shape);
  }
  if (layout === "part") { // of something larger, whose last dimension is longer
    const dim = x.shape.length - 1;
    const more = filled(x.shape.with(dim, 1), 1, x.dtype);
    return rows(cat([more, x, more, more], dim)).narrow(dim, 1, x.shape[dim]!);
  }
  return rows(x);
}

/** What a dimension is indexed by, as the library has it. */
function itemOf(item: unknown): unknown {
  return isSlice(item) ? slice(...(item.slice(1) as Parameters<typeof slice>)) : item;
}

/** Runs programs by the library, in whatever build and with as many threads as are set. */
export const glim: Device<Tensor> = {
  leaf(leaf: Leaf) {
    const { shape, kind, dtype = kind === "whole" ? "int32" : "float32", layout = "rows" } = leaf;
    const x = laidOut({ shape, data: dataOf(leaf), dtype }, layout);
    if (leaf.isParameter) return new Parameter(x, leaf.requiresGrad ?? false);
    if (leaf.requiresGrad) x.requiresGrad = true;
    return x;
  },
  call(op, args, isNoGrad) {
    const call = (functional as unknown as Record<string, Call>)[op]!;
    if (op === "index") args = [args[0], (args[1] as unknown[]).map(itemOf)];
    return isNoGrad ? noGrad(() => call(...args)) : call(...args);
  },
  backward(root, gradient, options) {
    root.backward(gradient ?? undefined, options);
  },
  retainGrad(x) {
    x.retainGrad();
  },
  descend(w, lr) {
    noGrad(() => w.sub_(w.grad!, lr));
    w.zeroGrad();
  },
};
