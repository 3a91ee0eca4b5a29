/**
 * `deno task bench`: checks results, then measures how fast they come.
 *
 * @module
 */
import { getKernelBuild, setKernelBuild } from "@glim/glim";
import { type Case, type Family, LeftOutError } from "./case.ts";
import { CheckError } from "./check.ts";
import { Limits } from "./limit.ts";
import { FULL, QUICK } from "./measure.ts";
import { print } from "@glim/cli/task";
import { HELP, type Options, readOptions } from "./options.ts";
import { Peers } from "./peers.ts";
import { jsonLine, limitLines, table, titleOf } from "./report.ts";
import { type Result, runCase, type Setting } from "./runner.ts";
import { calls } from "./workloads/calls.ts";
import { convolution, recipe } from "./workloads/convolution.ts";
import { elementwise } from "./workloads/elementwise.ts";
import { fork } from "./lab/fork.ts";
import { inference } from "./workloads/inference.ts";
import { layerProducts, squareProducts } from "./workloads/products.ts";
import { startup } from "./workloads/startup.ts";
import { reportTraining, training } from "./workloads/training.ts";

const FAMILIES: Readonly<Record<string, Family>> = {
  W1: squareProducts,
  W2: layerProducts,
  W3: training,
  W3r: reportTraining,
  W4: convolution,
  W4m: recipe,
  W5: inference,
  W6: startup,
  W7: elementwise,
  W8: calls,
  WF: fork,
};

/** Measures what was asked for. Returns whether all results were right. */
async function bench(options: Options, peers: Peers): Promise<boolean> {
  if (options.strict) setKernelBuild("strict");
  const build = getKernelBuild();
  const peer = build === "fast" ? "glim" : `glim-${build}`;
  using limits = await Limits.start(Math.max(...options.threads), build === "fast");
  const setting = { threads: options.threads, limits, pace: options.quick ? QUICK : FULL };
  const results: Result[] = [];
  const remarks: string[] = [];
  let allRight = true;
  for (const [name, family] of Object.entries(FAMILIES)) {
    if (options.only !== null && !options.only.includes(name)) continue;
    try {
      for await (const figures of runFamily(family, setting)) {
        results.push(...figures);
        if (options.json) { for (const figure of figures) console.log(jsonLine(figure, peer)); }
      }
    } catch (error) {
      if (error instanceof LeftOutError) {
        remarks.push(`${name} is left out: ${error.message}`);
      } else if (error instanceof CheckError) {
        remarks.push(`${name} ends here, a result is wrong: ${error.message}`);
        allRight = false;
      } else {
        throw error;
      }
    }
  }
  if (!options.json && results.length > 0) {
    console.log(table(results, options.threads, peer, peers));
    console.log(["", ...limitLines(results, options.threads)].join("\n"));
  }
  for (const remark of remarks) console.error(remark);
  return allRight;
}

/** The figures of a family, row by row. Names the row in a CheckError. */
async function* runFamily(family: Family, setting: Setting): AsyncGenerator<Result[]> {
  for (const row of family()) {
    showProgress(row);
    try {
      yield await runCase(row, setting);
    } catch (cause) {
      if (!(cause instanceof CheckError)) throw cause;
      throw new CheckError(`${titleOf(row)}: ${cause.message}`, { cause });
    } finally {
      showProgress(null);
    }
  }
}

/** On a terminal, the row that is being measured. */
function showProgress(row: Case | null): void {
  if (!Deno.stderr.isTerminal()) return;
  const text = row === null ? "" : `${titleOf(row)} …`;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}

let options: Options;
let peers: Peers;
try {
  options = readOptions(Deno.args, Object.keys(FAMILIES));
  peers = new Peers(options.peers);
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  Deno.exit(2);
}
if (options.help) print(HELP);
else if (!await bench(options, peers)) Deno.exit(1);
