/** What is wrong with a GPU, or with what is asked of it, is said. */
import assert from "node:assert/strict";
import {
  cat,
  DeviceError,
  functional as F,
  gradcheck,
  histc,
  metrics,
  nn,
  ones,
  optim,
  OutOfMemoryError,
  randn,
  setDefaultDevice,
  tensor,
  zeros,
} from "../../mod.ts";
import { deno } from "../subprocess.ts";
import { opened } from "../../src/webgpu/device.ts";
import { shader } from "../../src/webgpu/shader.ts";
import { webgpu } from "../../src/webgpu/mod.ts";
import { gpuTest } from "./running.ts";

gpuTest("values on the GPU are read by await data(): what cannot wait says so", async () => {
  const x = tensor([[1, 2], [3, 4]]).to("webgpu");
  const scalar = x.sum();
  for (
    const [op, read] of Object.entries({
      item: () => scalar.item(),
      toArray: () => x.toArray(),
      toTypedArray: () => x.toTypedArray(),
      to: () => x.to("cpu"),
    })
  ) {
    assert.throws(read, (error: Error) => {
      assert.ok(error instanceof DeviceError);
      assert.match(
        error.message,
        /cannot be read at once: it is \[.*\]: await its data\(\), or/,
        op,
      );
      return true;
    });
  }
  assert.equal(String(x), "tensor(shape: [2, 2], dtype: int32, device: webgpu)");
  assert.deepEqual(Array.from(await x.data()), [1, 2, 3, 4]);
});

gpuTest("tensors of two devices are refused together, and the message names both", async () => {
  const [here, there] = [ones([2]), ones([2]).to("webgpu")];
  for (const run of [() => here.add(there), () => there.add(here)]) {
    assert.throws(
      run,
      /must be on one device: .* is on "(cpu|webgpu)", .* "(cpu|webgpu)": move (it|the others) by to\("webgpu"\)/,
    );
  }
  await there.data();
});

gpuTest("what a GPU refuses or must be awaited is told in the name of who was called", async () => {
  const model = new nn.Linear(3, 2).to("webgpu");
  const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const train = (device: "cpu" | "webgpu") => {
    model.forward(ones([1, 3], { device })).sum().backward();
    sgd.step();
  };
  train("webgpu");
  const x = ones([2], { device: "webgpu", requiresGrad: true });
  const here = new nn.Linear(3, 2);
  const own = new optim.SGD(here.parameters(), { lr: 0.1, momentum: 0.9 });
  const lbfgs = new optim.LBFGS(model.parameters());
  const refusals: Record<string, () => unknown> = {
    "LBFGS": () => lbfgs.step(() => 0),
    "gradcheck": () => gradcheck((x) => x.square(), [x]),
    "copy_": () => zeros([2]).copy_(x.detach()),
    "copy_: .*its cpu": () => here.loadStateDict(model.stateDict()),
    "loadStateDict: .*await optimizer.cpu\\(\\) first": () => own.loadStateDict(sgd.stateDict()),
    "to: .*await module.cpu\\(\\)": () => model.to("cpu"),
    "toArray": () => x.toArray(),
    "tolist": () => x.tolist(),
    "narrow": () => x.narrow(0, tensor(1, { dtype: "int32", device: "webgpu" }), 1),
  };
  for (const [what, run] of Object.entries(refusals)) {
    assert.throws(run, new RegExp(`^DeviceError: ${what}`), what);
  }
  const [left, right] = [ones([1, 3]), ones([1, 3], { device: "webgpu" })];
  assert.throws(() => cat([left, right]), /^DeviceError: cat: tensors must be on one device/);
  const norm = new nn.BatchNorm1d(3).to("webgpu");
  assert.throws(
    () => norm.forward(ones([2, 3])),
    /^DeviceError: batchNorm: tensors must be on one/,
  );

  await model.cpu();
  assert.throws(() => train("cpu"), /^DeviceError: step: .*await optimizer.cpu\(\) first$/);
  await sgd.cpu();
  own.loadStateDict(sgd.stateDict());
  train("cpu");
  assert.equal(model.weight.device, "cpu");
});

gpuTest("a norm that is not finite is told by the next read, if asked for", async () => {
  const p = new nn.Parameter(ones([2], { device: "webgpu" }));
  for (const slope of [1, Infinity]) {
    p.grad = null;
    p.mul(slope).sum().backward();
    nn.utils.clipGradNorm_(p, 1, { errorIfNonfinite: true });
    const read = p.data();
    if (slope === 1) await read;
    else {await assert.rejects(
        read,
        /^RangeError: clipGradNorm_: the norm of order 2 must be finite/,
      );}
  }
});

gpuTest("a released tensor of the GPU is refused as on the CPU", async () => {
  const x = ones([2], { device: "webgpu" });
  x[Symbol.dispose]();
  for (const use of [() => x.add(1), () => x.data(), () => x.cpu()]) {
    await assert.rejects(async () => await use(), /^ReleasedError: released tensor: /);
  }
});

gpuTest(
  "a matrix of classes that the GPU counts is the CPU's, and bad labels are told",
  async () => {
    const matrix = (device: "cpu" | "webgpu", labels: number[]) => {
      const [a, b] = [[0, 1, 2, 2, 1], labels].map((x) => tensor(x, { dtype: "int32", device }));
      return metrics.confusionMatrix(a!, b!, { numClasses: 3 });
    };
    const labels = [0, 2, 2, 1, 1];
    assert.deepEqual(
      Array.from(await matrix("webgpu", labels).data()),
      Array.from(await matrix("cpu", labels).data()),
    );
    await assert.rejects(
      matrix("webgpu", [0, 3, 2, 1, 1]).data(),
      /^RangeError: confusionMatrix: .*0 to 2/,
    );
  },
);

gpuTest("a bad label is blamed at the next read, and only once", async () => {
  const scores = randn([3, 4]).to("webgpu");
  const loss = F.crossEntropy(scores, tensor([0, 7, 1], { dtype: "int32" }).to("webgpu"));
  await assert.rejects(
    loss.data(),
    /crossEntropy: labels must be from 0 to 3: the one in row 1 is (not|7)$/,
  );
  await scores.data();
});

gpuTest("a kernel that the GPU refuses is told by its name and line, not by zeros", async () => {
  const wrong = shader({ name: "wrong", operands: { x: "f32" }, main: "set_x(0u, nothing);" });
  const before = ones([1]).to("webgpu");
  opened!.run(wrong, 1, 1, 1, [0]);
  await assert.rejects(before.data(), /webgpu: wrong: the GPU refused the kernel: .*nothing/s);
  opened!.close();
  await webgpu(); // the fault stays with the GPU that had it
  assert.deepEqual(Array.from(await ones([1]).to("webgpu").data()), [1]);
});

gpuTest("a GPU that is lost says so wherever it is used, and can be opened anew", async () => {
  const x = ones([4]).to("webgpu");
  await x.data();
  const lost = opened!;
  const read = x.add(1).data();
  lost.close();
  await assert.rejects(read, /webgpu: the GPU was lost/);
  await assert.rejects(async () => await x.add(1).data(), /webgpu: the GPU was lost/);
  assert.throws(() => zeros([3], { device: "webgpu" }), /webgpu: the GPU was lost/);
  await webgpu();
  assert.notEqual(opened, lost);
  const y = ones([4]).to("webgpu");
  assert.throws(() => y.add(x), /must be on the GPU that is open: .* was on one that was lost/);
  assert.deepEqual(Array.from(await y.add(1).data()), [2, 2, 2, 2]);
});

gpuTest("what does not fit is refused with figures, and what was there stays", async () => {
  const x = ones([4]).to("webgpu");
  const elements = Math.ceil(opened!.limit / 4) + 1;
  assert.throws(
    () => zeros([elements], { device: "webgpu" }),
    (error: Error) =>
      error instanceof OutOfMemoryError && /out of memory: \d+\.\d MiB asked/.test(error.message),
  );
  assert.deepEqual(Array.from(await x.data()), [1, 1, 1, 1]);
});

gpuTest("memory that grows keeps what it holds", async () => {
  const x = randn([1000]).to("webgpu");
  const before = await x.data();
  const heap = opened!.heapBytes;
  const more = Array.from({ length: 3 }, () => zeros([heap / 8], { device: "webgpu" }));
  assert.ok(opened!.heapBytes > heap);
  assert.deepEqual(await x.data(), before);
  assert.equal((await more[2]!.sum().data())[0], 0);
});

gpuTest(
  "more rows than entries for blame, and more calls than a flush takes, are no matter",
  async () => {
    setDefaultDevice("webgpu");
    try {
      const x = ones([2, 2]);
      const index = tensor([1, 0], { dtype: "int32" });
      let y = x;
      for (let i = 0; i < 5000; i++) y = F.indexSelect(y, 0, index);
      assert.deepEqual(Array.from(await y.data()), [1, 1, 1, 1]);
      const bad = F.indexSelect(x, 0, tensor([0, 5], { dtype: "int32" }));
      await assert.rejects(bad.data(), RangeError);
    } finally {
      setDefaultDevice("cpu");
    }
  },
);

Deno.test("before webgpu() each way to the device says how to open it", async () => {
  const program = `
    import { ones, setDefaultDevice, zeros, nn } from "./mod.ts";
    const say = (run) => { try { run(); console.log("nothing"); } catch (e) { console.log(String(e)); } };
    say(() => ones([1]).to("webgpu"));
    say(() => new nn.Linear(1, 1).to("webgpu"));
    say(() => zeros([1], { device: "webgpu" }));
    say(() => setDefaultDevice("webgpu"));
  `;
  const { stdout } = await deno(["eval", "--no-config", program]);
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, 4, stdout);
  for (const line of lines) {
    assert.match(
      line,
      /^DeviceError: \w+: the GPU must be opened first: call await webgpu\(\) of "@glim\/glim\/webgpu"$/,
    );
  }
});

Deno.test("an engine without WebGPU, and one without a GPU, are told apart", async () => {
  const none = { requestAdapter: () => Promise.resolve(null) };
  if (opened === null) {
    await assert.rejects(webgpu({ gpu: none }), /webgpu: there is no GPU that WebGPU can use here/);
  }
  await assert.rejects(
    webgpu({ gpu: 3 as never }),
    /gpu must be an object that has requestAdapter\(\)/,
  );
  await assert.rejects(
    webgpu({ power: "low" } as never),
    /webgpu: unknown option "power": it takes powerPreference, gpu/,
  );
});

gpuTest(
  "what is only stored is converted on the CPU on its way, and refused there by name",
  async () => {
    for (const dtype of ["float16", "bfloat16", "int8", "float64", "int64"] as const) {
      const x = tensor([1, -2]).to(dtype);
      assert.deepEqual([...await x.to("webgpu", "float32").data()], [1, -2], dtype);
      const there = await tensor([1, -2]).to("webgpu", dtype).data();
      assert.deepEqual(Array.from(there as Iterable<number | bigint>, Number), [1, -2], dtype);
      const refused = new RegExp(
        `^DTypeError: to: "webgpu" converts .*: from ${dtype} to float32: convert it on the CPU`,
      );
      assert.throws(() => x.to("webgpu").float(), refused);
    }
  },
);

gpuTest("histc between the least and the largest element tells of what is not finite", async () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const x = tensor([1, bad, 2], { device: "webgpu" });
    await assert.rejects(histc(x, 3).data(), /^RangeError: histc: bounds must be finite/);
  }
  assert.deepEqual([...await histc(tensor([2, 2, 2], { device: "webgpu" }), 3).data()], [0, 3, 0]);
});
