/**
 * Scans, and order along rows.
 *
 * A scan of few long lines is one of groups: each of 256 threads folds neighbours, the group scans what
 * they found, and each thread folds its own again from there.
 *
 * ```
 *   x x x x  x x x x  x x x x       what a thread folds: Σ0, Σ1, Σ2
 *   from 0   from Σ0  from Σ0 + Σ1  where it begins again
 * ```
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Rank, ScanOp, Scans } from "../device/kernels.ts";
import { EXP, LOG, NUMBERS } from "./functions.ts";
import { elementsAt, gpuOf, groupsFor, intsAt } from "./place.ts";
import type { Gpu } from "./device.ts";
import { upToPowerOfTwo } from "./rows.ts";
import { elementwise as perElement, type Shader, shader, type View } from "./shader.ts";

type Computed = "float32" | "int32";

/** A scan in WGSL: of what it begins with, an element, what it makes of two neighbours, its result. */
interface Scan {
  nothing: string;
  element: string;
  joined: string;
  result?: string;
}

/** What scans fold are values with a number beside them: a place, or a sum. */
function scanOf(op: ScanOp, dtype: Computed): Scan {
  if (op === "sum" || op === "prod") {
    const [start, sign] = op === "sum" ? ["0", "+"] : ["1", "*"];
    return {
      nothing: `Part(${start}, 0)`,
      element: "Part(x, 0)",
      joined: `Part(a.v ${sign} b.v, 0)`,
    };
  }
  if (op === "logsumexp") {
    return {
      nothing: "Part(-infinity(), 0)",
      element: "Part(x, 1)",
      joined: "joined_sums(a, b)",
      result: "total_of(all)",
    };
  }
  const isFirst = `a.v ${op === "max" ? ">" : "<"} b.v`;
  const wins = dtype === "int32" ? isFirst : `!is_nan(b.v) && (is_nan(a.v) || ${isFirst})`;
  return {
    nothing: "Part(0, -1)", // no place
    element: "Part(x, bits_of(j))",
    joined: `last(a, b, b.w == NONE || (a.w != NONE && (${wins})))`,
  };
}

const SUMS = `
fn joined_sums(a: Part, b: Part) -> Part {
  if (is_nan(a.v) || is_nan(b.v)) { return Part(nan(), 1.0); }
  if (a.v == b.v) { return Part(a.v, a.w + b.w); }
  if (a.v > b.v) { return Part(a.v, a.w + b.w * exp_of(b.v - a.v)); }
  return Part(b.v, b.w + a.w * exp_of(a.v - b.v));
}
fn total_of(all: Part) -> f32 {
  if (is_nan(all.v) || all.v == -infinity()) { return all.v; }
  return all.v + log_of(all.w);
}
`;

const made = new Map<string, Shader>();

/** The scan of lines by a thread each, or by a group each. */
function scanShader(op: ScanOp, dtype: Computed, isGrouped: boolean): Shader {
  const key = `cum${op} of ${dtype}${isGrouped ? " by groups" : ""}`;
  let found = made.get(key);
  if (found === undefined) made.set(key, found = writeScan(key, op, dtype, isGrouped));
  return found;
}

/** What both kernels of a scan call: what is folded, how, and where it stands. */
function partsOf(op: ScanOp, dtype: Computed, isExtreme: boolean): string {
  const view = viewOf(dtype);
  const { nothing, element, joined, result = "all.v" } = scanOf(op, dtype);
  const typed = (text: string) =>
    text.replace(/Part\(([01]),/, `Part(${view}($1),`)
      .replace(/, (-?[01])\)$/, isExtreme ? ", i32($1))" : ", f32($1))")
      .replace("bits_of(j)", "i32(j)");
  return `${NUMBERS}${EXP}${LOG}
struct Part { v: ${view}, w: ${isExtreme ? "i32" : "f32"} }
const NONE = -1;
fn last(a: Part, b: Part, isFirst: bool) -> Part {
  if (isFirst) { return a; }
  return b;
}
${op === "logsumexp" ? SUMS : ""}
fn nothing() -> Part { return ${typed(nothing)}; }
fn joined(a: Part, b: Part) -> Part { return ${typed(joined)}; }
fn place_of(line: u32, j: u32) -> u32 {
  let at = select(j, p.length - 1u - j, p.reversed != 0u);
  return (line / p.inner * p.length + at) * p.inner + line % p.inner;
}
fn part(line: u32, j: u32) -> Part {
  let x = x_at(place_of(line, j));
  return ${typed(element)};
}
fn write(line: u32, j: u32, all: Part) {
  let place = place_of(line, j);
  set_y(place, ${result});
  ${isExtreme ? "set_index(place, all.w);" : ""}
}`;
}

/** A line by a thread. */
const BY_THREAD = `var all = nothing();
  for (var j = 0u; j < p.length; j++) {
    all = joined(all, part(i, j));
    write(i, j, all);
  }`;

/** A line by a group, a block after the other: each thread has some elements, and threads are a tree. */
const BY_GROUP = `let t = local.x;
  for (var line = group.x; line < p.lines; line += groups.x) {
    var before = nothing();
    for (var first = 0u; first < p.length; first += 256u * p.per) {
      let begin = first + t * p.per;
      let end = min(p.length, begin + p.per);
      var own = nothing();
      for (var j = begin; j < end; j++) { own = joined(own, part(line, j)); }
      cells[t] = own;
      for (var step = 1u; step < 256u; step *= 2u) {
        workgroupBarrier();
        if (t >= step) { own = joined(cells[t - step], own); }
        workgroupBarrier();
        cells[t] = own;
      }
      workgroupBarrier();
      var all = before;
      if (t > 0u) { all = joined(before, cells[t - 1u]); }
      for (var j = begin; j < end; j++) {
        all = joined(all, part(line, j));
        write(line, j, all);
      }
      before = joined(before, cells[255]);
      workgroupBarrier();
    }
  }`;

function viewOf(dtype: Computed): "i32" | "f32" {
  return dtype === "int32" ? "i32" : "f32";
}

function writeScan(name: string, op: ScanOp, dtype: Computed, isGrouped: boolean): Shader {
  const view = viewOf(dtype);
  const isExtreme = op === "max" || op === "min";
  const operands: Record<string, View> = isExtreme
    ? { x: view, y: view, index: "i32" }
    : { x: view, y: view };
  const declarations = partsOf(op, dtype, isExtreme);
  const numbers = { length: "u32", inner: "u32", reversed: "u32" } as const;
  if (!isGrouped) return perElement({ name, operands, declarations, numbers, main: BY_THREAD });
  return shader({
    name,
    operands,
    numbers: { lines: "u32", ...numbers, per: "u32" },
    declarations: `${declarations}\nvar<workgroup> cells: array<Part, 256>;`,
    main: BY_GROUP,
  });
}

/** Lines that are shorter are a thread's each, and where there are more. */
const SHORT = 64;
const MANY = 4096;

/** Keys that are ordered like elements: 0 and −0 the same, NaN above all; turned if from the largest. */
const KEYS = `
fn key_at(i: u32) -> u32 { return key_of(x_at(i)); }
fn key_of(bits: u32) -> u32 {
  if (p.isInt != 0u) { return (bits ^ 0x80000000u) ^ p.turn; }
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0xffffffffu ^ p.turn; }
  if ((bits & 0x7fffffffu) == 0u) { return 0x80000000u ^ p.turn; }
  return select(bits ^ 0x80000000u, ~bits, bits >= 0x80000000u) ^ p.turn;
}
`;

/** Elements of a row that are each compared with all others. */
const COUNTED = 1024;

/** Elements that are sorted at a time. */
const SORTED = 2 ** 22;

/** An element's place in the order is how many come before it. */
const count = perElement({
  name: "order by counting",
  operands: { x: "u32", index: "u32" },
  numbers: { length: "u32", k: "u32", isInt: "u32", turn: "u32" },
  declarations: KEYS,
  main: `let row = i / p.length;
  let at = i % p.length;
  let own = key_at(i);
  var before = 0u;
  for (var j = 0u; j < p.length; j++) {
    let key = key_at(row * p.length + j);
    before += select(0u, 1u, key < own || (key == own && j < at));
  }
  if (before < p.k) { set_index(row * p.k + before, at); }`,
});

/** Keys and places of rows, as long as the next power of two: what is added there comes last. */
const pairs = perElement({
  name: "keys of an order",
  operands: { x: "u32", keys: "u32", places: "u32" },
  numbers: { length: "u32", padded: "u32", isInt: "u32", turn: "u32" },
  declarations: KEYS,
  main: `let at = i % p.padded;
  var key = 0xffffffffu;
  if (at < p.length) { key = key_at(i / p.padded * p.length + at); }
  set_keys(i, key);
  set_places(i, at);`,
});

/** A step of a bitonic sort: elements that are `apart` change places, if they are in the other order. */
const exchange = perElement({
  name: "step of an order",
  operands: { keys: "u32", places: "u32" },
  numbers: { apart: "u32", size: "u32", padded: "u32" },
  main: `let low = (i / p.apart) * 2u * p.apart + i % p.apart;
  let high = low + p.apart;
  let a = keys_at(low);
  let b = keys_at(high);
  let own = places_at(low);
  let other = places_at(high);
  let isAfter = a > b || (a == b && own > other);
  if (isAfter == (((low % p.padded) & p.size) == 0u)) {
    set_keys(low, b);
    set_keys(high, a);
    set_places(low, other);
    set_places(high, own);
  }`,
});

const firsts = perElement({
  name: "first of an order",
  operands: { places: "u32", index: "u32" },
  numbers: { k: "u32", padded: "u32" },
  main: "set_index(i, places_at(i / p.k * p.padded + i % p.k));",
});

/** index [rows, k] = where the first k of the order of each row stand. */
function orderRows(
  gpu: Gpu,
  xAt: number,
  indexAt: number,
  [rows, n, k]: readonly [rows: number, n: number, k: number],
  isInt: boolean,
  descending: boolean,
): void {
  const how = [isInt ? 1 : 0, descending ? 0xffffffff : 0];
  if (n <= COUNTED) {
    return gpu.run(count, groupsFor(rows * n), 1, 1, [xAt, indexAt, rows * n, n, k, ...how]);
  }
  const padded = upToPowerOfTwo(n);
  const most = Math.min(rows, Math.max(1, Math.floor(SORTED / padded)));
  gpu.withScratch(2 * most * padded, (keysAt) => {
    const placesAt = keysAt + most * padded;
    for (let first = 0; first < rows; first += most) {
      const here = Math.min(most, rows - first);
      const all = here * padded;
      const operands = [xAt + first * n, keysAt, placesAt];
      gpu.run(pairs, groupsFor(all), 1, 1, [...operands, all, n, padded, ...how]);
      for (let size = 2; size <= padded; size *= 2) {
        for (let apart = size / 2; apart >= 1; apart /= 2) {
          const numbers = [keysAt, placesAt, all / 2, apart, size, padded];
          gpu.run(exchange, groupsFor(all / 2), 1, 1, numbers);
        }
      }
      const numbers = [placesAt, indexAt + first * k, here * k, k, padded];
      gpu.run(firsts, groupsFor(here * k), 1, 1, numbers);
    }
  });
}

/** index [rows] = the place at a rank of the order [rows, length]; NaN stands last in it. */
const atRank = perElement({
  name: "rank of an order",
  operands: { x: "f32", order: "u32", index: "u32" },
  numbers: { length: "u32", rank: "u32", form: "u32" },
  declarations: NUMBERS,
  main: `let base = i * p.length;
  var rank = p.rank;
  if (p.form != 0u) {
    var numbers = p.length;
    while (numbers > 0u && is_nan(x_at(base + order_at(base + numbers - 1u)))) { numbers--; }
    rank = (max(numbers, 1u) - 1u) / 2u;
    if (p.form == 1u && numbers < p.length) { rank = numbers; }
  }
  set_index(i, order_at(base + rank));`,
});

/** y = how many of a row x, which is in order, come before each value, or are no larger if `right`. */
const search = perElement({
  name: "search in an order",
  operands: { x: "u32", values: "u32", y: "u32" },
  numbers: { length: "u32", each: "u32", right: "u32", isInt: "u32", turn: "u32" },
  declarations: KEYS,
  main: `let own = key_of(values_at(i));
  let base = i / p.each * p.length;
  var low = 0u;
  var high = p.length;
  while (low < high) {
    let middle = (low + high) / 2u;
    let key = key_at(base + middle);
    if (key < own || (key == own && p.right != 0u)) { low = middle + 1u; } else { high = middle; }
  }
  set_y(i, low);`,
});

function rankOf(rank: Rank, n: number, isInt: boolean): [rank: number, form: number] {
  if (typeof rank === "number") return [rank, 0];
  return isInt ? [(n - 1) >> 1, 0] : [0, rank === "median" ? 1 : 2];
}

function rowsAt(x: Buffer, numel: number, op: string): [at: number, isInt: boolean] {
  const isInt = x.dtype === "int32";
  return [elementsAt(x, isInt ? "int32" : "float32", numel, op, "x"), isInt];
}

/** Scans and order. */
export const scans: Scans = {
  scan(op, x, y, index, [outer, n, inner, reversed]) {
    const name = op === "logsumexp" ? "logcumsumexp" : `cum${op}`;
    const lines = outer * inner;
    const [xAt, isInt] = rowsAt(x, lines * n, name);
    const dtype = isInt ? "int32" : "float32";
    const yAt = elementsAt(y, dtype, lines * n, name, "the result");
    const isExtreme = op === "max" || op === "min";
    const operands = isExtreme
      ? [xAt, yAt, intsAt(index!, lines * n, name, "the index")]
      : [xAt, yAt];
    const numbers = [lines, n, inner, reversed ? 1 : 0];
    if (n <= SHORT || lines >= MANY) {
      const all = [...operands, ...numbers];
      return gpuOf(y).run(scanShader(op, dtype, false), groupsFor(lines), 1, 1, all);
    }
    const per = Math.min(16, Math.ceil(n / 256));
    const groups = Math.min(lines, 65535);
    gpuOf(y).run(scanShader(op, dtype, true), groups, 1, 1, [...operands, ...numbers, per]);
  },

  order(x, index, rows, n, k, descending) {
    const [xAt, isInt] = rowsAt(x, rows * n, "sort");
    const indexAt = intsAt(index, rows * k, "sort", "the index");
    orderRows(gpuOf(index), xAt, indexAt, [rows, n, k], isInt, descending);
  },

  search(x, values, y, [rows, n, each], right) {
    const [xAt, isInt] = rowsAt(x, rows * n, "searchsorted");
    const [valuesAt] = rowsAt(values, rows * each, "searchsorted");
    const yAt = intsAt(y, rows * each, "searchsorted", "the result");
    const numbers = [rows * each, n, each, right ? 1 : 0, isInt ? 1 : 0, 0];
    gpuOf(y).run(search, groupsFor(rows * each), 1, 1, [xAt, valuesAt, yAt, ...numbers]);
  },

  ranked(x, index, rows, n, rank) {
    const [xAt, isInt] = rowsAt(x, rows * n, "kthvalue");
    const indexAt = intsAt(index, rows, "kthvalue", "the index");
    const gpu = gpuOf(index);
    gpu.withScratch(rows * n, (orderAt) => {
      orderRows(gpu, xAt, orderAt, [rows, n, n], isInt, false);
      const numbers = [xAt, orderAt, indexAt, rows, n, ...rankOf(rank, n, isInt)];
      gpu.run(atRank, groupsFor(rows), 1, 1, numbers);
    });
  },
};
