/**
 * W6: a whole process, which loads the library, builds the network and takes one step of 64.
 *
 * @module
 */
import { type nn, scope } from "@glim/glim";
import { type Case, LeftOutError } from "../case.ts";
import { checkNear } from "../check.ts";
import { summarize } from "../measure.ts";
import { ReferenceMlp } from "../reference_mlp.ts";
import { setUp } from "../startup_process.ts";

const PROGRAM = new URL("../startup_process.ts", import.meta.url).href;

/** W6. */
export function* startup(): Generator<Case> {
  if (Deno.permissions.querySync({ name: "run", command: Deno.execPath() }).state !== "granted") {
    throw new LeftOutError("starting a process needs --allow-run");
  }
  const expected = referenceLoss();
  yield {
    workload: "W6",
    params: {},
    unit: "ms",
    notes: "whole process, its exit included",
    check: () => {}, // each run's loss is checked
    time: async ({ repeats }, threads) => {
      const times: number[] = [];
      for (let i = 0; i < repeats + 2; i++) {
        const began = performance.now();
        const loss = await runProgram(threads);
        const seconds = (performance.now() - began) / 1000;
        checkNear("loss of the process", loss, expected, 1e-5);
        if (i >= 2) times.push(seconds); // the first two fill the system's caches
      }
      return summarize(times, 1);
    },
  };
}

async function runProgram(threads: number): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", PROGRAM, String(threads)],
  });
  const { stdout, stderr, success } = await command.output();
  if (!success) throw new Error(`startup: ${new TextDecoder().decode(stderr)}`);
  return Number(new TextDecoder().decode(stdout));
}

function referenceLoss(): number {
  return scope(() => {
    const { model, x, y } = setUp();
    const linears = [...model].filter((_, i) => i % 2 === 0) as nn.Linear[];
    const mlp = new ReferenceMlp(linears.map((linear) => ({
      inputs: linear.inFeatures,
      outputs: linear.outFeatures,
      weight: linear.weight.toTypedArray() as Float32Array<ArrayBuffer>,
      bias: linear.bias!.toTypedArray() as Float32Array<ArrayBuffer>,
    })));
    return mlp.step(x.toTypedArray() as Float32Array, y.toTypedArray() as Int32Array, 0, 0);
  });
}
