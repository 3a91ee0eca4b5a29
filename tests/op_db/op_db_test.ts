/** A selection of PyTorch's own sample inputs; `run.ts` runs all of them. */
import assert from "node:assert/strict";
import { memory } from "@glim/glim";
import { judge, type Sample } from "./judge.ts";

const lines = Deno.readTextFileSync(new URL("selection.jsonl", import.meta.url)).trimEnd().split(
  "\n",
);
const samples = lines.map((line) => JSON.parse(line) as Sample);

Deno.test("PyTorch's own sample inputs have its values, shapes, dtypes and gradients, and leave nothing", () => {
  const { liveBytes } = memory();
  const findings = samples.flatMap((sample) => {
    const verdict = judge(sample);
    if (verdict.kind === "same") return [];
    const { op, variant, dtype, i } = sample;
    return [[op, variant, dtype, i, verdict.kind, "text" in verdict ? verdict.text : ""].join(" ")];
  });
  assert.deepEqual(findings, []);
  assert.equal(memory().liveBytes, liveBytes);
});

Deno.test("what differs from PyTorch's sample is found: a value, a shape, a dtype, a gradient, a refusal", () => {
  const sample = samples.find(({ op, dtype }) => op === "mul" && dtype === "float32")!;
  const [result] = sample.results as [Sample["results"][0]];
  const [grad] = sample.grads as [NonNullable<Sample["grads"]>[0]];
  const changed = (data: (number | string)[]) => [Number(data[0]) * 1.001, ...data.slice(1)];
  const wrong: Partial<Sample>[] = [
    { results: [{ ...result, data: changed(result.data) }] },
    { results: [{ ...result, shape: [...result.shape, 1] }] },
    { results: [{ ...result, dtype: "int64" }] },
    { results: [result, result] },
    { grads: [{ ...grad!, data: changed(grad!.data) }, null] },
    { args: ["no operand"] },
  ];
  const kinds = wrong.map((change) => judge({ ...sample, ...change }).kind);
  assert.deepEqual(kinds, ["wrong", "wrong", "wrong", "wrong", "wrong", "refused"]);
  assert.equal(judge({ ...sample, op: "no_such_op" }).kind, "missing");
});
