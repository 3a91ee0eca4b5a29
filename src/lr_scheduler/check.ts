/**
 * Checks that schedules share.
 *
 * @module
 */

import {
  callable,
  check,
  either,
  isIterable,
  type Kind,
  kind,
  listOf,
  number,
  whole,
} from "../core/options.ts";
import type { AnyOptimizer } from "./scheduler.ts";

/** A number that was checked to be a whole one of at least 1; RangeError if it is not. */
export function checkCount(schedule: string, name: string, value: number): number {
  check(schedule, name, value, COUNT);
  return value;
}

const COUNT = whole(1);

/** One number, or one a group. */
export const NUMBERS: Kind = either(number, listOf(number, undefined, "a list of them"));

/** One number for each of n groups; RangeError where a list has another length. */
export function eachGroup(
  schedule: string,
  name: string,
  value: number | readonly number[],
  n: number,
): number[] {
  check(schedule, name, value, NUMBERS);
  if (typeof value === "number") return Array.from({ length: n }, () => value);
  if (value.length === n) return [...value];
  throw new RangeError(
    `${schedule}: ${name} must be one number or ${n}, one a group: there are ${value.length}`,
  );
}

/** Milestones as a list; RangeError unless they are whole numbers of at least 1. */
export function checkCounts(schedule: string, milestones: Iterable<number>): number[] {
  check(schedule, "milestones", milestones, MILESTONES);
  return Array.from(milestones, (n) => checkCount(schedule, "a milestone", n));
}

const MILESTONES = kind("a list of numbers", isIterable);

type Lambda = (epoch: number) => number;

const LAMBDA = either(callable, listOf(callable, undefined, "a list of functions"));

/** One function for each of n groups; RangeError where a list has another length. */
export function eachLambda(
  schedule: string,
  lrLambda: Lambda | readonly Lambda[],
  n: number,
): Lambda[] {
  check(schedule, "lrLambda", lrLambda, LAMBDA);
  if (typeof lrLambda === "function") return Array.from({ length: n }, () => lrLambda);
  if (lrLambda.length === n) return [...lrLambda];
  throw new RangeError(
    `${schedule}: ${n} functions are needed, one a group: there are ${lrLambda.length}`,
  );
}

/** What the groups call their momentum; RangeError where one has none. */
export function momentumOf(schedule: string, optimizer: AnyOptimizer): "betas" | "momentum" {
  for (const name of ["betas", "momentum"] as const) {
    if (optimizer.paramGroups.every((group) => name in group)) return name;
  }
  throw new RangeError(
    `${schedule}: cycleMomentum needs an optimizer with momentum or betas: it has neither`,
  );
}

/** Changes a group's momentum, by the name that {@link momentumOf} tells. */
export function setMomentum(
  group: AnyOptimizer["paramGroups"][number],
  name: "betas" | "momentum",
  value: number,
): void {
  group[name] = name === "betas" ? [value, group.betas[1]] : value;
}
