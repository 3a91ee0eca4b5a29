/** Two copies of the library in one process: another version of it in some dependency. */
import assert from "node:assert/strict";
import { deno, root, temporaryFolder, testWith } from "./subprocess.ts";

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Uses that mix tensors of both. Each must say so. */
const USES = `
import * as A from "${root}mod.ts";
import * as B from "./mod.ts";

const a = A.tensor([[1, 2], [3, 4]]);
const b = B.tensor([[1, 2], [3, 4]]);
const model = new A.nn.Sequential(new A.nn.Linear(2, 2), new A.nn.ReLU());
const [w] = model.parameters();
const uses = {
  add: () => a.add(b),
  addTo: () => b.add(a),
  matmul: () => a.matmul(b),
  view: () => A.functional.reshape(b, [4]).add(1),
  strided: () => A.functional.t(b).exp(),
  forward: () => model.forward(b),
  copy_: () => a.copy_(b),
  cat: () => A.cat([a, b]),
  where: () => A.where(b.gt(1), a, 0),
  labels: () => A.functional.crossEntropy(a, B.tensor([0, 1], { dtype: "int32" })),
  grad: () => { w.grad = b; },
  load: () => model.loadStateDict(new B.nn.Sequential(new B.nn.Linear(2, 2)).stateDict()),
  sequential: () => new A.nn.Sequential(new B.nn.Linear(2, 2)),
  list: () => new A.nn.ModuleList([new A.nn.Linear(2, 2), new B.nn.Linear(2, 2)]),
  save: () => A.io.encodeSafetensors(new B.nn.Linear(2, 2).stateDict()),
  parameter: () => {
    const p = new A.Parameter(b);
    p.grad = a;
    new A.optim.SGD([p], { lr: 1 }).step();
  },
};
for (const [name, use] of Object.entries(uses)) {
  try {
    use();
    console.log(name, "ran");
  } catch (error) {
    if (!/another copy of the library/.test(error.message)) console.log(name, error.message);
  }
}
console.log("done");
`;

testWith(["read", "write", "run"], "tensors of another copy are refused by name", async () => {
  using copy = temporaryFolder();
  for (const folder of ["src", "build"]) copyFolder(`${root}${folder}`, `${copy.path}/${folder}`);
  Deno.copyFileSync(`${root}mod.ts`, `${copy.path}/mod.ts`);
  Deno.writeTextFileSync(`${copy.path}/uses.js`, USES);
  const { stdout, stderr } = await deno([
    "run",
    "--no-check",
    "--no-config",
    `${copy.path}/uses.js`,
  ]);
  assert.deepEqual([stdout, stderr], ["done\n", ""]);
});
