/**
 * The entry of `deno task train`.
 *
 * @module
 */
import { DataError, DivergedError, OutOfMemoryError } from "@glim/glim";
import { printable } from "./messages.ts";
import { GridError } from "./grid/grid_error.ts";
import { addGridCommands } from "./grid/options.ts";
import { interruptCode, type Outcome } from "./interrupt.ts";
import { printError } from "./print.ts";
import { type Actions, createProgram, runProgram } from "./program.ts";
import { addCnnCommand } from "./recipes/options.ts";
import { addTrainedCommands } from "./trained/options.ts";

/** Exit codes: 0 done, 1 failed, 2 wrong usage, 128 and a signal's number where it interrupted. */
let code = 0;

/** Notes how a command ended. */
function note(outcome: Outcome): void {
  if (outcome === "interrupted") code = interruptCode;
}

// Loaded at the call: none is of use to another.
const actions: Actions = {
  train: async (options) => note(await (await import("./train.ts")).trainNetwork(options)),
  trainByRecipe: async (options) =>
    note(await (await import("./recipes/command.ts")).runRecipe(options)),
  resume: async (options) => note(await (await import("./resume.ts")).resumeRun(options)),
};
const program = createProgram(actions);
addCnnCommand(program, actions);
addGridCommands(program, {
  grid: async (options) => note(await (await import("./grid/command.ts")).runGrid(options)),
  worker: async (options) =>
    note(await (await import("./grid/queue_worker.ts")).runWorker(options)),
});
addTrainedCommands(program, {
  predict: async (options) => {
    const { predictDigits } = await import("./trained/predict.ts");
    if (!await predictDigits(options)) code = 1;
  },
  evaluate: async (options) => await (await import("./trained/eval.ts")).evaluateNetwork(options),
});
try {
  const { isFile, train } = await import("./train_command.ts");
  if (isFile(Deno.args[0])) {
    const outcome = await train(Deno.args);
    if (outcome !== null) note(outcome);
  } else {
    code = await runProgram(program, Deno.args) || code;
  }
} catch (error) {
  const known = [DataError, DivergedError, OutOfMemoryError, GridError];
  if (!known.some((kind) => error instanceof kind)) throw error; // ours: show where
  // A message may quote a file or another machine; its own line breaks stay.
  printError(`error: ${(error as Error).message.split("\n").map(printable).join("\n")}`);
  code = 1;
}
Deno.exit(code);
