/** Text for people, broken between words where a terminal is too narrow for it. */
import process from "node:process";
import { writeErrorLine, writeErrorText, writeLine, writeText } from "./output.ts";

/** Prints a text on standard output; a file or a pipe gets its lines as they are. */
export function print(text: string): void {
  writeLine(fit(text, outputColumns()));
}

/** Prints a text on standard error. */
export function printError(text: string): void {
  writeErrorLine(fit(text, process.stderr.columns));
}

/** How a program of commander's writes. */
export const OUTPUT = {
  // Looking for colours reads the environment, which needs a permission.
  getOutHasColors: (): boolean => false,
  getErrHasColors: (): boolean => false,
  writeOut: (text: string): void => writeText(fit(text, process.stdout.columns)),
  writeErr: (text: string): void => writeErrorText(fit(text, process.stderr.columns)),
};

/**
 * Breaks each line of a text that has more than `columns` characters between words; what follows is
 * indented by two more. A word that is longer, such as a path, stays whole.
 */
export function fit(text: string, columns: number | undefined): string {
  // A terminal that does not know its size says 0.
  if (columns === undefined || columns === 0) return text;
  return text.split("\n").flatMap((line) => broken(line, columns)).join("\n");
}

function broken(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = line.match(/^ */)![0];
  const lines: string[] = [];
  let row = "";
  for (const [_, blanks, word] of line.matchAll(/( *)([^ ]+)/g)) {
    if (row.trim() !== "" && widthOf(row + blanks! + word!) > columns) {
      lines.push(row);
      row = `${indent}  ${word}`;
    } else {
      row += blanks! + word!;
    }
  }
  return [...lines, row];
}

/** How many characters a person sees: not those that choose colours. */
function widthOf(text: string): number {
  // deno-lint-ignore no-control-regex -- that is how they begin
  return [...text.replace(/\x1b\[[\d;]*m/g, "")].length;
}

/** Characters in a row of standard output where that is a terminal; else there is no end to it. */
export function outputColumns(): number {
  return process.stdout.columns || Infinity;
}
