/**
 * The entry of `deno task train`.
 *
 * @module
 */
import { DataError, DivergedError, OutOfMemoryError } from "@glim/glim";
import { printable } from "./messages.ts";
import { GridError } from "./grid/grid_error.ts";
import { interruptCode, type Outcome } from "./interrupt.ts";
import { printError } from "./print.ts";
import { type Actions, createProgram, runProgram } from "./program.ts";
import { addCnnCommand } from "./recipes/options.ts";
import { addTrainedCommands } from "./trained/options.ts";
import { UsageError } from "./usage_error.ts";

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
addTrainedCommands(program, {
  predict: async (options) => {
    const { predictDigits } = await import("./trained/predict.ts");
    if (!await predictDigits(options)) code = 1;
  },
  evaluate: async (options) => await (await import("./trained/eval.ts")).evaluateNetwork(options),
});
try {
  const { isFile, train } = await import("./train_command.ts");
  const [command, ...rest] = Deno.args;
  let outcome: Outcome | null = null;
  if (command === "grid") {
    outcome = await (await import("./grid/command.ts")).runGrid(rest);
  } else if (command === "worker") {
    outcome = await (await import("./grid/queue_worker.ts")).runWorker(rest);
  } else if (isFile(command)) {
    outcome = await train(Deno.args);
  } else {
    code = await runProgram(program, Deno.args) || code;
  }
  if (outcome !== null) note(outcome);
} catch (error) {
  const known = [DataError, DivergedError, OutOfMemoryError, GridError, UsageError];
  if (!known.some((kind) => error instanceof kind)) throw error; // ours: show where
  // A message may quote a file or another machine; its own line breaks stay.
  printError(`error: ${(error as Error).message.split("\n").map(printable).join("\n")}`);
  code = error instanceof UsageError ? 2 : 1;
}
Deno.exit(code);
