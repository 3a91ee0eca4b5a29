/**
 * W6: a whole process, which loads the library, builds the network and takes one step of 64.
 *
 * @module
 */
import { type nn, scope } from "@glim/glim";
import type { Case } from "../case.ts";
import { checkNear } from "../check.ts";
import { ReferenceMlp } from "../reference_mlp.ts";
import { setUp } from "../startup_process.ts";

const PROGRAM = new URL("../startup_process.ts", import.meta.url).href;

/** V8's flags, with which this process was started too. */
const flags = (Deno.args[2] ?? "").split(" ").filter(Boolean);

/** W6. */
export function* startup(): Generator<Case> {
  const expected = referenceLoss();
  yield {
    workload: "W6",
    params: {},
    title: "a process that loads the library and makes one step of 64, ms",
    unit: "ms",
    on: "one",
    notes: "whole process, its exit included",
    check: () => {}, // each run's loss is checked
    run: async (k) => {
      for (let i = 0; i < k; i++) checkNear("loss", await runProgram(), expected, 1e-5);
    },
  };
}

async function runProgram(): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, PROGRAM],
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
