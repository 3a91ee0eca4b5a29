/** A program that makes a run again: what a user changes next. */
import { resolve } from "node:path";
import { commandLine } from "../words.ts";

/** What makes an experiment of a folder, and where it is. */
const FOLDERS = { pictures: "pictureExperiment", sounds: "soundExperiment" };

/** `experiment.ts` of a run. */
export function reproducingFile(
  kind: "classes" | "numbers" | keyof typeof FOLDERS,
  options: Readonly<Record<string, unknown>>,
  seed: number,
): string {
  const { file, ...rest } = options;
  const place = typeof file === "string" ? resolve(file) : null;
  const words = [
    ...place === null ? [] : ["--file", place],
    "--seed",
    String(seed),
    "--out",
    "NEW",
  ];
  // a place may have what ends a comment: the shell joins the two halves
  const command = commandLine("deno task train experiment.ts", words).replaceAll("*/", "*''/");
  const set = Object.entries({ file: place, ...rest }).filter(([_, value]) => value !== null);
  const isTable = kind === "classes" || kind === "numbers";
  const maker = isTable ? "tableExperiment" : FOLDERS[kind];
  return `/**
 * Makes this run again, to the bit:
 *
 *     ${command}
 *
 * The options may be changed here, or on the command line: --help tells them. What the experiment is
 * made of, data, network and optimizer, is in cli/${
    isTable ? "tables" : kind
  } of Glim; docs/experiments.md tells how to write one of your own.
 */
import { ${maker} } from ${JSON.stringify("@glim/cli")};

export default ${maker}(${isTable ? `"${kind}", ` : ""}{
${set.map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`).join("\n")}
});
`;
}
