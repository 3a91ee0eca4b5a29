/**
 * Attention: from buffers to kernels.
 *
 * @module
 */
import { launch, sizes } from "../../build/attention.ts";
import type { Buffer } from "../device/buffer.ts";
import { BYTES } from "../core/dtype.ts";
import { numelOf } from "../core/shape.ts";
import type { Attention, AttentionRule } from "../device/kernels.ts";
import { refused } from "../device/check.ts";
import { type Address, floatsAt, intsAt, NONE, offset, stridedAddressOf } from "./address.ts";
import { cpu } from "./device.ts";
import { overDims } from "./dims.ts";
import type { Cut } from "./launch.ts";
import { intTable } from "./scratch.ts";

/** Tiles of queries, or matrices: they differ where attention is causal. */
const UNITS: Cut = { align: 1, parts: 8 };

/** Most keys of a tile: its scores stay in the second cache. */
const MOST_KEYS = 256;

/** Most queries of a tile: few where that leaves out what later tiles look at and this one does not. */
function mostRows(l: number, causal: boolean): number {
  return causal && l <= 256 ? 16 : 64;
}

/** The size of the fewest parts of at most `most` that make up n, up to a multiple. */
function evenly(n: number, most: number, multiple: number): number {
  const part = Math.ceil(n / Math.max(1, Math.ceil(n / most)));
  return Math.ceil(part / multiple) * multiple;
}

/** Some of the matrices of a batch: how they lie, where the operands begin, which is the first. */
interface Batch {
  shape: Address;
  at: readonly Address[];
  first: number;
  count: number;
  /** Tiles of queries. */
  tiles: number;
  /** Nanoseconds of the softmax, and of each number that a score is multiplied by. */
  work: (numbers: number) => number;
}

/** Walks the matrices of a batch. Operands: q, k, v, the mask, y and what gradients need besides. */
function overMatrices(
  operands: readonly (Buffer | null)[],
  lengths: Buffer | null,
  { causal }: AttentionRule,
  run: (batch: Batch) => void,
): void {
  const [q, k, v, mask] = operands as readonly [Buffer, Buffer, Buffer, Buffer | null];
  const lead = q.shape.slice(0, -2);
  const [l, d] = q.shape.slice(-2) as [number, number];
  const [s, e] = v.shape.slice(-2) as [number, number];
  const rows = Math.max(1, evenly(l, mostRows(l, causal), 1));
  const present = operands.map((x) => x ?? k);
  const starts = operands.map((x, i) => x === null ? NONE : operandAt(x, i));
  const bytes = operands.map((x) => x === null ? 0 : BYTES[x.dtype]);
  const each = lengths === null ? 1 : numelOf(lead) / lengths.numel;
  let first = 0;
  overDims(lead, present.map(({ strides }) => strides), (dims, steps, offsets) => {
    const count = dims[0]! * dims[1]! * dims[2]!;
    const sizes = [dims[1]!, dims[2]!, l, s, d, e, rows, evenly(s, MOST_KEYS, 4)];
    const shape = intTable([...sizes, first, each, causal ? 1 : 0, mask === null ? 0 : bytes[3]!], [
      ...steps.flatMap((step, i) => [...step, ...present[i]!.strides.slice(-2)]),
    ]);
    const scores = count * l * s * (causal ? 0.5 : 1);
    run({
      shape,
      at: starts.map((start, i) => offset(start, offsets[i]! * bytes[i]!)),
      first,
      count,
      tiles: count * Math.ceil(l / rows),
      work: (numbers) => scores * (numbers / 20 + 1.5),
    });
    first += count;
  });
}

const NAMES = ["q", "k", "v", "the mask", "y", "dy", "dq", "dk", "dv"];

/** Results, and what is read as they are written: rows without gaps. */
const WRITTEN = ["y", "dq", "dk", "dv"];

function operandAt(x: Buffer, i: number): Address {
  const name = NAMES[i]!;
  const gaps = x.strides.at(-1) !== 1 && x.shape.at(-1)! > 1;
  if (gaps && WRITTEN.includes(name)) throw refused(cpu, x, "float32", x.numel, "attend", name);
  const isMask = i === 3 && x.dtype === "bool";
  return stridedAddressOf(x, isMask ? "bool" : "float32", "attend", name);
}

/** What dropout is, as the kernels take it. */
function dropoutOf({ dropout }: AttentionRule): [number, number, number, number, number] {
  if (dropout === null) return [0, 0, 0, 0, 0];
  return [dropout.p, ...dropout.key.seed, ...dropout.key.stream];
}

function lengthsAt(lengths: Buffer | null): Address {
  return lengths === null ? NONE : intsAt(lengths, lengths.numel, "attend", "the lengths");
}

function statsAt(q: Buffer, stats: Buffer): Address {
  return floatsAt(stats, numelOf(q.shape.slice(0, -1)) * 2, "attend", "what was saved");
}

/** Attention, by name. */
export const attention: Required<Attention> = {
  attention(q, k, v, mask, lengths, y, stats, rule): void {
    const [keys, saved] = [lengthsAt(lengths), statsAt(q, stats)];
    const [l, numbers] = [q.shape.at(-2)!, q.shape.at(-1)! + v.shape.at(-1)!];
    overMatrices([q, k, v, mask, y], lengths, rule, ({ shape, at, first, tiles, work }) => {
      const [qAt, kAt, vAt, maskAt, yAt] = at as [Address, Address, Address, Address, Address];
      // deno-fmt-ignore
      launch.attention(
        work(numbers), shape, qAt, kAt, vAt, maskAt, keys, yAt, offset(saved, first * l * 8),
        rule.scale, ...dropoutOf(rule), sizes.attentionScratch(shape), tiles, UNITS,
      );
    });
  },

  attentionGrad(q, k, v, mask, lengths, y, stats, dy, dq, dk, dv, rule): void {
    const [keys, saved] = [lengthsAt(lengths), statsAt(q, stats)];
    const [l, numbers] = [q.shape.at(-2)!, 3 * q.shape.at(-1)! + 2 * v.shape.at(-1)!];
    const operands = [q, k, v, mask, y, dy, dq, dk, dv];
    overMatrices(operands, lengths, rule, ({ shape, at, first, count, work }) => {
      const [qAt, kAt, vAt, maskAt, yAt, dyAt, dqAt, dkAt, dvAt] = at as [
        Address,
        Address,
        Address,
        Address,
        Address,
        Address,
        Address,
        Address,
        Address,
      ];
      // deno-fmt-ignore
      launch.attentionGrad(
        work(numbers), shape, qAt, kAt, vAt, maskAt, keys, yAt, offset(saved, first * l * 8), dyAt,
        dqAt, dkAt, dvAt, rule.scale, ...dropoutOf(rule), sizes.attentionGradScratch(shape), count,
        UNITS,
      );
    });
  },
};
