/**
 * Commands, times and counts as they are told.
 *
 * @module
 */
import type { nn } from "@glim/glim";
import type { Options } from "./fit.ts";
import { flagsOf } from "./flags.ts";
import { withoutLogin } from "./grid/queue_address.ts";
import { isOwn, type Loaded } from "./load.ts";

/** What goes on with a run of an experiment: a file of one's own must be named, and what it reads. */
export function resumeCommand({ name, experiment }: Loaded, run: string, options: Options): string {
  const paths = flagsOf(experiment.schema).filter(({ path }) =>
    path !== undefined && (path === "program" || !isOwn(name))
  );
  return commandLine("deno task train", [
    ...isOwn(name) ? [] : [name],
    "--resume",
    run,
    ...paths.flatMap(({ name, flag }) => options[name] === null ? [] : [flag, `${options[name]}`]),
  ]);
}

/** How many numbers a network learns. */
export function countParameters(model: nn.Module): number {
  let count = 0;
  for (const parameter of model.parameters()) count += parameter.numel;
  return count;
}

/** `1 epoch`, `2 epochs`. */
export function countOf(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`;
}

/** The command that runs, as it can be typed again, but for the login in a queue's URL. */
export function ownCommand(args: readonly string[] = Deno.args): string {
  const name = "--queue=";
  const shown = args.map((arg, i) => {
    if (args[i - 1] === "--queue") return withoutLogin(arg);
    return arg.startsWith(name) ? name + withoutLogin(arg.slice(name.length)) : arg;
  });
  return commandLine("deno task train", shown);
}

/** A command as it can be typed again. */
export function commandLine(command: string, args: readonly string[]): string {
  const quoted = args.map((arg) =>
    /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`
  );
  return [command, ...quoted].join(" ");
}

/** Date and time in UTC, fit for a file name: `2026-11-23T15-31-04Z`. */
export function timestamp(now: Date): string {
  return now.toISOString().replace(/\.\d+/, "").replaceAll(":", "-");
}
