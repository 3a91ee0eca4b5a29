/**
 * Division with a whole quotient and what it leaves, of two numbers.
 *
 * @module
 */
import type { BinaryOp } from "../device/kernels.ts";

/** An integer function of a and b, which is not 0. */
export function nonZero(name: string, f: (a: number, b: number) => number): BinaryOp["ofIntegers"] {
  return (a, b) => {
    if (b === 0) throw new RangeError(`${name}: integers must not be divided by 0`);
    return f(a, b) | 0;
  };
}

/** What is left of a, of b's sign: Python's %. */
export function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** The quotient rounded down, from the remainder: where a / b rounds up to a whole number, too. */
export function floorQuotient(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0);
  return quotient === 0 ? a / b * 0 : Math.round(quotient);
}
