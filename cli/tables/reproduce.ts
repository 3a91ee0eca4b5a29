/** A program that makes a run again: what a user changes next. */
import { resolve } from "node:path";

/** `experiment.ts` of a run. */
export function reproducingFile(
  kind: "classes" | "numbers" | "pictures",
  options: Readonly<Record<string, unknown>>,
  seed: number,
): string {
  const { file, ...rest } = options;
  const place = typeof file === "string" ? resolve(file) : null;
  const set = Object.entries({ file: place, ...rest }).filter(([_, value]) => value !== null);
  const call = kind === "pictures" ? "pictureExperiment({" : `tableExperiment("${kind}", {`;
  return `/**
 * Makes this run again, to the bit:
 *
 *     deno task train experiment.ts --file ${place} --seed ${seed} --out NEW
 *
 * The options may be changed here, or on the command line: --help tells them. What the experiment is
 * made of, data, network and optimizer, is in cli/${
    kind === "pictures" ? "pictures" : "tables"
  } of Glim; docs/experiments.md tells how to write one of your own.
 */
import { ${kind === "pictures" ? "pictureExperiment" : "tableExperiment"} } from "@glim/cli";

export default ${call}
${set.map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`).join("\n")}
});
`;
}
