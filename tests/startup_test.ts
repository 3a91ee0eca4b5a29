import assert from "node:assert/strict";
import { deno, root, temporaryFolder, testWith } from "./subprocess.ts";

testWith(
  ["run", "write"],
  "a program trains one step without any permission and ends",
  async () => {
    using folder = temporaryFolder();
    const script = `${folder.path}/step.ts`;
    Deno.writeTextFileSync(
      script,
      `import { nn, optim, rand, tensor } from ${JSON.stringify(`file://${root}mod.ts`)};
    const model = new nn.Sequential(
      new nn.Linear(784, 128),
      new nn.ReLU(),
      new nn.Linear(128, 128),
      new nn.ReLU(),
      new nn.Linear(128, 10),
    );
    const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    const loss = new nn.CrossEntropyLoss()
      .forward(model.forward(rand([64, 784])), tensor(new Int32Array(64)));
    loss.backward();
    sgd.step();
    console.log(loss.item() > 1 && loss.item() < 4);
    `,
    );
    const { code, stdout, stderr } = await deno(
      ["run", "--no-config", "--no-prompt", "--no-check", script],
      { cwd: folder.path },
    );
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "true\n", stderr: "" });
  },
);
