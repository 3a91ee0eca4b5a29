/**
 * The command line as a whole: commands, help and exit codes.
 *
 * @module
 */
import { Command, CommanderError, Option } from "commander";
import { printable } from "./messages.ts";
import {
  addTrainOptions,
  givenOptions,
  type RawOptions,
  readTrainOptions,
  type TrainOptions,
} from "./options.ts";
import { OUTPUT } from "./print.ts";
import { readRecipeOptions, recipeOnly, type RecipeOptions } from "./recipes/options.ts";
import { RECIPES } from "./recipes/recipes.ts";
import { readResumeOptions, resumeOnly, type ResumeOptions } from "./resume_options.ts";
import { UsageError } from "./usage_error.ts";

/** Where a program writes: standard output and standard error unless given. */
export interface Output {
  /** Help. */
  out(text: string): void;
  /** Errors. */
  err(text: string): void;
}

const HELP = `
Examples:
  deno task train                                 the paper's final experiment
  deno task train --layers 5 --activation tanh    another network
  deno task train --momentum --no-lr-decay        momentum 0.9, constant learning rate
  deno task train --batch-size 128 --lr 0.1 --threads 2 --out runs/fast
  deno task train --recipe mlp-best               98.9 % on the test set
  deno task train cnn                             99.7 %, with convolutions
  deno task train --resume runs/fast              go on after an interruption
`;

/** Options that a recipe has no use for: its network and its schedule are its own. */
const REPORT_ONLY = ["layers", "hidden", "activation", "momentum", "lrDecay"];

/** What the program does when no subcommand is named. */
export interface Actions {
  /** The paper's kind of training. */
  train(options: TrainOptions): Promise<void> | void;
  /** A training by a recipe. */
  trainByRecipe(options: RecipeOptions): Promise<void> | void;
  /** What goes on with either of them. */
  resume(options: ResumeOptions): Promise<void> | void;
}

/**
 * The command that trains when no subcommand is named. A subcommand is added by
 * `program.command("grid")…`; it inherits how errors are shown and how the program ends.
 */
export function createProgram(actions: Actions, output?: Output): Command {
  const program = new Command("deno task train")
    .description("Train a paper's multilayer perceptron on MNIST, or a network by a recipe.")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    // An option after a subcommand's name is the subcommand's.
    .enablePositionalOptions()
    // Left to checkPlaces, whose message names what was typed.
    .allowExcessArguments()
    .configureOutput(OUTPUT)
    .exitOverride()
    .addHelpText("after", HELP);
  if (output) program.configureOutput({ writeOut: output.out, writeErr: output.err });
  addTrainOptions(program);
  const names = RECIPES.map(({ name }) => name).join(", ");
  const recipe = new Option("--recipe <name>", `train by a recipe: ${names}`);
  for (const option of [recipe, ...recipeOnly()]) {
    program.addOption(option.helpGroup("Recipes, on all processors unless --threads says else:"));
  }
  for (const option of resumeOnly()) program.addOption(option);
  program.hook("preAction", checkPlaces);
  program.action(async (raw: RawOptions) => {
    const given = givenOptions(program);
    const resumed = readResumeOptions(program, given);
    if (resumed !== null) return await actions.resume(resumed);
    checkFit(program, given);
    if (given.recipe === undefined) await actions.train(readTrainOptions(raw));
    else await actions.trainByRecipe(readRecipeOptions(given));
  });
  return program;
}

/** Refuses what only a recipe has without one, and with one what it has no use for. */
function checkFit(program: Command, given: Readonly<Record<string, unknown>>): void {
  const unfit = given.recipe === undefined
    ? recipeOnly().map((option) => option.attributeName())
    : REPORT_ONLY;
  const option = program.options.find((option) => {
    const name = option.attributeName();
    return unfit.includes(name) && given[name] !== undefined;
  });
  if (option === undefined) return;
  throw new UsageError(
    given.recipe === undefined
      ? `${option.long}: goes with a recipe only: add --recipe, or use the command cnn`
      : `${option.long}: does not go with --recipe, whose network and schedule are its own`,
  );
}

/**
 * Runs a program. Gives the exit code: 0, or 2 for wrong usage, which is told on standard error.
 * What goes wrong in a command itself is thrown on.
 */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has already written what it had to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof UsageError)) throw error;
    program.configureOutput().writeErr?.(`error: ${printable(error.message)}\n`);
    return 2;
  }
}

/** Refuses what commander would pass over without a word, for every command of the program. */
function checkPlaces(program: Command, command: Command): void {
  const declared = command.registeredArguments;
  const extra = declared.at(-1)?.variadic ? undefined : command.args[declared.length];
  if (extra !== undefined) {
    const names = program.commands.map((sub) => sub.name());
    throw new UsageError(
      `unexpected argument ${JSON.stringify(extra)}: options begin with --` +
        (names.length > 0 ? `, commands are ${names.join(", ")}` : ""),
    );
  }
  if (command === program) return;
  const misplaced = program.options.find((option) =>
    program.getOptionValueSource(option.attributeName()) === "cli"
  );
  if (misplaced) {
    throw new UsageError(
      `${misplaced.long}: stands before ${command.name()}: ` +
        `the options of a command come after its name`,
    );
  }
}
