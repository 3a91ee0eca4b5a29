/** What docs/extending.md says of an op of one element is done, in a copy of the repository. */
import assert from "node:assert/strict";
import rsqrt from "./extending/rsqrt.json" with { type: "json" };
import { copyRepository } from "./repository_copy.ts";
import { deno, root, testWith } from "./subprocess.ts";

/** The diffs of the page, by file. */
function diffs(): Map<string, string> {
  const page = Deno.readTextFileSync(`${root}docs/extending.md`);
  return new Map(
    Array.from(page.matchAll(/^```diff\n(--- a\/(\S+)\n.*?)^```$/gms), ([_, diff, file]) => [
      file!,
      diff!,
    ]),
  );
}

async function run(cwd: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await deno(args, { cwd });
  assert.equal(code, 0, `deno ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

testWith(
  ["read", "write", "run"],
  "three diffs add an op: function, method, gradient, ONNX",
  async () => {
    using copy = copyRepository(["assembly", "build", "docs", "src", "tests", "tools"]);
    const all = diffs();
    assert.deepEqual([...all.keys()].sort(), [
      "assembly/elementwise/unary.ts",
      "src/ops/unary.ts",
      "tests/cases/unary.ts",
    ]);
    await Deno.writeTextFile(`${copy.path}/op.diff`, [...all.values()].join(""));
    const { code, stderr } = await new Deno.Command("git", {
      args: ["apply", "op.diff"],
      cwd: copy.path,
      stdout: "null",
      stderr: "piped",
    }).output();
    assert.equal(code, 0, `docs/extending.md: ${new TextDecoder().decode(stderr)}`);
    await run(copy.path, [
      "run",
      "-q",
      "--config=tests/deno.json",
      "--no-check",
      "-A",
      "tools/build.ts",
    ]);
    const fixture = `${copy.path}/tests/fixtures/ops.json`;
    const { cases, ...head } = JSON.parse(await Deno.readTextFile(fixture));
    const own = { ...head, cases: { ...cases, ...rsqrt.cases } };
    await Deno.writeTextFile(fixture, JSON.stringify(own));
    await run(copy.path, ["check", "-q", "mod.ts"]);
    const told = await run(copy.path, [
      ...["test", "--config=tests/deno.json", "--no-check", "--allow-read", "--filter", "rsqrt"],
      "tests/ops/unary_test.ts",
    ]);
    assert.match(
      told,
      /rsqrt has PyTorch's values and gradients, as a function and as a method .* ok/,
    );
    assert.match(told, /rsqrt is written as operators of ONNX .* ok/);
  },
);
