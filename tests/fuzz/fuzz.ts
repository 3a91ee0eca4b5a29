/**
 * Reads mutated files, and looks for what no file may do to a reader: keep it busy, make it throw
 * anything but its own error, make it use more memory than the file can ask for, or leave some
 * behind.
 */
import fc from "fast-check";
import { memory } from "../../src/scope/scope.ts";
import { live } from "../leaks.ts";
import { mutate, type Mutation, mutation } from "./mutations.ts";
import type { Reader } from "./readers.ts";

/** Milliseconds that reading a file of some kilobytes may take, at best of several times. */
const TIME = 1000;

/** The most characters of an error's message: 255 lengths, which IDX may have, and some words. */
const MESSAGE = 4000;

/** Bytes that reading may take however small the file is: for objects, messages and code. */
const SLACK = 2 ** 20;

/** What reading mutated files came to. */
export interface Outcome {
  /** How many of them were read, and not refused. */
  read: number;
  /** What was wrong, if anything was. */
  finding?: Finding;
}

/** Something wrong: what, and the smallest file that shows it. */
export interface Finding {
  message: string;
  bytes: Uint8Array;
}

/** A choice of a file and of changes, to its inner part and to the whole. */
interface Case {
  file: number;
  inner: readonly Mutation[];
  outer: readonly Mutation[];
}

/**
 * Reads `runs` mutated files, the same ones for the same seed, up to the first finding. `watch` is
 * shown each before it is read.
 */
export async function fuzz(
  reader: Reader,
  { runs, seed, watch }: { runs: number; seed: number; watch?: (bytes: Uint8Array) => void },
): Promise<Outcome> {
  const file = fc.nat(reader.files.length - 1);
  const changes = fc.array(mutation, { minLength: 1, maxLength: 2 });
  const none = fc.constant([]);
  // Not both at once: few files with changes outside are unpacked at all.
  const cases: fc.Arbitrary<Case> = fc.oneof(
    { weight: 2, arbitrary: fc.record({ file, inner: changes, outer: none }) },
    { weight: 1, arbitrary: fc.record({ file, inner: none, outer: changes }) },
  );
  let read = 0;
  const property = fc.asyncProperty(cases, async (choice) => {
    const bytes = build(reader, choice);
    watch?.(bytes);
    if (await check(reader, bytes)) read++;
  });
  const { failed, counterexample, errorInstance } = await fc.check(property, {
    numRuns: runs,
    seed,
  });
  if (!failed) return { read };
  const message = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return { read, finding: { message, bytes: build(reader, counterexample![0]) } };
}

function build(reader: Reader, { file, inner, outer }: Case): Uint8Array {
  const real = reader.files[file]!;
  return mutate(real.pack(mutate(real.inner, inner)), outer);
}

/**
 * Whether a reader reads a file or refuses it. Throws an Error where it does neither as it should.
 * It has more chances to be in time and in memory, as another program may have had the processor, and
 * the engine's own code and what it has not collected yet are on the same heap.
 */
export async function check(reader: Reader, bytes: Uint8Array, chances = 10): Promise<boolean> {
  const [before, taken] = [live().liveBytes, memory().liveBytes];
  const allowed = SLACK + 2 * reader.expansion * bytes.length;
  const begin = performance.now();
  const heap = javascriptBytes();
  let made = 0, refused = false;
  try {
    const reading = reader.read(bytes);
    made = typeof reading === "number" ? reading : await reading;
  } catch (error) {
    refused = true;
    if (!(error instanceof reader.error)) {
      throw new Error(`threw ${error instanceof Error ? error.stack : error}`);
    }
    if (error.message.length > MESSAGE) {
      throw new Error(`a message of ${error.message.length} characters`);
    }
  }
  // The collector may take some away meanwhile, but nothing is counted that was not asked for.
  const ofHeap = javascriptBytes() - heap;
  const ofTensors = Math.max(memory().peakBytes - Math.max(peak, taken), made);
  peak = Math.max(peak, memory().peakBytes);
  const time = performance.now() - begin;
  if (ofTensors > allowed) throw new Error(`${ofTensors} bytes used for ${bytes.length}`);
  const excess = ofHeap > allowed
    ? `${ofHeap} bytes used for ${bytes.length}`
    : time > TIME
    ? `${Math.round(time)} ms for ${bytes.length} bytes`
    : null;
  if (excess !== null) {
    if (chances > 1) return check(reader, bytes, chances - 1);
    throw new Error(excess);
  }
  const left = live().liveBytes - before;
  if (left !== 0) throw new Error(`${left} bytes of tensors are left behind`);
  return !refused;
}

/** The most bytes of tensors so far. */
let peak = memory().peakBytes;

function javascriptBytes(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
