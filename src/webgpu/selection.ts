/**
 * Picking by index, and the sums that are its gradients.
 *
 * Sums go to each target in the order of the index, as on the CPU, so that their bits are always the
 * same. For that the places of one index are chained first: each knows the next one that has the same,
 * and the first of them all adds up what the chain has.
 *
 * ```
 *   index  7  2  7  7  2        x[0] → x[2] → x[3]   go to out[7]
 *          └─────┴──┘           x[1] → x[4]          go to out[2]
 *             └────────┘
 * ```
 *
 * @module
 */
import { BYTES } from "../core/dtype.ts";
import type { Buffer } from "../device/buffer.ts";
import type { Blame, Picked, ScatterOp, Selection, Training } from "../device/kernels.ts";
import { NUMBERS } from "./functions.ts";
import { elementsAt, floatsAt, gpuOf, groupsFor, intsAt } from "./place.ts";
import { elementwise as perElement, type Shader, type View } from "./shader.ts";

const gatherImages = perElement({
  name: "gatherImages",
  operands: { images: "u8", index: "u32", y: "f32" },
  numbers: { length: "u32", width: "u32", divisor: "f32" },
  main: `let image = min(index_at(i / p.width), p.length - 1u);
  set_y(i, f32(images_at(image * p.width + i % p.width)) / p.divisor);`,
});

/**
 * out = elements of x, each of `units` words or bytes. Which place of the index tells element e of row
 * `row` is an expression.
 */
function pickShader(name: string, view: "u32" | "u8", place: string): Shader {
  return perElement({
    name: `${name} of ${view === "u8" ? "bytes" : "words"}`,
    operands: { x: view, index: "u32", y: view },
    numbers: { all: "u32", units: "u32", length: "u32", k: "u32", inner: "u32" },
    blames: true,
    declarations: `fn picked(i: u32) -> u32 {
  let e = i / p.units;
  let row = e / p.inner;
  let place = ${place};
  let pick = index_at(place); // a negative one is a large one here
  if (pick >= p.length) { blame(place, pick); return 0u; }
  return x_at(((row / p.k * p.length + pick) * p.inner + e % p.inner) * p.units + i % p.units);
}`,
    main: view === "u32" ? "set_y(i, picked(i));" : `var four = 0u;
  for (var j = 0u; j < min(4u, p.all - 4u * i); j++) { four |= picked(4u * i + j) << (8u * j); }
  set_y(i, four);`,
  });
}

type Picker = "indexSelect" | "gather";

function pickersOf(place: string, name: Picker): { words: Shader; bytes: Shader } {
  return { words: pickShader(name, "u32", place), bytes: pickShader(name, "u8", place) };
}

const PICKERS: Readonly<Record<Picker, { words: Shader; bytes: Shader }>> = {
  indexSelect: pickersOf("row % p.k", "indexSelect"),
  gather: pickersOf("e", "gather"),
};

function pick(
  name: Picker,
  x: Buffer,
  index: Buffer,
  y: Buffer,
  [outer, n, k, inner]: Picked,
  blame: Blame,
): void {
  const gpu = gpuOf(y);
  const bytes = BYTES[x.dtype];
  const isBytes = bytes < 4;
  const units = isBytes ? bytes : bytes / 4;
  const all = outer * k * inner * units;
  const xAt = elementsAt(x, x.dtype, outer * n * inner, name, "x");
  const indexAt = intsAt(index, name === "gather" ? outer * k * inner : k, name, "the index");
  const yAt = elementsAt(y, x.dtype, outer * k * inner, name, "the result");
  if (all === 0) return;
  const threads = isBytes ? Math.ceil(all / 4) : all;
  const { words, bytes: ofBytes } = PICKERS[name];
  gpu.run(isBytes ? ofBytes : words, groupsFor(threads), 1, 1, [
    ...[xAt * units, indexAt, yAt * units],
    ...[threads, all, units, n, k, inner, gpu.entryFor(blame)],
  ]);
}

/** Places of the index that are chained at a time: every one of them is compared with all others. */
const CHAINED = 4096;

/** next = for each place of [outer, count, inner] the next that has its index, or count; 2³¹ is added
 * unless it is the first. */
const chain = perElement({
  name: "chains of equal indices",
  operands: { index: "u32", next: "u32" },
  numbers: { k: "u32", count: "u32", inner: "u32" },
  main: `let row = i / p.inner;
  let j = row % p.count;
  let base = row / p.count * p.k * p.inner + i % p.inner;
  let own = index_at(base + j * p.inner);
  var before = 0u;
  while (before < j && index_at(base + before * p.inner) != own) { before++; }
  var after = j + 1u;
  while (after < p.count && index_at(base + after * p.inner) != own) { after++; }
  set_next(i, after | select(0x80000000u, 0u, before == j));`,
});

/** out[o, pick, i] += x[o, j, i] for the places j of each chain; x and the index begin at the first. */
const addChains = perElement({
  name: "sums by index",
  operands: { x: "f32", index: "u32", next: "u32", y: "f32" },
  numbers: {
    length: "u32",
    k: "u32",
    inner: "u32",
    count: "u32",
    isChained: "u32",
    indexOuter: "u32", // steps of the index and of the chains
    nextOuter: "u32",
    down: "u32",
    across: "u32",
  },
  main: `let row = i / p.inner;
  let column = i % p.inner;
  let o = row / p.count;
  var j = row % p.count;
  let pick = index_at(o * p.indexOuter + j * p.down + column * p.across);
  let links = o * p.nextOuter + column * p.across;
  var link = p.count;
  if (p.isChained != 0u) { link = next_at(links + j * p.down); }
  if (pick < p.length && link <= p.count) {
    let place = (o * p.length + pick) * p.inner + column;
    var sum = y_at(place) + x_at((o * p.k + j) * p.inner + column);
    while (link < p.count) {
      j = link;
      sum += x_at((o * p.k + j) * p.inner + column);
      link = next_at(links + j * p.down) & 0x7fffffffu;
    }
    set_y(place, sum);
  }`,
});

/** y at the index += x. The index is [outer, k, inner], or [k] for all columns. */
function add(
  x: Buffer,
  index: Buffer,
  y: Buffer,
  [outer, n, k, inner]: Picked,
  op: string,
  isForAll: boolean,
): void {
  const gpu = gpuOf(y);
  const xAt = floatsAt(x, outer * k * inner, op, "dy");
  const indexAt = intsAt(index, isForAll ? k : outer * k * inner, op, "the index");
  const yAt = floatsAt(y, outer * n * inner, op, "dx");
  if (outer * k * inner === 0) return;
  const [slices, down, across] = isForAll ? [1, 1, 0] : [outer, inner, 1];
  const count = Math.min(k, CHAINED);
  gpu.withScratch(slices * count * down, (nextAt) => {
    for (let first = 0; first < k; first += count) { // one after the other, so in order
      const here = Math.min(count, k - first);
      const places = slices * here * down;
      const indexHere = indexAt + first * down;
      if (here > 1) {
        gpu.run(chain, groupsFor(places), 1, 1, [indexHere, nextAt, places, k, here, down]);
      }
      gpu.run(addChains, groupsFor(outer * here * inner), 1, 1, [
        ...[xAt + first * inner, indexHere, nextAt, yAt],
        ...[outer * here * inner, n, k, inner, here, here > 1 ? 1 : 0],
        ...[isForAll ? 0 : k * inner, isForAll ? 0 : here * inner, down, across],
      ]);
    }
  });
}

/** What an element and one that comes to it make, in WGSL. */
const FOLDED: Readonly<
  Record<Exclude<ScatterOp, "set">, readonly [ofFloats: string, ofInts: string]>
> = {
  add: ["value + more", "value + more"],
  mul: ["value * more", "value * more"],
  max: ["larger(value, more)", "max(value, more)"],
  min: ["smaller(value, more)", "min(value, more)"],
};

const scatters = new Map<string, Shader>();

/**
 * y[o, pick, i] = op(what is there, x[o, j, i]) for the places j of each chain, in their order; x and the
 * index begin at the first. To be set, elements are of so many `units`, words or bytes.
 */
function scatterShader(op: ScatterOp, view: View): Shader {
  const name = `scatter to ${op} ${view}`;
  let found = scatters.get(name);
  if (found !== undefined) return found;
  const set = `while (link < p.count) {
    j = link;
    link = next_at(links + j * p.inner) & 0x7fffffffu;
  }
  for (var u = 0u; u < p.units; u++) {
    set_y${
    view === "u8" ? "_byte" : ""
  }(place * p.units + u, x_at((base + j * p.inner) * p.units + u));
  }`;
  const folded = op === "set" ? "" : `var value = y_at(place);
  loop {
    let more = x_at(base + j * p.inner);
    value = ${FOLDED[op][view === "i32" ? 1 : 0]};
    if (link >= p.count) { break; }
    j = link;
    link = next_at(links + j * p.inner) & 0x7fffffffu;
  }
  set_y(place, value);`;
  scatters.set(
    name,
    found = perElement({
      name,
      operands: { x: view, index: "u32", next: "u32", y: view },
      numbers: {
        length: "u32",
        k: "u32",
        inner: "u32",
        count: "u32",
        isChained: "u32",
        first: "u32",
        units: "u32",
      },
      blames: true,
      isShared: view === "u8",
      declarations: NUMBERS,
      main: `let column = i % p.inner;
  let o = i / p.inner / p.count;
  var j = i / p.inner % p.count;
  let base = o * p.k * p.inner + column;
  let pick = index_at(base + j * p.inner); // a negative one is a large one here
  if (pick >= p.length) {
    blame(base + (p.first + j) * p.inner, pick);
    continue;
  }
  let links = o * p.count * p.inner + column;
  var link = p.count;
  if (p.isChained != 0u) { link = next_at(links + j * p.inner); }
  if (link > p.count) { continue; } // another place has begun this chain
  let place = (o * p.length + pick) * p.inner + column;
  ${op === "set" ? set : folded}`,
    }),
  );
  return found;
}

/** y at the index = op of it and x, as {@link add} does it for sums. */
function scatter(
  op: ScatterOp,
  x: Buffer,
  index: Buffer,
  y: Buffer,
  [outer, n, k, inner]: Picked,
  blame: Blame,
): void {
  const gpu = gpuOf(y);
  const bytes = BYTES[x.dtype];
  const isSet = op === "set";
  const units = !isSet ? 1 : bytes < 4 ? bytes : bytes / 4;
  const view = isSet ? (bytes < 4 ? "u8" : "u32") : x.dtype === "int32" ? "i32" : "f32";
  const xAt = elementsAt(x, x.dtype, outer * k * inner, "scatter", "x");
  const indexAt = intsAt(index, outer * k * inner, "scatter", "the index");
  const yAt = elementsAt(y, x.dtype, outer * n * inner, "scatter", "the result");
  if (outer * k * inner === 0) return;
  const count = Math.min(k, CHAINED);
  const entry = gpu.entryFor(blame);
  gpu.withScratch(outer * count * inner, (nextAt) => {
    for (let first = 0; first < k; first += count) { // one after the other, so in order
      const here = Math.min(count, k - first);
      const places = outer * here * inner;
      const indexHere = indexAt + first * inner;
      if (here > 1) {
        gpu.run(chain, groupsFor(places), 1, 1, [indexHere, nextAt, places, k, here, inner]);
      }
      gpu.run(scatterShader(op, view), groupsFor(places), 1, 1, [
        ...[(xAt + first * inner) * units, indexHere, nextAt, yAt * units],
        ...[places, n, k, inner, here, here > 1 ? 1 : 0, first, units, entry],
      ]);
    }
  });
}

/** Picking by index. */
export const selection: Selection & Pick<Training, "gatherImages"> = {
  gatherImages(images, index, out, divisor) {
    const [rows, width] = [out.shape[0]!, out.shape[1]!];
    const n = images.shape[0]!;
    const op = "gatherImages";
    const imagesAt = elementsAt(images, "uint8", n * width, op, "the images");
    const indexAt = intsAt(index, rows, op, "the index");
    const outAt = floatsAt(out, rows * width, op, "the result");
    const numbers = [imagesAt, indexAt, outAt, rows * width, n, width, divisor];
    gpuOf(out).run(gatherImages, groupsFor(rows * width), 1, 1, numbers);
  },

  indexSelect(x, index, out, dims, blame) {
    pick("indexSelect", x, index, out, dims, blame);
  },

  indexAdd(x, index, out, dims) {
    add(x, index, out, dims, "indexSelect", true);
  },

  gather(x, index, out, dims, blame) {
    pick("gather", x, index, out, dims, blame);
  },

  scatterAdd(x, index, out, dims) {
    add(x, index, out, dims, "gather", false);
  },

  scatter,
};
