/** What docs/extending.md says of what is added is done, in copies of the repository. */
import assert from "node:assert/strict";
import { applyDiffs } from "./extending/diffs.ts";
import ofTwoRows from "./extending/squared_difference.json" with { type: "json" };
import ofOneRows from "./extending/squared_relu.json" with { type: "json" };
import { copyRepository } from "./repository_copy.ts";
import { deno, testWith } from "./subprocess.ts";

async function run(cwd: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await deno(args, { cwd });
  assert.equal(code, 0, `deno ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

const TEST = ["test", "--config=tests/deno.json", "--no-check", "--allow-read"];

testWith(
  ["read", "write", "run"],
  "two files add a layer, two an optimizer, four diffs an op of one element or of two, and the tests find all",
  async () => {
    using copy = copyRepository(["assembly", "build", "cli", "docs", "src", "tests", "tools"]);
    assert.deepEqual(await applyDiffs("A layer", copy.path), [
      "src/nn/mod.ts",
      "src/nn/squared_relu.ts",
    ]);
    assert.deepEqual(await applyDiffs("An optimizer", copy.path), [
      "src/optim/mod.ts",
      "src/optim/sign_sgd.ts",
    ]);
    const told = await run(copy.path, [
      ...TEST,
      "tests/options/refused_test.ts",
      "tests/nn/every_layer_test.ts",
      "tests/optim/every_optimizer_test.ts",
      "tests/public_names_test.ts",
    ]);
    assert.match(told, /SignSGD goes downhill, .* ok/);
    const rows = await run(copy.path, [
      "eval",
      "--config=tests/deno.json",
      'import { entryPoints, layers } from "./tests/options/entry_points.ts";' +
      "const of = (path) => entryPoints.find((row) => row.path === path)?.options;" +
      'console.log(of("nn.SquaredReLU"), of("optim.SignSGD"), "SquaredReLU" in layers);',
    ]);
    assert.equal(rows, 'null { lr: "rate" } true\n');

    assert.deepEqual(await applyDiffs("An op of one element", copy.path), [
      "assembly/elementwise/unary.ts",
      "src/io/onnx/operators/rows.ts",
      "src/ops/unary.ts",
      "tests/cases/unary.ts",
    ]);
    assert.deepEqual(await applyDiffs("An op of two elements", copy.path), [
      "assembly/elementwise/binary.ts",
      "src/io/onnx/operators/rows.ts",
      "src/ops/binary.ts",
      "tests/cases/binary.ts",
    ]);
    const flags = ["-q", "--config=tests/deno.json", "--no-check", "-A"];
    await run(copy.path, ["run", ...flags, "tools/build.ts", "--no-wide"]);
    const fixture = `${copy.path}/tests/fixtures/ops.json`;
    const { cases, ...head } = JSON.parse(await Deno.readTextFile(fixture));
    const own = { ...head, cases: { ...cases, ...ofOneRows.cases, ...ofTwoRows.cases } };
    await Deno.writeTextFile(fixture, JSON.stringify(own));
    const ofOps = await run(copy.path, [
      ...[...TEST, "--filter=/squaredRelu|squaredDifference/"],
      ...["tests/ops/unary_test.ts", "tests/ops/binary_test.ts"],
    ]);
    for (const name of ["squaredRelu", "squaredDifference"]) {
      const has = `${name} has PyTorch's values and gradients, as a function and as a method .* ok`;
      assert.match(ofOps, new RegExp(has));
      assert.match(ofOps, new RegExp(`${name} is written as operators of ONNX .* ok`));
    }
    await run(copy.path, ["check", "-q", "mod.ts"]); // the types of all
  },
);
