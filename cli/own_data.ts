/** `deno task train --data FILE|FOLDER`: which experiment data of one's own ask for, and with which options. */
import { UsageError } from "./errors.ts";
import { kindOf } from "./files.ts";
import { print } from "./print.ts";
import { hasSounds } from "./sounds/sound_data.ts";
import { dialectIn } from "./tables/read_table.ts";
import { lookAt } from "./tables/table_data.ts";

/** What data can be. */
const KINDS = {
  classes: "experiments/table_classes.ts",
  numbers: "experiments/table_numbers.ts",
  pictures: "experiments/pictures.ts",
  sounds: "experiments/sounds.ts",
};
type Kind = keyof typeof KINDS;

/** Steps that a table is learnt in, unless `--epochs` says else. */
const STEPS = 4000;

/** A training has as many epochs as make so many steps, between these. */
const LEAST_EPOCHS = 10, MOST_EPOCHS = 150;

/** The words with `--data` and `--kind` as those of an experiment; as they are where there is no `--data`. */
export async function wordsOfData(args: readonly string[]): Promise<string[]> {
  const words = [...args];
  const file = taken(words, "--data");
  if (file === undefined) return words;
  if (words.some((word) => /^--resume(=|$)/.test(word))) {
    throw new UsageError("--data: does not go with --resume: a run knows its data");
  }
  const named = taken(words, "--kind");
  if (named !== undefined && !Object.hasOwn(KINDS, named)) {
    throw new UsageError(
      `--kind: needs ${Object.keys(KINDS).join(" or ")}: it is ${JSON.stringify(named)}`,
    );
  }
  if (kindOf(file) === "nothing") {
    throw new UsageError(`--data: there is no file or folder ${file}`);
  }
  if (kindOf(file) === "folder") {
    refuseTables(file);
    const kind = (named ?? (hasSounds(file) ? "sounds" : "pictures")) as Kind;
    return [KINDS[kind], "--file", file, ...words];
  }
  const target = valueOf(words, "--target");
  const found = await lookAt(file, target ?? null, dialectIn(words));
  const kind = (named ?? found.kind) as Kind;
  if (target === undefined) {
    words.push("--target", found.target);
    print(`what is learnt is "${found.target}", as --target names no other column`);
  }
  if (named === undefined) print(`it is learnt as ${kind}; --kind says another`);
  const batch = found.rows < 2000 ? 32 : found.rows < 20_000 ? 64 : 256;
  const epochs = Math.ceil(STEPS * batch / (0.6 * found.rows));
  if (valueOf(words, "--batch-size") === undefined) words.push("--batch-size", String(batch));
  if (valueOf(words, "--epochs") === undefined) {
    words.push("--epochs", String(Math.min(MOST_EPOCHS, Math.max(LEAST_EPOCHS, epochs))));
  }
  return [KINDS[kind], "--file", file, ...words];
}

/** UsageError where a folder has tables, one of which is meant, and no folders of classes. */
function refuseTables(folder: string): void {
  const entries = [...Deno.readDirSync(folder)];
  const tables = entries.map(({ name }) => name).filter((name) => TABLE.test(name)).sort();
  if (tables.length === 0 || entries.some(({ isDirectory }) => isDirectory)) return;
  const more = tables.length > 3 ? ", …" : "";
  throw new UsageError(
    `--data: ${folder} is a folder without a folder of pictures or sounds for each class: name one ` +
      `of its tables: ${tables.slice(0, 3).join(", ")}${more}`,
  );
}

const TABLE = /\.(csv|tsv|json|jsonl|parquet|arrow|feather)(\.gz)?$/i;

/** The value of an option; undefined where it is not typed. */
function valueOf(words: readonly string[], name: string): string | undefined {
  const at = words.findIndex((word) => word === name || word.startsWith(`${name}=`));
  if (at === -1) return undefined;
  return words[at] === name ? words[at + 1] : words[at]!.slice(name.length + 1);
}

/** Takes an option and its value out of the words. */
function taken(words: string[], name: string): string | undefined {
  const at = words.findIndex((word) => word === name || word.startsWith(`${name}=`));
  if (at === -1) return undefined;
  const value = valueOf(words, name);
  const isApart = words[at] === name;
  words.splice(at, isApart ? 2 : 1);
  // what begins so in the next place is another option
  if (value === undefined || value === "" || (isApart && value.startsWith("--"))) {
    throw new UsageError(`option '${name} <path>' argument missing`);
  }
  return value;
}
