/**
 * What every run tells about its data, its machine and its network.
 *
 * @module
 */
import { type data, DataError, getKernelBuild, type nn } from "../../mod.ts";
import type { Config } from "./run_folder.ts";
import { VERSION } from "../version.ts";

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
export function originOf({ name, dir, checksums }: data.Mnist): Record<string, unknown> {
  return {
    data: { name, dir, checksums },
    environment: environment(),
    command: commandLine("deno task train", Deno.args),
    started: new Date().toISOString(),
  };
}

/** DataError where a run was begun with another data set than the one that is there. */
export function checkData(config: Config, { name, dir, checksums }: data.Mnist): void {
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
export function interruptedLine(finished: number, epochs: number, run: string): string {
  return `interrupted after ${finished} of ${epochs} epochs: what was finished is in ${run}; ` +
    `${resumeLine(run)} goes on`;
}

/** What goes on with a run. */
export function resumeLine(run: string): string {
  return commandLine("deno task train", ["--resume", run]);
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

/** A command as it can be typed again. */
export function commandLine(command: string, args: readonly string[]): string {
  const quoted = args.map((arg) =>
    /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`
  );
  return [command, ...quoted].join(" ");
}
