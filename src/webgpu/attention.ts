/**
 * Attention: tiles of 64 lines by 32, which are all that is ever there of the scores. See
 * `assembly/attention/` for the formulas.
 *
 * ```
 *   attention     a group has 64 queries, and all keys go by
 *   its dq        likewise                                       dS·k
 *   its dk, dv    a group has 64 keys, and all queries go by     dSᵀ·q and Pᵀ·dy
 * ```
 *
 * The lines of a group are called its own, those that go by the others. Scores are products of strips
 * of 16 numbers of a line, which come into the group's memory; the tile that is made of them goes there
 * in their place, and is multiplied by rows of the others. Of its 64 threads each has 8 own lines by 4
 * others of the tile, and 8 own lines by 8 columns of a result, in registers to the end. A result
 * with more columns than 64 is made by several groups.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Attention, AttentionRule } from "../device/kernels.ts";
import { DeviceError } from "../core/errors.ts";
import { numelOf } from "../core/shape.ts";
import { attend, ofKeys, ofQueries, shares } from "./attention_kernels.ts";
import { COLS, OTHERS, OWN, STRIDED, STRIP } from "./attention_tiles.ts";
import type { Gpu } from "./device.ts";
import { overDims } from "./dims.ts";
import { floatsAt, gpuOf, groupsFor, intsAt, stridedAt } from "./place.ts";
import type { Shader } from "./shader.ts";

/** Results, whose rows have no gaps. */
const WRITTEN = ["y", "dq", "dk", "dv"];

/** Calls a kernel for so many own lines and columns of a result; or for each query. */
interface Call {
  (kernel: Shader, lines: number, columns: number): void;
  (kernel: Shader): void;
}

/**
 * Refuses more lines than a thread can go through where its turns are counted: turns of a tile are at
 * most so many, of lines by fours and of others.
 */
function checkTurns(gpu: Gpu, others: number, d: number, isEven: boolean): void {
  const strips = Math.ceil(d / STRIP);
  const each = isEven ? 80 + 40 * strips : 135 + 120 * strips;
  const most = Math.floor(gpu.turns / each) * OTHERS;
  if (others <= most) return;
  throw new DeviceError(
    `attend: "${gpu.info.description}" goes through at most ${most} keys or queries of ${d} numbers: ` +
      `they are ${others}: compute it on the CPU`,
  );
}

/** Calls kernels for all matrices of a batch, with what all of them are told. */
function perMatrix(
  given: Readonly<Record<typeof STRIDED[number], Buffer | null>>,
  lengths: Buffer | null,
  [stats, shares]: readonly [stats: number, shares: number],
  { scale, causal, dropout }: AttentionRule,
  run: (call: Call) => void,
): void {
  const { q, v, mask } = given;
  const lead = q!.shape.slice(0, -2);
  const [l, d] = q!.shape.slice(-2) as [number, number];
  const [s, e] = v!.shape.slice(-2) as [number, number];
  const gpu = gpuOf(q!);
  const all = STRIDED.map((name) => given[name]);
  const isBool = mask?.dtype === "bool";
  const places = all.map((x, i) => {
    if (x === null) return 0;
    const name = STRIDED[i]!;
    const inRows = WRITTEN.includes(name) && x.shape.at(-1)! > 1 && x.strides.at(-1) !== 1;
    if (inRows) return floatsAt(x, x.numel, "attend", name); // which refuses it
    return stridedAt(x, name === "mask" && isBool ? "bool" : "float32", "attend", name);
  });
  const lengthsAt = lengths === null ? 0 : intsAt(lengths, lengths.numel, "attend", "lengths");
  const each = lengths === null ? 0 : numelOf(lead) / lengths.numel;
  const { p, key } = dropout ?? { p: 0, key: { seed: [0, 0], stream: [0, 0] } };
  const steps = all.flatMap((x) => x === null ? [0, 0] : x.strides.slice(-2));
  const strides = all.map((x) => x === null ? lead.map(() => 0) : x.strides.slice(0, -2));
  let first = 0;
  overDims(lead, strides, (dims, table, offsets, count) => {
    const at = places.map((place, i) => place + offsets[i]!);
    const [maskAt] = at.splice(3, 1, isBool ? 0 : at[3]!);
    const operands = [...at, isBool ? maskAt! : 0, lengthsAt, stats, shares, 0];
    // whether four numbers of a line lie side by side from a multiple of 4 on, in each tensor
    const isEven = d % 4 === 0 && e % 4 === 0 && all.every((x, i) => {
      if (x === null || STRIDED[i] === "mask") return true;
      const begin = places[i]! + offsets[i]!;
      return x.strides.at(-1) === 1 && [begin, ...x.strides.slice(0, -1)].every((n) => n % 4 === 0);
    });
    checkTurns(gpu, given.dy === null ? s : Math.max(s, l), Math.max(d, e), isEven);
    run((kernel: Shader, lines?: number, columns: number = 0) => {
      const blocks = Math.ceil((lines ?? 0) / OWN);
      const wide = Math.max(1, Math.ceil(columns / COLS));
      const units = count * (lines === undefined ? l : blocks * wide);
      if (units === 0) return;
      const groups = lines === undefined ? groupsFor(units) : Math.min(units, 65535);
      gpu.run(kernel, groups, 1, 1, [
        ...operands,
        ...lines === undefined ? [units] : [], // of elements, whose number comes first
        ...[units, blocks, wide, isEven ? 1 : 0, l, s, d, e, dims, first, each, causal ? 1 : 0],
        ...[mask === null ? 0 : isBool ? 1 : 2, scale, p, p === 0 ? 0 : 1 / (1 - p)],
        ...[...key.seed, ...key.stream],
        ...steps,
      ], table);
    });
    first += count;
  });
}

function statsAt(q: Buffer, stats: Buffer): number {
  return floatsAt(stats, numelOf(q.shape.slice(0, -1)) * 2, "attend", "what was saved");
}

/** Attention, by name. */
export const attention: Required<Attention> = {
  attention(q, k, v, mask, lengths, y, stats, rule) {
    const given = { q, k, v, mask, y, dy: null, dq: null, dk: null, dv: null };
    const [l, e] = [q.shape.at(-2)!, v.shape.at(-1)!];
    perMatrix(given, lengths, [statsAt(q, stats), 0], rule, (call) => call(attend, l, e));
  },

  attentionGrad(q, k, v, mask, lengths, y, stats, dy, dq, dk, dv, rule) {
    const given = { q, k, v, mask, y, dy, dq, dk, dv };
    const [l, d] = q.shape.slice(-2) as [number, number];
    const [s, e] = v.shape.slice(-2) as [number, number];
    const saved = statsAt(q, stats);
    gpuOf(q).withScratch(numelOf(q.shape.slice(0, -1)), (sharesAt) => {
      perMatrix(given, lengths, [saved, sharesAt], rule, (call) => {
        call(shares);
        call(ofQueries, l, d);
        call(ofKeys, s, Math.max(d, e));
      });
    });
  },
};
