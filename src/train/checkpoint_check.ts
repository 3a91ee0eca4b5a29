/**
 * Whether what was read is what a checkpoint has: nothing in a file is trusted.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import type { Checkpoint } from "./checkpoint.ts";

type Check = (value: unknown) => boolean;

function number(value: unknown): boolean {
  return typeof value === "number";
}

function count(value: unknown): boolean {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function text(value: unknown): boolean {
  return typeof value === "string";
}

function flag(value: unknown): boolean {
  return typeof value === "boolean";
}

function interval(value: unknown): boolean {
  return value === "epoch" || value === "step";
}

function anything(): boolean {
  return true;
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

function orAbsent(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function list(item: Check): Check {
  return (value) => Array.isArray(value) && value.every(item);
}

function pair(first: Check, second: Check): Check {
  return (value) =>
    Array.isArray(value) && value.length === 2 && first(value[0]) && second(value[1]);
}

/** An object with values of one kind. */
function table(item: Check): Check {
  return (value) => isObject(value) && Object.values(value).every(item);
}

/** An object with these values; it may have others. */
function record(checks: Record<string, Check>): Check {
  return (value) =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const random = record({ seed: count, stream: count });
const loader = record({
  samples: orNull(count),
  batchSize: count,
  batches: orNull(count),
  shuffle: (value) => flag(value) || count(value),
  random: orNull(random),
});
const streams = record({ process: random, train: loader, dev: orNull(loader) });
const epoch = record({
  epoch: count,
  trainLoss: number,
  trainAccuracy: number,
  devLoss: number,
  devAccuracy: number,
  learningRate: number,
  seconds: number,
  metrics: orAbsent(table(number)),
});

/** Everything but the tensors. */
const FIELDS: Record<Exclude<keyof Checkpoint, "tensors">, Check> = {
  epoch: count,
  step: count,
  totalSteps: count,
  sums: record({ samples: count, loss: number, correct: number }),
  seconds: number,
  learningRate: number,
  history: list(epoch),
  began: orNull(streams),
  streams,
  build: record({ glim: text, kernels: text }),
  optimizer: record({
    kind: text,
    paramGroups: list(record({ params: list(count) })),
    state: list(pair(count, table(orNull(number)))),
  }),
  scheduler: orNull(record({
    kind: text,
    interval,
    state: isObject,
  })),
  averagedModel: flag,
  callbacks: list(record({ name: text, values: anything })),
  config: anything,
};

/** A checkpoint without its tensors. Throws DataError where a field is not what it should be. */
export function checkValues(values: Record<string, unknown>): Omit<Checkpoint, "tensors"> {
  for (const [name, check] of Object.entries(FIELDS)) {
    if (!check(values[name])) throw new DataError(`decodeCheckpoint: ${name} is malformed`);
  }
  return values as unknown as Omit<Checkpoint, "tensors">;
}
