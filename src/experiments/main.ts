/**
 * The entry of `deno task train`.
 *
 * @module
 */
import { DataError, DivergedError, OutOfMemoryError } from "../../mod.ts";
import { createProgram, runProgram } from "./program.ts";
import { trainNetwork } from "./train.ts";

/** Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
let code = 0;

const program = createProgram(async (options) => {
  if (await trainNetwork(options) === "interrupted") code = 130;
});
try {
  code = await runProgram(program, Deno.args) || code;
} catch (error) {
  const known = [DataError, DivergedError, OutOfMemoryError];
  if (!known.some((kind) => error instanceof kind)) throw error; // ours: show where
  console.error(`error: ${(error as Error).message}`);
  code = 1;
}
Deno.exit(code);
