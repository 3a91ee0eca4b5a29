/** Numbers, times, commands and comparisons as they are told. */
import type { Options } from "./experiment.ts";
import { flagsOf } from "./flags.ts";
import { withoutLogin } from "./grid/queue_address.ts";
import { isOwn, type Loaded } from "./load.ts";

/**
 * A probability in per cent with as many digits as tell it from 0 and from 1: `32.1 %`, `99.9987 %`,
 * `0.00012 %`.
 */
export function percent(p: number): string {
  const rest = Math.min(p, 1 - p);
  if (rest === 0) return `${100 * p} %`;
  const digits = Math.max(1, 1 - Math.floor(Math.log10(100 * rest) + 1e-9));
  return digits > 12 ? `${p < 0.5 ? "< 10" : "> 100 − 10"}⁻¹⁰ %` : `${(100 * p).toFixed(digits)} %`;
}

/** What is compared, how it is here, how it is there, and a remark. */
export type ComparisonRow = readonly [name: string, here: string, there: string, note: string];

/** The rows as a text table under their headings; `there` is empty where nothing is compared with. */
export function comparison(
  here: string,
  rows: readonly ComparisonRow[],
  there: string,
): string {
  const width = there === "" ? 0 : 12;
  const first = 1 + Math.max(13, ...rows.map(([name]) => name.length));
  return [["", here, there, ""] as const, ...rows].map(([name, run, other, note]) =>
    `${name.padEnd(first)}${run.padStart(10)}${other.padStart(width)}   ${note}`.trimEnd()
  ).join("\n");
}

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

/** `7 h 05 min`, `4 min 10 s`, `9.3 s`. */
export function clock(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  const minutes = Math.round(s / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** A count in three or four characters: `950`, `7.1k`, `120k`, `1.3M`. Not finite: `-`. */
export function showCount(n: number): string {
  if (!Number.isFinite(n)) return "-";
  if (n < 999.5) return n.toFixed(0);
  const [value, unit] = n < 999_500 ? [n / 1e3, "k"] : [n / 1e6, "M"];
  return value.toFixed(value < 9.95 ? 1 : 0) + unit;
}

/** A time given in seconds: `0:07`, `12:30`, `1:02:03`. Not finite: `-`. */
export function showTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-";
  const s = Math.ceil(seconds);
  const parts = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  const [first, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [first, ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
}
