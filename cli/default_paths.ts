/**
 * Tells `launch.ts` which paths the options of an experiment have by default: a list as JSON, on the
 * last line.
 */
import { flagsOf } from "./flags.ts";
import { loadExperiment } from "./load.ts";

const { experiment } = await loadExperiment(Deno.args[0]!);
const paths = flagsOf(experiment.schema).filter(({ path }) => path === "read")
  .map(({ default: value }) => value);
console.log(JSON.stringify(paths));
