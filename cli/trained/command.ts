/**
 * What `eval` and `predict` have in common: `deno task eval RUN`, where RUN is a run's folder or a file
 * of weights.
 */
import { z } from "zod";
import type { DeviceName } from "@glim/glim";
import { device, useDevice } from "../device.ts";
import { UsageError } from "../errors.ts";
import { type Flag, flagsOf, helpOf, readFlags, type Typed } from "../flags.ts";
import { experimentOfRecipe } from "../former.ts";
import { print } from "../print.ts";
import { loadTrained, type Named, type TrainedNetwork } from "./network.ts";

/** Other ways to name what is meant, and where it is asked. */
const OTHER = z.object({
  weights: z.string().trim().min(1).optional()
    .meta({ description: "RUN by an option's name", path: "read" }),
  recipe: z.string().optional()
    .describe("the recipe of weights alone: medium, small or mlp-best"),
  arch: z.string().trim().min(1).optional()
    .meta({ description: "the file of a network of your own", path: "program" }),
  device,
});

/** A command about a trained network. */
export interface TrainedCommand<S extends z.ZodObject> {
  readonly name: string;
  /** What it does, and what its words are. */
  readonly usage: string;
  readonly schema: S;
  readonly help: string;
}

/** What was typed, and the network that is meant. */
export interface TrainedRequest<O> {
  readonly network: TrainedNetwork;
  /** RUN. */
  readonly weights: string;
  readonly words: readonly string[];
  readonly options: O;
}

/** Reads a command about a trained network; null where only help was asked for. */
export async function readTrained<S extends z.ZodObject>(
  args: readonly string[],
  { name, usage, schema, help }: TrainedCommand<S>,
): Promise<TrainedRequest<z.output<S>> | null> {
  const flags = [...flagsOf(schema), ...flagsOf(OTHER)];
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    print(`Usage: deno task ${usage}\n${help}
RUN is a run's folder, or a file of weights or of a checkpoint. It tells what its network is. An
experiment that is no part of the repository is a program: it runs only if you name its FILE too.
What a run reads, such as --data-dir, may be named anew.

Options:
${helpOf(flags)}
  -h, --help  show this help
`);
    return null;
  }
  const named = namedBy(args, flags, name);
  await useDevice(named.device);
  let values: Typed["values"] = {};
  const network = await loadTrained(named, (own: readonly Flag[]) => {
    values = readFlags(args, [...flags, ...own]).values;
    return Object.fromEntries(
      own.filter(({ name }) => values[name] !== undefined).map(({ name }) => [name, values[name]]),
    );
  });
  const { weights, words } = named;
  return { network, weights, words, options: schema.parse(values) };
}

/** A file of an experiment among words. */
const PROGRAM = /\.[cm]?[jt]s$/;

/** The words, before it is known which options the experiment has: all of those have values. */
function namedBy(
  args: readonly string[],
  flags: readonly Flag[],
  command: string,
): Named & { words: string[]; device: DeviceName } {
  const { words: all, values } = readFlags(args, flags, { isLenient: true });
  const { recipe, arch, weights, device } = OTHER.parse(values);
  const words = all.filter((word) => !PROGRAM.test(word));
  const run = weights ?? words.shift();
  if (run === undefined) {
    throw new UsageError(`${command}: needs a run's folder, or a file of weights: none is named`);
  }
  const file = recipe === undefined
    ? all.find((word) => PROGRAM.test(word))
    : experimentOfRecipe(recipe);
  return { weights: run, file, words, arch, device };
}
