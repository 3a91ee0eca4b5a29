/** Engines that have less than Deno: programs that take something away before the library loads. */
import assert from "node:assert/strict";
import { deno, root, temporaryFolder, testWith } from "./subprocess.ts";

/** What a program prints after `change` has been made to the engine, which is warned of in a line. */
async function withEngine(change: string, program: string, warning = /^$/): Promise<string> {
  using folder = temporaryFolder();
  const path = `${folder.path}/program.ts`;
  Deno.writeTextFileSync(
    path,
    `${change}
    const glim = await import(${JSON.stringify(`file://${root}mod.ts`)});
    ${program}`,
  );
  const { code, stdout, stderr } = await deno(
    ["run", "--no-config", "--no-prompt", "--no-check", path],
    { cwd: folder.path },
  );
  assert.match(stderr, warning);
  assert.equal(code, 0);
  return stdout.trim();
}

testWith(
  ["run", "write"],
  "a machine that sets less than 4 GiB aside has a lower limit",
  async () => {
    const output = await withEngine(
      `const { Memory } = WebAssembly;
    WebAssembly.Memory = class extends Memory {
      constructor(d) { if (d.maximum > 16384) throw new RangeError("too much"); super(d); }
    };`,
      `try { glim.zeros([2 ** 30]); } catch (error) { console.log(error.message); }
    console.log(glim.ones([2 ** 22]).sum().item());`,
    );
    assert.equal(
      output,
      "out of memory: 4096.0 MiB asked for, 0.0 MiB in use by 0 tensors, the limit is 1024.0 MiB\n" +
        "4194304",
    );
  },
);

testWith(["run", "write"], "without relaxed SIMD the strict build is taken", async () => {
  const output = await withEngine(
    `const { Module } = WebAssembly;
    let fast; // the length of the first of the kernels' modules
    WebAssembly.Module = class extends Module {
      constructor(bytes) {
        if (bytes.length > 10_000 && bytes.length === (fast ??= bytes.length)) throw new WebAssembly.CompileError();
        super(bytes);
      }
    };`,
    `console.log(glim.getKernelBuild(), glim.ones([3, 3]).sum().item());
    try { glim.setKernelBuild("fast"); console.log("taken"); } catch { console.log("refused"); }`,
  );
  assert.equal(output, "strict 9\nrefused");
});

testWith(
  ["run", "write"],
  "an engine without Uint8Array.fromBase64 loads the kernels",
  async () => {
    const output = await withEngine(
      `delete Uint8Array.fromBase64;`,
      `console.log(glim.ones([3, 3]).sum().item());`,
    );
    assert.equal(output, "9");
  },
);

testWith(["run", "write"], "a page without cross-origin isolation has one thread", async () => {
  const output = await withEngine(
    `globalThis.crossOriginIsolated = false;`,
    `glim.setNumThreads(4);
    const a = glim.ones([512, 512]);
    for (const _ of glim.steps(40)) a.matmul(a);
    glim.setNumThreads(3);
    for (const _ of glim.steps(40)) a.matmul(a);
    console.log(glim.getNumThreads(), a.matmul(a).sum().item());`,
    /^glim: one thread computes: others need a page that is cross-origin isolated, [^\n]*\n$/,
  );
  assert.equal(output, "1 134217728");
});

for (
  const [what, changes] of [
    ["without WebAssembly", "delete globalThis.WebAssembly;"],
    [
      "whose WebAssembly has no SIMD",
      `WebAssembly.Module = class {
      constructor() {
        throw new WebAssembly.CompileError();
      }
    };`,
    ],
  ] as const
) {
  testWith(["run", "write"], `an engine ${what} computes on the reference device`, async () => {
    const output = await withEngine(
      changes,
      `const { nn, optim, ones, steps, zeros } = glim;
      const model = new nn.Linear(2, 1);
      const sgd = new optim.SGD(model.parameters(), { lr: 0.1 });
      for (const _ of steps(100)) {
        sgd.zeroGrad();
        model.forward(ones([1, 2])).sub(3).pow(2).sum().backward();
        sgd.step();
      }
      console.log(glim.getDefaultDevice(), Math.round(model.forward(ones([1, 2])).item() * 1000));
      try { zeros([1], { device: "cpu" }); } catch (error) { console.log(error.message); }`,
      /^glim: no WebAssembly with SIMD, [^\n]*: tensors are on the reference device, [^\n]*\n$/,
    );
    assert.equal(
      output,
      `reference 3000\nzeros: the device must be one of reference: it is "cpu"`,
    );
  });
}
