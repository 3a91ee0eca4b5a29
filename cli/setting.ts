/**
 * What every run tells about its data, its machine and its network.
 *
 * @module
 */
import { type data, DataError, getKernelBuild, type nn, VERSION } from "@glim/glim";
import { hasCentredImages } from "@glim/web";
import { withoutLogin } from "./grid/queue_address.ts";
import type { Config } from "./run_folder.ts";
import type { Options } from "./fit.ts";
import { flagsOf } from "./flags.ts";
import { isOwn, type Loaded } from "./load.ts";

function environment(): Record<string, string> {
  return {
    glim: VERSION,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    target: Deno.build.target,
    kernels: getKernelBuild(),
  };
}

/** What every run's `config.json` tells of its data and of how it was made. */
export function originOf(set: Origin): Record<string, unknown> {
  const { name, dir, checksums, train, imageShape } = set;
  const isCentred = hasCentredImages(train, imageShape);
  return {
    data: { name, dir, checksums, isCentred },
    environment: environment(),
    command: ownCommand(),
    started: new Date().toISOString(),
  };
}

/** A data set as it was found, with what is learnt from. */
type Origin = Pick<data.Mnist, "name" | "dir" | "checksums" | "imageShape"> & {
  train: data.Dataset;
};

/** DataError where a run was begun with another data set than the one that is there. */
export function checkData(config: Config, { name, dir, checksums }: Origin): void {
  const before = config.data as Pick<data.Mnist, "name" | "dir" | "checksums">;
  if (JSON.stringify(before.checksums) === JSON.stringify(checksums)) return;
  throw new DataError(
    `resume: the data must be the same: they were ${before.name} from ${before.dir}, ` +
      `now they are ${name} from ${dir}`,
  );
}

/** `MNIST from data: 50000 to train, 10000 dev, 10000 test`. */
export function dataLine({ name, dir, train, dev, test }: data.Mnist): string {
  return `${name} from ${dir}: ${train.length} to train, ${dev.length} dev, ${test.length} test`;
}

/** What is said when a run ends before its last epoch. */
export function interruptedLine(
  finished: number,
  epochs: number,
  run: string,
  arch: string | null = null,
): string {
  return `interrupted after ${finished} of ${epochs} epochs: what was finished is in ${run}; ` +
    `${resumeLine(run, arch)} goes on`;
}

/** What goes on with a run, whose network may be of a file. */
export function resumeLine(run: string, arch: string | null = null): string {
  return commandLine("deno task train", [
    "--resume",
    run,
    ...arch === null ? [] : ["--arch", arch],
  ]);
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
