/**
 * Which build is faster here? No interface of an engine tells whether it joins neighbouring vectors, so
 * a tile of the wide build races one of the fast build, in bursts of a fraction of a millisecond
 * between kernels that take longer, until three agree.
 *
 * ```
 *                                   wide : fast
 * joined                            1.3 to 2.1
 * not joined                        0.6 to 0.8
 * not optimised yet                 1.1 to 1.2, or one of the two is: 0.3, or 3 and more
 * ```
 *
 * @module
 */
import { race } from "../../build/wide.ts";
import type { Platform } from "../core/platform.ts";
import { unpacked } from "./lzma.ts";
import { build, instantiate, isChosen, takeBuild } from "./instance.ts";
import { free, malloc, u8 } from "./memory.ts";

declare const WebAssembly: Platform["WebAssembly"];
declare const performance: Platform["performance"];

/** Between which quotients the wide build wins. */
const WINS = [1.3, 2.3] as const;

/** Work between two bursts, in nanoseconds on one thread: the engine optimises in the meantime. */
const INTERVAL = 5_000_000;

/** Bursts after which the build stays what it is. */
const MOST = 12;

/** Bytes that the tiles work on. */
const SCRATCH_BYTES = 20480;

/** What `assembly/race.ts` exports. */
interface Racer {
  race(wide: number, scratch: number, times: number): void;
}

let racer: Racer | null = null;
let scratch = 0;
let sinceBurst = 0;
let bursts = 0;
let wins = 0;

/** Whether it is still open which build is faster; never where a bundle leaves the wide one out. */
export let isOpen: boolean = race !== "";

/** Is told of work that was done, in nanoseconds on one thread; now and then runs a burst. */
export function raceAfter(work: number): void {
  sinceBurst += work;
  if (sinceBurst < INTERVAL) return;
  sinceBurst = 0;
  if (build !== "fast" || isChosen) return close();
  const quotient = burst();
  wins = quotient > WINS[0] && quotient < WINS[1] ? wins + 1 : 0;
  if (wins === 3) takeBuild("wide");
  if (wins === 3 || ++bursts === MOST) close();
}

function close(): void {
  isOpen = false;
  racer = null;
  if (scratch !== 0) free(scratch, SCRATCH_BYTES);
  scratch = 0;
}

/** How many times as fast the wide tile is: the best of three tries of each; 0 without memory. */
function burst(): number {
  racer ??= instantiate(new WebAssembly.Module(unpacked(race))) as Racer;
  if (scratch === 0) {
    scratch = malloc(SCRATCH_BYTES);
    if (scratch === 0) return 0;
    u8.fill(0, scratch, scratch + SCRATCH_BYTES);
  }
  let [narrow, wide] = [Infinity, Infinity];
  for (let tries = 0; tries < 3; tries++) {
    const start = performance.now();
    racer.race(0, scratch, 8);
    const between = performance.now();
    racer.race(1, scratch, 8);
    narrow = Math.min(narrow, between - start);
    wide = Math.min(wide, performance.now() - between);
  }
  return narrow / wide;
}
