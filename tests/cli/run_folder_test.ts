import assert from "node:assert/strict";
import { DataError } from "../../mod.ts";
import type { EpochRecord } from "../../src/train/epoch_record.ts";
import { RunFolder } from "../../cli/run_folder.ts";
import { UsageError } from "../../cli/errors.ts";

const granted = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** A test in a folder of its own, which is removed afterwards. */
function test(name: string, fn: (dir: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-read and --allow-write)`,
    ignore: !granted,
    async fn() {
      const dir = await Deno.makeTempDir();
      try {
        await fn(dir);
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  });
}

function epoch(n: number): EpochRecord {
  return {
    epoch: n,
    trainLoss: 0.3,
    trainAccuracy: 0.9,
    devLoss: 0.2,
    devAccuracy: 0.95,
    learningRate: 0.01,
    seconds: 1.5,
  };
}

function refuses(promise: Promise<unknown>, message: RegExp): Promise<void> {
  return assert.rejects(promise, (error: Error) => {
    assert.ok(error instanceof UsageError, `${error}`);
    assert.match(error.message, message);
    return true;
  });
}

test("a run folder holds config, metrics, curves and weights", async (dir) => {
  const path = `${dir}/runs/one`;
  {
    using run = await RunFolder.create(path, { layers: 3, out: path });
    assert.equal(run.path, path);
    run.appendEpoch(epoch(0));
    // Each line is in the file at once, not when the run ends.
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${path}/metrics.jsonl`)), epoch(0));
    run.appendEpoch(epoch(1));
    run.write("curves.svg", "<svg>an earlier and longer picture</svg>");
    run.write("curves.svg", "<svg></svg>");
    run.write("weights.safetensors", new Uint8Array([1, 2, 3]));
  }
  const names = (await Array.fromAsync(Deno.readDir(path))).map((entry) => entry.name).sort();
  assert.deepEqual(names, ["config.json", "curves.svg", "metrics.jsonl", "weights.safetensors"]);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(`${path}/config.json`)), {
    layers: 3,
    out: path,
  });
  const lines = (await Deno.readTextFile(`${path}/metrics.jsonl`)).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [epoch(0), epoch(1)]);
  assert.equal(await Deno.readTextFile(`${path}/curves.svg`), "<svg></svg>");
  assert.deepEqual(await Deno.readFile(`${path}/weights.safetensors`), new Uint8Array([1, 2, 3]));
});

test("a run that goes on keeps its config, and the epochs that it is told to keep", async (dir) => {
  {
    using run = await RunFolder.create(`${dir}/run`, { layers: 3 });
    for (const n of [0, 1, 2]) run.appendEpoch(epoch(n));
  }
  using run = await RunFolder.resume(`${dir}/run`);
  assert.deepEqual([run.config, run.isResumed], [{ layers: 3 }, true]);
  run.rewriteEpochs([epoch(0)]);
  run.appendEpoch({ ...epoch(1), devLoss: 7 });
  const lines = (await Deno.readTextFile(`${dir}/run/metrics.jsonl`)).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [epoch(0), { ...epoch(1), devLoss: 7 }]);
});

test("a folder that no run has begun in cannot be gone on with", async (dir) => {
  const refused = (message: RegExp) =>
    assert.rejects(RunFolder.resume(dir), (error: Error) => {
      assert.ok(error instanceof DataError, `${error}`);
      assert.match(error.message, message);
      return true;
    });
  await refused(/config\.json/);
  await Deno.writeTextFile(`${dir}/config.json`, '{ "layers": ');
  await refused(/config\.json: it is not whole: the run has not begun/);
});

test("an empty folder is taken, one that holds anything is not", async (dir) => {
  (await RunFolder.create(dir, {}))[Symbol.dispose]();
  await refuses(
    RunFolder.create(dir, {}),
    /^--out: needs a new or empty folder: .* holds (config.json|metrics.jsonl); name another/,
  );
});

test("of two runs that begin together only one gets the folder", async (dir) => {
  const path = `${dir}/run`;
  const results = await Promise.allSettled([
    RunFolder.create(path, {}),
    RunFolder.create(path, {}),
  ]);
  const won = results.filter((result) => result.status === "fulfilled");
  assert.equal(won.length, 1);
  won[0]!.value[Symbol.dispose]();
  for (const result of results) {
    if (result.status === "rejected") assert.ok(result.reason instanceof UsageError);
  }
});

test("a folder that cannot be made is told before anything is trained", async (dir) => {
  await Deno.writeTextFile(`${dir}/file`, "");
  await refuses(RunFolder.create(`${dir}/file`, {}), /^--out: cannot write to .*\/file: /);
  await refuses(RunFolder.create(`${dir}/file/run`, {}), /^--out: cannot write to .*\/file\/run: /);
});

Deno.test({
  name: "a missing permission is named",
  permissions: { read: "inherit", write: false },
  async fn() {
    await refuses(
      RunFolder.create("runs/x", {}),
      /^--out: needs the permissions --allow-read=runs\/x and --allow-write=runs\/x$/,
    );
  },
});

test("a run that goes on removes what it was killed while writing, and nothing else", async (dir) => {
  const path = `${dir}/run`;
  (await RunFolder.create(path, { layers: 3 }))[Symbol.dispose]();
  const mine = ["weights.safetensors", "curves.svg", "result.json", "report.html"];
  for (const name of mine) {
    await Deno.writeTextFile(`${path}/${name}.0123abcd.part`, "cut in the mi");
  }
  await Deno.writeTextFile(`${path}/film.0123abcd.part`, "somebody else's");
  (await RunFolder.resume(path))[Symbol.dispose]();
  const names = (await Array.fromAsync(Deno.readDir(path))).map((entry) => entry.name).sort();
  assert.deepEqual(names, ["config.json", "film.0123abcd.part"]);
});
