/**
 * The arguments of a tool: what it does not know ends it with a line and exit code 2 before it does
 * anything, and `--help` tells the others.
 *
 * @module
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { print, printError } from "../cli/print.ts";

const HELP = { type: "boolean", short: "h", default: false } as const;

type Arguments<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: T & { help: typeof HELP }; allowPositionals: true }>
>;

/** The values of a tool's options, and its words, of which it takes `most`. */
export function readArguments<T extends ParseArgsOptionsConfig>(
  help: string,
  options: T,
  most = 0,
): Arguments<T> {
  let read;
  try {
    read = parsed(options);
  } catch (error) {
    // what it goes on with is how to have a word that looks like an option
    return refuse((error as Error).message.split(". To ")[0]!);
  }
  if ((read.values as { help?: boolean }).help) {
    print(help);
    Deno.exit(0);
  }
  const word = read.positionals[most];
  return word === undefined ? read : refuse(`Unexpected argument '${word}'`);
}

function parsed<T extends ParseArgsOptionsConfig>(options: T): Arguments<T> {
  return parseArgs({
    args: Deno.args,
    options: { ...options, help: HELP },
    allowPositionals: true,
  });
}

function refuse(message: string): never {
  printError(`error: ${message}: --help tells the options`);
  Deno.exit(2);
}
