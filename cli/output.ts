/**
 * Standard output and standard error, which may be gone before the command is: a terminal is closed,
 * a reader has read enough, the disk below a log is full. No command ends because of that. A training
 * has a folder for what it finds, and the signal of a closed terminal must find it able to write a
 * checkpoint; what was lost is told at the end.
 */
import process from "node:process";

/** Why a text could not be written, the first time. */
let loss: { stream: string; error: Error & { code?: string } } | null = null;

/** What errors are called where nobody is there any more to read. */
const GONE = ["EIO", "EPIPE"];

for (const [stream, name] of [[process.stdout, "output"], [process.stderr, "error"]] as const) {
  stream.on("error", (error: Error) => lose(`standard ${name}`, error));
}

function lose(stream: string, error: unknown): void {
  loss ??= { stream, error: error as Error };
}

function attempt(stream: string, write: () => unknown): void {
  try {
    write();
  } catch (error) {
    lose(stream, error);
  }
}

/** Writes a line on standard output, as it is. */
export function writeLine(text: string): void {
  // deno-lint-ignore no-console -- the command's output
  attempt("standard output", () => console.log(text));
}

/** Writes a line on standard error, as it is. */
export function writeErrorLine(text: string): void {
  // deno-lint-ignore no-console -- the command's output
  attempt("standard error", () => console.error(text));
}

/** Writes a text on standard output, as it is. */
export function writeText(text: string): void {
  attempt("standard output", () => process.stdout.write(text));
}

/** Writes a text on standard error, as it is. */
export function writeErrorText(text: string): void {
  attempt("standard error", () => process.stderr.write(text));
}

/** What of the output was lost and why, as a sentence; null where all was read, or all who read are gone. */
export function lostOutput(): string | null {
  if (loss === null || GONE.includes(loss.error.code ?? "")) return null;
  return `${loss.stream} cannot be written: ${loss.error.message}`;
}
