/** The entry of `deno task train`, `eval`, `predict` and `grid`. */
import { DataError, DeviceError, DivergedError, OutOfMemoryError } from "@glim/glim";
import { GridError, printable, UsageError } from "./errors.ts";
import { interruptCode, type Outcome } from "./interrupt.ts";
import { lostOutput } from "./output.ts";
import { printError } from "./print.ts";

/** Runs a command. Exit codes: 0 done, 1 failed, 128 and a signal's number where it interrupted. */
async function run([command, ...args]: readonly string[]): Promise<number> {
  // Loaded at the call: none is of use to another.
  switch (command) {
    case "eval":
      await (await import("./trained/eval.ts")).evaluate(args);
      return 0;
    case "predict":
      return await (await import("./trained/predict.ts")).predict(args) ? 0 : 1;
    case "grid":
      return codeOf(await (await import("./grid/command.ts")).runGrid(args));
    case "worker":
      return codeOf(await (await import("./grid/queue_worker.ts")).runWorker(args));
    default:
      return codeOf(await (await import("./train_command.ts")).train(Deno.args));
  }
}

function codeOf(outcome: Outcome | null): number {
  return outcome === "interrupted" ? interruptCode : 0;
}

let code: number;
try {
  code = await run(Deno.args);
} catch (error) {
  const known = [DataError, DivergedError, OutOfMemoryError, GridError, UsageError];
  const isLost = error instanceof DeviceError && error.message.includes("the GPU was lost");
  if (!isLost && !known.some((kind) => error instanceof kind)) throw error; // ours: show where
  // A message may quote a file or another machine; its own line breaks stay.
  printError(`error: ${(error as Error).message.split("\n").map(printable).join("\n")}`);
  code = error instanceof UsageError ? 2 : 1;
}
const lost = lostOutput();
if (lost !== null) printError(`error: ${lost}`);
Deno.exit(lost === null ? code : code || 1);
