/**
 * The entry of `deno task train`.
 *
 * @module
 */
import { DataError, DivergedError, OutOfMemoryError } from "../../mod.ts";
import { GridError } from "./grid/grid_error.ts";
import { addGridCommands } from "./grid/options.ts";
import { createProgram, runProgram } from "./program.ts";
import { trainNetwork } from "./train.ts";

/** Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
let code = 0;

const program = createProgram(async (options) => {
  if (await trainNetwork(options) === "interrupted") code = 130;
});
// Loaded at the call: neither is of use to the other, nor to a plain training.
addGridCommands(program, {
  grid: async (options) => {
    const { runGrid } = await import("./grid/command.ts");
    if (await runGrid(options) === "interrupted") code = 130;
  },
  worker: async (options) => {
    const { runWorker } = await import("./grid/queue_worker.ts");
    if (await runWorker(options) === "interrupted") code = 130;
  },
});
try {
  code = await runProgram(program, Deno.args) || code;
} catch (error) {
  const known = [DataError, DivergedError, OutOfMemoryError, GridError];
  if (!known.some((kind) => error instanceof kind)) throw error; // ours: show where
  console.error(`error: ${(error as Error).message}`);
  code = 1;
}
Deno.exit(code);
