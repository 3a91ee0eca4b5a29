/**
 * The one way to run a kernel: `launch.clamp(work, x, y, low, high, count)`, with the arguments that
 * it has in `assembly/`, but for its range, which is [0, count). These are the core's; each other family
 * of kernels has a `launch` of its own. Whether threads share the range is
 * decided here, by the `work`: nanoseconds on one thread, roughly.
 *
 * A kernel that needs scratch space is told how many bytes each thread needs. There is one function
 * for each kernel, made by the build: a call costs what a call of the kernel itself does.
 *
 * @module
 */
import { type Cut, shareBy } from "../../build/abi.ts";
import { launch, sizes } from "../../build/core.ts";
import { runAlone, runShared } from "./instance.ts";
import { isOpen, raceAfter } from "./race.ts";
import { scratchOf, toLines } from "./scratch.ts";
import { gainsFromThreads, getNumThreads } from "./threads.ts";

export { type Cut, launch, sizes };

/** Nanoseconds an element that is read and written takes on one thread, roughly. */
export const STREAM = 0.2;

/** How a range of elements is cut: each part begins with a cache line. */
export const ELEMENTS: Cut = { align: 16, parts: 4 };

/** How a range of rows, images or other outputs of some size is cut: anywhere. */
export const ROWS: Cut = { align: 1, parts: 4 };

shareBy((module, kernel, work, cut = ELEMENTS, ...given) => {
  const args = given as number[]; // addresses are numbers, to those who run kernels
  const [scratch, ...ranges] = module.places[kernel]!;
  let rangeAt = ranges[cut.range ?? 0]!; // of several ranges the longest is cut
  if (cut.range === undefined) {
    for (const at of ranges) if (args[at + 1]! > args[rangeAt + 1]!) rangeAt = at;
  }
  const isShared = args[rangeAt + 1]! > cut.align && gainsFromThreads(work);
  const varyBy = scratch < 0 ? 0 : toLines(args[scratch]!);
  if (scratch >= 0) {
    given[scratch] = scratchOf(isShared ? varyBy * getNumThreads() : varyBy);
  }
  if (isShared) runShared(module, kernel, args, { rangeAt, ...cut, varyAt: scratch, varyBy });
  else runAlone(module, kernel, args);
  // not before it: how much scratch space it needs was asked of the build that was in use
  if (isOpen) raceAfter(work);
}, scratchOf);
