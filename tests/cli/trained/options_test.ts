import assert from "node:assert/strict";
import { createProgram, runProgram } from "../../../cli/program.ts";
import {
  addTrainedCommands,
  type EvalOptions,
  type PredictOptions,
} from "../../../cli/trained/options.ts";

interface Result {
  code: number;
  predict?: PredictOptions;
  evaluate?: EvalOptions;
  out: string;
  err: string;
}

async function run(...args: string[]): Promise<Result> {
  const result: Result = { code: -1, out: "", err: "" };
  const none = () => assert.fail("another command was called");
  const program = createProgram({ train: none, trainByRecipe: none, resume: none }, {
    out: (text) => void (result.out += text),
    err: (text) => void (result.err += text),
  });
  addTrainedCommands(program, {
    predict: (options) => void (result.predict = options),
    evaluate: (options) => void (result.evaluate = options),
  });
  result.code = await runProgram(program, args);
  return result;
}

Deno.test("predict needs weights and images, and everything else has a default", async () => {
  assert.deepEqual((await run("predict", "--weights", "run", "a.png", "b.idx")).predict, {
    weights: "run",
    arch: null,
    recipe: null,
    images: ["a.png", "b.idx"],
    index: null,
    center: null, // as the data were that the network has learnt from
    picture: null,
    json: false,
  });
});

Deno.test("every option reaches predict", async () => {
  const all =
    "predict --weights w --arch n.ts --index 3,0-2,7 --no-center --picture p.png --json i";
  assert.deepEqual((await run(...all.split(" "))).predict, {
    weights: "w",
    arch: "n.ts",
    recipe: null,
    images: ["i"],
    index: [3, 0, 1, 2, 7],
    center: false,
    picture: "p.png",
    json: true,
  });
});

Deno.test("eval judges by the test set unless another is named", async () => {
  const defaults = {
    weights: "w",
    arch: null,
    recipe: null,
    dataDir: null,
    set: "test",
    json: false,
  };
  assert.deepEqual((await run("eval", "--weights", "w")).evaluate, defaults);
  const all = "eval --weights w --recipe small --data-dir d --set dev --json";
  assert.deepEqual((await run(...all.split(" "))).evaluate, {
    ...defaults,
    recipe: "small",
    dataDir: "d",
    set: "dev",
    json: true,
  });
});

Deno.test("what is missing or wrong is refused by name", async () => {
  const wrong: [args: string, message: string | RegExp][] = [
    ["predict a.png", "required option '--weights <path>' not specified"],
    ["predict --weights w", "missing required argument 'image'"],
    ["eval", "required option '--weights <path>' not specified"],
    ["eval --weights w --set all", '--set: needs test, dev, or train: it is "all"'],
    [
      "eval --weights w --recipe large",
      /^--recipe: needs mlp-best, medium, or small: it is "large"$/,
    ],
    ["eval --weights w extra", /^unexpected argument "extra"/],
    [
      "eval --weights w --recipe small --arch n.ts",
      "--recipe: does not go with --arch: each of them says what the network is",
    ],
    ["predict --weights w i --index a", '--index: needs numbers such as 3 or 0-4,7: it is "a"'],
    ["predict --weights w i --index 4-3", '--index: needs numbers such as 3 or 0-4,7: it is "4-3"'],
    ["predict --weights w i --index 1,", '--index: needs numbers such as 3 or 0-4,7: it is "1,"'],
    ["predict --weights w i --index 0-1000", "--index: names up to 1000 images: these are more"],
  ];
  for (const [args, message] of wrong) {
    const { code, predict, evaluate, err } = await run(...args.split(" "));
    assert.deepEqual([code, predict, evaluate], [2, undefined, undefined], args);
    const text = err.replace(/^error: /, "").trimEnd();
    if (typeof message === "string") assert.equal(text, message);
    else assert.match(text, message);
  }
});
