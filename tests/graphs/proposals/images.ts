/** Convolution, pooling and normalisation. */
import { axesOf, reducedPositions } from "../../reference/arrays/array.ts";
import { poolWindows } from "../../reference/arrays/pool.ts";
import { type Generator, isClear, type Made, type Proposal, size } from "../generator.ts";

/** Images that there are, or new ones. */
function images(g: Generator, channels: readonly number[] = [1, 2, 3, 4]): Made {
  const found = g.float((x) => x.shape.length === 4 && size(x) > 0);
  if (found !== null && g.chance(0.75)) return found;
  const side = g.isLarge ? g.between(9, 14) : g.between(4, 8);
  return g.leaf([g.between(1, 3), g.pick(channels), side, g.between(3, side)]);
}

const conv: Proposal = (g) => {
  const x = images(g);
  const c = x.shape[1]!;
  const groups = g.chance(0.3) ? c : c % 2 === 0 && g.chance(0.3) ? 2 : 1;
  const out = groups * g.between(1, groups > 1 ? 2 : 4);
  const kernel = [g.pick([1, 2, 3, 3, 5]), g.pick([1, 2, 3, 3])];
  const options: { [name: string]: number | number[] } = {};
  if (g.chance(0.6)) options.padding = g.chance(0.3) ? [g.int(3), g.int(2)] : g.between(1, 2);
  if (g.chance(0.3)) options.stride = g.chance(0.3) ? [g.between(1, 2), g.between(1, 3)] : 2;
  if (g.chance(0.15)) options.dilation = 2;
  if (groups > 1) options.groups = groups;
  const w = g.leaf([out, c / groups, ...kernel]);
  return finished(g, x, w, options);
};

/** Channels in eights, 3 × 3 and no stride: Winograd's algorithm. */
const winograd: Proposal = (g) => {
  const found = g.float((x) => x.shape.length === 4 && x.shape[1]! % 8 === 0 && size(x) > 0);
  const [h, w] = g.pick([[4, 4], [6, 6], [8, 8], [5, 7], [12, 6], [3, 6], [9, 9]] as const);
  const x = found !== null && g.chance(0.7)
    ? found
    : g.leaf([g.between(1, h < 7 ? 3 : 1), 8, h, w]);
  const weight = g.leaf([g.chance(0.2) ? 16 : 8, x.shape[1]!, 3, 3]);
  return finished(g, x, weight, { padding: g.pick([1, 1, 1, 0]) });
};

function finished(
  g: Generator,
  x: Made,
  w: Made,
  options: { [name: string]: number | number[] },
): boolean {
  const bias = g.chance(0.6) ? g.leaf([w.shape[0]!]) : null;
  const products = size(w) / w.shape[0]!;
  // scaled before, so that sums of products stay near 1
  const kernel = products > 8 ? g.call("mul", w, products > 40 ? 0.15 : 0.4) : w;
  if (kernel === null) return false;
  const given = g.chance(0.1) && x.shape[0] === 1 ? g.call("select", x, 0, 0) : x;
  if (given === null) return false;
  if (Object.keys(options).length > 0) {
    return g.call("conv2d", given, kernel, bias, options) !== null;
  }
  return g.call("conv2d", given, kernel, ...(bias === null ? [] : [bias])) !== null;
}

const pooled: Proposal = (g) => {
  const x = images(g);
  const [h, w] = x.shape.slice(-2) as [number, number];
  const op = g.pick(["maxPool2d", "avgPool2d", "adaptiveAvgPool2d"]);
  if (op === "adaptiveAvgPool2d") {
    return g.call(op, x, g.chance(0.4) ? 1 : [g.between(1, h), g.between(1, w)]) !== null;
  }
  const kernel = g.chance(0.5) ? 2 : [g.between(1, Math.min(h, 3)), g.between(1, Math.min(w, 3))];
  const options: { stride?: number; padding?: number; countIncludePad?: boolean } = {};
  if (g.chance(0.4)) options.stride = g.between(1, 2);
  if (kernel === 2 && g.chance(0.3)) options.padding = 1;
  if (op === "avgPool2d" && g.chance(0.3)) options.countIncludePad = false;
  if (op === "maxPool2d") {
    try {
      const { at } = poolWindows(x.shape, kernel as 2, options);
      if (!isClear(at.map((list) => list.map((i) => x.value.array.data[i]!)))) return false;
    } catch {
      return false;
    }
  }
  return g.call(op, x, kernel, { ...options }) !== null;
};

/** Whether elements that are normalised together differ enough. */
function varies(x: Made, dims: number[]): boolean {
  const at = reducedPositions(x.shape, axesOf(x.shape, dims));
  const groups: number[][] = [];
  x.value.array.data.forEach((v, i) => (groups[at[i]!] ??= []).push(v));
  return groups.every((list) => {
    const mean = list.reduce((a, b) => a + b, 0) / list.length;
    return list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / list.length > 0.02;
  });
}

const batchNorm: Proposal = (g) => {
  const x = g.chance(0.5) ? images(g) : g.float((x) => x.shape.length >= 2 && size(x) > 0);
  if (x === null || x.shape[1] === 0) return false;
  const c = x.shape[1]!;
  const options: { weight?: Made; bias?: Made; training?: boolean; momentum?: number } = {};
  options.training = g.chance(0.6);
  if (g.chance(0.6)) options.weight = g.leaf([c]);
  if (g.chance(0.6)) options.bias = g.leaf([c]);
  if (g.chance(0.3)) options.momentum = 0.3;
  const isPlain = options.training && g.chance(0.3);
  const [mean, variance] = isPlain ? [null, null] : runningMoments(g, c);
  if (options.training) {
    if (!varies(x, [...x.shape.keys()].filter((axis) => axis !== 1))) return false;
    if (mean !== null && !(g.mayChange(mean) && g.mayChange(variance!))) return false;
  }
  return g.call("batchNorm", x, mean, variance, { ...options }) !== null;
};

/** Moments that there are, which more than one layer moves, or new ones. */
function runningMoments(g: Generator, c: number): [Made, Made] {
  const found = g.all((x) =>
    x.value.array.dtype === "float32" && !x.value.requiresGrad && x.value.view === null &&
    x.shape.length === 1 && x.shape[0] === c && !x.value.repeats
  );
  const variances = found.filter((x) => x.value.array.data.every((v) => v > 0.3));
  if (variances.length > 0 && found.length > 1 && g.chance(0.5)) {
    const variance = g.pick(variances);
    return [g.pick(found.filter((x) => x.ref !== variance.ref)), variance];
  }
  return [g.constant([c]), g.constant([c], { kind: "positive" })];
}

const layerNorm: Proposal = (g) => {
  const x = g.float((x) => x.shape.length > 0 && size(x) > 0);
  if (x === null) return false;
  const from = g.int(x.shape.length), shape = x.shape.slice(from);
  if (!varies(x, [...x.shape.keys()].slice(from))) return false;
  const options: { weight?: Made; bias?: Made } = {};
  if (g.chance(0.6)) options.weight = g.leaf(shape);
  if (g.chance(0.6)) options.bias = g.leaf(shape);
  return g.call("layerNorm", x, [...shape], { ...options }) !== null;
};

export const layers: [Proposal, number][] = [
  [conv, 3],
  [winograd, 1],
  [pooled, 2],
  [batchNorm, 2],
  [layerNorm, 2],
];
