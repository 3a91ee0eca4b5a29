/** A program that makes a run again: what a user changes next. */
import { resolve } from "node:path";

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
  const set = Object.entries({ file: place, ...rest }).filter(([_, value]) => value !== null);
  const isTable = kind === "classes" || kind === "numbers";
  const maker = isTable ? "tableExperiment" : FOLDERS[kind];
  return `/**
 * Makes this run again, to the bit:
 *
 *     deno task train experiment.ts --file ${place} --seed ${seed} --out NEW
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
