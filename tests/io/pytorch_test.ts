/** docs/pytorch.md does what it says: its TypeScript is run here, its Python by `pytorch.py`. */
import assert from "node:assert/strict";
import { mnistPackageFolder } from "../../cli/mnist_package.ts";
import fixture from "../fixtures/pytorch.json" with { type: "json" };
import { type Answer, program } from "../fixtures/pytorch.ts";
import { deno, root, temporaryFolder, testWith } from "../subprocess.ts";

const names = ["mlp", "cnn"] as const;

/** Runs one of the document's programs in a folder: what it wrote before its answers, and them. */
async function run(
  folder: string,
  which: "load" | "save",
): Promise<{ said: string; answers: Record<typeof names[number], Answer> }> {
  const markdown = Deno.readTextFileSync(`${root}docs/pytorch.md`);
  Deno.writeTextFileSync(`${folder}/main.ts`, program(markdown, which));
  const flags = ["--check", `--config=${root}deno.json`, "--allow-read", "--allow-write"];
  const { code, stdout, stderr } = await deno(["run", ...flags, "main.ts", mnistPackageFolder()!], {
    cwd: folder,
  });
  assert.equal(code, 0, stderr);
  const at = stdout.trimEnd().lastIndexOf("\n");
  return { said: stdout.slice(0, at), answers: JSON.parse(stdout.slice(at)) };
}

/** Whether all logits are PyTorch's within 1e-5. */
function assertNear(logits: readonly number[], expected: readonly number[]): void {
  assert.equal(logits.length, expected.length);
  for (const [i, value] of logits.entries()) {
    assert.ok(Math.abs(value - expected[i]!) < 1e-5, `${i}: ${value}, not ${expected[i]}`);
  }
}

testWith(
  ["read", "write", "run"],
  "weights that PyTorch trained give PyTorch's digits on all test images",
  async () => {
    using folder = temporaryFolder();
    for (const name of names) {
      const file = `${name}.safetensors`;
      Deno.copyFileSync(`${root}tests/fixtures/${file}`, `${folder.path}/${file}`);
    }
    const { said, answers } = await run(folder.path, "load");
    assert.equal(said, "int64");
    for (const name of names) {
      assertNear(answers[name].logits, fixture[name].logits);
      assert.equal(fixture[name].digits.length, 10_000);
      assert.equal(answers[name].digits, fixture[name].digits);
    }
  },
);

testWith(
  ["read", "write", "run"],
  "weights that Glim saves are the files that PyTorch has read, and give the same logits there",
  async () => {
    using folder = temporaryFolder();
    const { said, answers } = await run(folder.path, "save");
    assert.equal(said, "6");
    for (const name of names) {
      const { logits, sha256 } = fixture[name].fromGlim;
      assert.equal(answers[name].sha256, sha256);
      assertNear(answers[name].logits, logits);
    }
  },
);
