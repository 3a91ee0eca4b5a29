/**
 * Functions of elements that are made of steps, which one kernel takes block by block
 * (`assembly/elementwise/fused.ts`). A function is written as a formula of values; what is made of it
 * here is the kernel's table.
 *
 * @module
 */
import { FUSED_OP, UNARY_OP } from "../../build/abi.ts";
import { type Address, numberOf, offset } from "./address.ts";
import { f32, i32 } from "./memory.ts";
import { GrowingBlock } from "./scratch.ts";

/** The result of a step, or an operand of the whole. */
interface Node {
  /** The step's code. */
  readonly code: number;
  /** What it takes. */
  readonly operands: readonly Value[];
  /** Where an operand of the whole is, as the kernel wants to be told; a step has none. */
  readonly place?: number;
}

/** What a formula computes with. */
export type Value = Node | number;

/** A function: the values that it takes, and which is the result. */
export type Formula = (...operands: Value[]) => Value;

type Op = keyof typeof FUSED_OP | keyof typeof UNARY_OP;

/** Whether there is one number of it for all elements. */
function isOne(x: Value): boolean {
  return typeof x === "number" || (x.place ?? 0) % 2 === 1;
}

/** A value with a number for each element. */
function ofEach(x: Value): Value {
  return isOne(x) ? { code: FUSED_OP.or, operands: [x, x] } : x;
}

function stepOf(code: number): (...operands: Value[]) => Value {
  const walks = code < FUSED_OP.add; // those of one operand walk along it
  return (...operands) => ({ code, operands: walks ? operands.map(ofEach) : operands });
}

/** All steps, by name. */
export const steps: Readonly<Record<Op, (...operands: Value[]) => Value>> = Object.fromEntries(
  Object.entries({ ...UNARY_OP, ...FUSED_OP }).map(([name, code]) => [name, stepOf(code)]),
) as Record<Op, (...operands: Value[]) => Value>;

// The kinds of places, as the kernel has them, and what the scratch space begins with.
const SCRATCH = 0, TABLE = 1, POINTER = 2, SETTING = 3;
const REST = 192, REGISTERS = REST + 256, BLOCK = 4096 + 192;

function placeOf(kind: number, bytes: number): number {
  return bytes * 4 + kind;
}

function operand(kind: number, bytes: number): Node {
  return { code: -1, operands: [], place: placeOf(kind, bytes) };
}

/** The elements of the arrays x, y and z. */
export const ARRAYS: readonly Value[] = [4, 8, 12].map((bytes) => operand(POINTER, bytes));

/** The settings a and b. */
export const SETTINGS: readonly Value[] = [64, 128].map((bytes) => operand(SETTING, bytes));

/** What the kernel is told of a formula. */
export interface Table {
  readonly at: Address;
  readonly steps: number;
  /** Bytes that each thread needs. */
  readonly scratch: number;
}

const tables = new Map<Formula, Table[]>();

/** The table of a formula of some operands; `variant` tells them from others that it may have. */
export function tableOf(formula: Formula, operands: readonly Value[], variant = 0): Table {
  let variants = tables.get(formula);
  if (variants === undefined) tables.set(formula, variants = []);
  return variants[variant] ??= compiled(formula(...operands) as Node);
}

/** Takes each step once its operands are there; a register is free after its last use. */
function compiled(result: Node): Table {
  const uses = new Map<Value, number>();
  const count = (node: Value): void => {
    const n = uses.get(node) ?? 0;
    uses.set(node, n + 1);
    if (n === 0 && typeof node !== "number") node.operands.forEach(count);
  };
  count(result);

  const code: number[] = [];
  const numbers: number[] = [];
  const places = new Map<Value, number>();
  const free: number[] = [];
  let registers = 0;
  const length = 20 *
    [...uses.keys()].filter((node) => typeof node !== "number" && node.code >= 0).length;
  const numbersAt = Math.ceil(length / 64) * 64;
  const find = (node: Value): number => {
    if (typeof node === "number") {
      let i = numbers.findIndex((other) => Object.is(other, node));
      if (i < 0) i = numbers.push(node) - 1;
      return placeOf(TABLE, numbersAt + 64 * i);
    }
    if (node.place !== undefined) return node.place;
    const known = places.get(node);
    if (known !== undefined) return known;
    const from = node.operands.map(find);
    const spare: number[] = [];
    for (const operand of node.operands) {
      const left = uses.get(operand)! - 1;
      uses.set(operand, left);
      const at = places.get(operand);
      if (left === 0 && at !== undefined) spare.push(at);
    }
    // Functions of one operand are slower where they write over it: see assembly/elementwise/curve.ts.
    if (node.code >= FUSED_OP.add) free.push(...spare.splice(0));
    const to = node === result
      ? placeOf(POINTER, 0)
      : free.pop() ?? placeOf(SCRATCH, REGISTERS + BLOCK * registers++);
    free.push(...spare);
    places.set(node, to);
    code.push(node.code, to, from[0]!, from[1] ?? 0, from[2] ?? 0);
    return to;
  };
  find(result);

  const at = new GrowingBlock().ofBytes(numbersAt + 64 * numbers.length);
  i32.set(code, numberOf(at) / 4);
  numbers.forEach((value, i) => {
    const from = numberOf(offset(at, numbersAt + 64 * i)) / 4;
    f32.fill(value, from, from + 16);
  });
  return { at, steps: code.length / 5, scratch: REGISTERS + BLOCK * registers };
}
