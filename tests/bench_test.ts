/** What the benchmark makes of its figures: turns, tables, comparisons. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { changes, told } from "../bench/compare.ts";
import type { Figures } from "../bench/gpu/common.ts";
import { readGpuOptions } from "../bench/gpu/main.ts";
import { disagreements, gpuTables } from "../bench/gpu/tables.ts";
import { bestOfEach, type Figure, readRun, type Run } from "../bench/figures.ts";
import { measure } from "../bench/measure.ts";
import { readOptions } from "../bench/options.ts";
import type { Answer, Request } from "../bench/protocol.ts";
import { isTime, type Row } from "../bench/rows.ts";
import { type Field, RowError, runRows } from "../bench/run.ts";
import { tables } from "../bench/tables.ts";
import { root, temporaryFolder, testWith } from "./subprocess.ts";

function figure(contender: string, value: number, other: Partial<Figure> = {}): Figure {
  return {
    contender,
    variant: "",
    threads: 1,
    workload: "W1",
    params: { n: 64 },
    title: "64 × 64 × 64",
    unit: "GFLOPS",
    value,
    spread: null,
    limit: null,
    ...other,
  };
}

const CALL = { workload: "W8", params: { op: "add" }, title: "an add", unit: "us" } as const;

Deno.test("tables: the best of a row is bold, whoever it is, and of a time the least", () => {
  const limit = { kind: "fma", most: 90, share: 0.844 } as const;
  const text = tables([
    figure("wide", 76, { limit }),
    figure("NumPy", 125),
    figure("PyTorch", 103, { variant: "eager" }),
    figure("PyTorch", 104, { variant: "compiled" }),
    figure("wide", 0.25, CALL),
    figure("NumPy", 0.5, CALL),
    figure("wide", 0.344, { workload: "W3check", unit: "nll" }),
  ], ["wide", "PyTorch", "NumPy"]);
  assert.match(text, /^\| 64 × 64 × 64 \| 76\.0 \(84 %\) \| +104 \| \*\*125\*\* \|$/m);
  assert.match(text, /^\| an add \| \*\*0\.250\*\* \| 0\.500 \|$/m, "PyTorch has no column there");
  assert.match(text, /multiply-adds between registers, GFLOP\/s: wide 90\.0 ×1\./);
  assert.doesNotMatch(text, /0\.344/, "losses are checked, not shown");
});

Deno.test("tables: each number of threads has its own, and what is missing is a dash", () => {
  const text = tables([
    figure("wide", 1234),
    figure("wide", 2345.6, { threads: 2 }),
    figure("wide", 1, { threads: 2, params: { n: 128 }, title: "128" }),
    figure("NumPy", 3000, { threads: 2 }),
  ], ["wide", "NumPy"]);
  assert.match(text, /×1:\n\n.*\n.*\n\| 64 × 64 × 64 \| \*\*1,230\*\* \|$/m);
  assert.match(text, /×2:\n\n.*\n.*\n\| 64 × 64 × 64 \| +2,350 \| \*\*3,000\*\* \|$/m);
  assert.match(text, /^\| 128 +\| \*\*1\.00\*\* \| +— \|$/m);
});

function runOf(...figures: Figure[]): Run {
  return { machine: { processor: "x", cores: 2, deno: "2" }, date: "", figures };
}

Deno.test("compare: tells what is slower than the threshold allows, rates and times alike", () => {
  const old = runOf(
    figure("wide", 100),
    figure("fast", 100),
    figure("wide", 1, CALL),
    figure("fast", 1, CALL),
    figure("strict", 100),
  );
  const now = runOf(
    figure("wide", 91),
    figure("fast", 80),
    figure("wide", 1.25, CALL),
    figure("fast", 0.5, CALL),
    figure("strict", NaN),
  );
  const all = changes(old, now, ["wide", "fast", "strict"]);
  assert.deepEqual(told(all, 0.9), [
    "slower: fast ×1 W1 n=64: 100 → 80.0 GFLOPS, 0.80 of its speed",
    "slower: wide ×1 W8 op=add: 1.00 → 1.25 us, 0.80 of its speed",
    "slower: strict ×1 W1 n=64: 100 → NaN GFLOPS, NaN of its speed",
    "3 of 5 rows that both runs have are slower: below 0.9 of their speed counts",
  ]);
  assert.equal(told(all, 0.7).length, 2, "only what is no number");
});

Deno.test("compare: neither other libraries count, nor losses, nor rows of one run only", () => {
  const loss = { workload: "W3check", unit: "nll" } as const;
  const old = runOf(figure("NumPy", 100), figure("wide", 2, loss), figure("wide", 100));
  const now = runOf(
    figure("NumPy", 1),
    figure("wide", 1, loss),
    figure("wide", 1, { threads: 2 }),
    figure("wide", 1, { params: { n: 128 } }),
  );
  assert.deepEqual(changes(old, now, ["wide"]), []);
});

Deno.test("a row that was measured again counts with its best", () => {
  assert.deepEqual(bestOfEach([figure("wide", 80), figure("wide", 95)]), [figure("wide", 95)]);
  const times = [figure("wide", 2, CALL), figure("wide", 1, CALL), figure("wide", 3, CALL)];
  assert.deepEqual(bestOfEach(times), [figure("wide", 1, CALL)]);
});

testWith(["read", "write"], "a file that --json did not write is refused by its name", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/old.json`;
  for (const text of ["{", "{}", '{"machine":{"processor":"x"},"figures":[{}]}', "null"]) {
    Deno.writeTextFileSync(path, text);
    assert.throws(() => readRun(path), (error: Error) => error.message.startsWith(path), text);
  }
  Deno.writeTextFileSync(path, JSON.stringify(runOf(figure("wide", 1))));
  assert.deepEqual(readRun(path), runOf(figure("wide", 1)));
});

Deno.test("options: what is unknown is refused, and names what is known", () => {
  const read = (line: string) => readOptions(line.split(" ").filter(Boolean));
  assert.throws(() => read("--strict"), /strict/);
  assert.throws(() => read("--only W1,W99"), /--only: W1, .*"W99"/);
  assert.throws(() => read("--builds narrow"), /--builds: wide, fast, strict, no flags/);
  assert.throws(() => read("--peers theano"), /--peers: torch, numpy, .*"theano"/);
  assert.throws(() => read("--threads 0"), /--threads/);
  assert.throws(() => read("--threshold 1.5"), /--threshold/);
  assert.throws(() => read("W1"), /W1/);
  assert.deepEqual(read("").peers, []);
  assert.ok(read("--peers all").peers.includes("onnxruntime"));
});

/** A contender that answers by functions, and writes down what it was asked. */
function fake(
  name: string,
  log: string[],
  answers: Partial<Record<Request["do"], (request: Request) => Answer>>,
) {
  const ask = (request: Request): Promise<Answer> => {
    if (request.do !== "next") log.push(`${name} ${request.do}`);
    try {
      return Promise.resolve(answers[request.do]!(request));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };
  return { name, threads: [1], ask };
}

const ROW: Row = { workload: "W1", params: {}, title: "row", unit: "us", limit: ["fma", 1] };

/** Rows that are told one after another. */
function rows(...list: Row[]): () => Answer {
  const left = list.values();
  return () => {
    const { value, done } = left.next();
    return done ? { done } : { row: value };
  };
}

function field(builds: Field["builds"], peers: Field["peers"], remarks: string[]): Field {
  const pace = { warm: 0, compiled: 0, chunk: 1, repeats: 3, most: 10 };
  const remark = (text: string) => void remarks.push(text);
  return { builds, peers, threads: [1], pace, remark, progress: () => {} };
}

Deno.test("contenders take turns on a row, a limit behind what it limits", async () => {
  const log: string[] = [];
  let slow = 4;
  const ours = fake("wide", log, {
    next: rows(ROW),
    begin: () => ({ variants: [""] }),
    time: () => ({ seconds: slow-- }),
    limit: () => ({ seconds: 0.5, work: 2 }),
  });
  const theirs = fake("NumPy", log, {
    begin: () => ({ variants: ["a", "b"] }),
    time: () => ({ seconds: 2 }),
  });
  const [figures] = await Array.fromAsync(runRows(field([ours], [theirs], [])));
  const turn = ["wide time", "wide limit", "NumPy time", "NumPy time"];
  assert.deepEqual(log, ["wide begin", "NumPy begin", ...turn, ...turn, ...turn, ...turn]);
  assert.ok(isTime(ROW.unit));
  assert.deepEqual(figures!.map(({ contender, variant, value }) => [contender, variant, value]), [
    ["wide", "", 1e6],
    ["NumPy", "a", 2e6],
    ["NumPy", "b", 2e6],
  ]);
  assert.deepEqual(figures![0]!.limit, { kind: "fma", most: 4, share: 0.125 });
  assert.equal(figures![1]!.limit, null);
});

Deno.test("the share of a limit is that of each moment by itself", async () => {
  const [times, limits] = [[9, 4, 2, 2].values(), [9, 0.5, 1, 1].values()];
  const ours = fake("wide", [], {
    next: rows(ROW),
    begin: () => ({ variants: [""] }),
    time: () => ({ seconds: times.next().value! }),
    limit: () => ({ seconds: limits.next().value!, work: 2 }),
  });
  const [figures] = await Array.fromAsync(runRows(field([ours], [], [])));
  assert.deepEqual(figures![0]!.limit, { kind: "fma", most: 4, share: 0.25 }); // not 1/2 of 4
});

Deno.test("what is quick is timed once an engine has compiled it, what takes long at once", async () => {
  for (const [seconds, least, most] of [[1e-5, 5000, 20_000], [2e-3, 1, 100]] as const) {
    let [runs, before] = [0, 0];
    const subject = {
      time: (k: number) => {
        before = runs;
        runs += k;
        return Promise.resolve(k * seconds);
      },
    };
    await measure([subject], { warm: 0.05, compiled: 1, chunk: 0.01, repeats: 1, most: 10 });
    assert.ok(
      before >= least && before <= most,
      `${before} runs of ${seconds} s before it is timed`,
    );
  }
});

Deno.test("a library that fails takes no further part, one that is wrong has no figure", async () => {
  const remarks: string[] = [];
  const ours = fake("wide", [], {
    next: rows(ROW, ROW),
    begin: () => ({ variants: [""] }),
    time: () => ({ seconds: 1 }),
    limit: () => ({ seconds: 1, work: 1 }),
  });
  const log: string[] = [];
  const failing = fake("NumPy", log, {
    begin: () => {
      throw new Error("no such module");
    },
  });
  const wrong = fake("tfjs", log, { begin: () => ({ wrong: "1 is not 2" }) });
  const lacking = fake("jax", log, { begin: () => ({ cannot: "nothing like it" }) });
  const all = await Array.fromAsync(runRows(field([ours], [failing, wrong, lacking], remarks)));
  assert.deepEqual(all.flat().map(({ contender }) => contender), ["wide", "wide"]);
  assert.deepEqual(log.filter((line) => line.startsWith("NumPy")), ["NumPy begin"]);
  assert.equal(remarks.filter((text) => /no further part: no such module/.test(text)).length, 1);
  assert.equal(remarks.filter((text) => /a result is wrong: 1 is not 2/.test(text)).length, 2);
});

Deno.test("a library that fails while it is timed is left out, and the others' figures stay", async () => {
  const remarks: string[] = [];
  const log: string[] = [];
  const ours = fake("wide", [], {
    next: rows(ROW, ROW),
    begin: () => ({ variants: [""] }),
    time: () => ({ seconds: 1 }),
    limit: () => ({ seconds: 1, work: 1 }),
  });
  let left = 2;
  const failing = fake("NumPy", log, {
    begin: () => ({ variants: [""] }),
    time: () => {
      if (left-- === 0) throw new Error("its process ended");
      return { seconds: 1 };
    },
  });
  const all = await Array.fromAsync(runRows(field([ours], [failing], remarks)));
  assert.deepEqual(all.flat().map(({ contender }) => contender), ["wide", "wide"]);
  assert.deepEqual(log, ["NumPy begin", "NumPy time", "NumPy time", "NumPy time"]);
  assert.deepEqual(remarks, ["NumPy ×1, W1 row: it takes no further part: its process ended"]);
});

Deno.test("a wrong result of this library ends the run", async () => {
  const ours = fake("wide", [], { next: rows(ROW), begin: () => ({ wrong: "1 is not 2" }) });
  await assert.rejects(
    Array.fromAsync(runRows(field([ours], [], []))),
    (error) => error instanceof RowError && /wide ×1, W1 row: .*1 is not 2/.test(error.message),
  );
});

testWith(
  ["read", "write", "run"],
  "bench writes figures and tables, and with figures that were better it says so and exits with 1",
  async () => {
    using folder = temporaryFolder();
    const [json, markdown, old] = ["new.json", "new.md", "old.json"].map((name) =>
      `${folder.path}/${name}`
    ) as [string, string, string];
    const words = config.tasks.bench.command.split(" ").slice(1);
    const bench = async (...args: string[]) => {
      const own = ["--quick", "--threads", "1", "--only", "W8", "--builds", "wide,no flags"];
      const command = new Deno.Command(Deno.execPath(), {
        args: [...words, ...own, ...args],
        cwd: root,
      });
      const { code, stdout } = await command.output();
      return { code, text: new TextDecoder().decode(stdout) };
    };
    const marked = "before\n<!-- figures -->\nold figures\n<!-- /figures -->\nbehind\n";
    Deno.writeTextFileSync(markdown, marked);
    const { code, text } = await bench("--json", json, "--markdown", markdown);
    assert.equal(code, 0, text);
    assert.match(text, /^\| what +\| +wide \| +no flags \|$/m);
    const document = Deno.readTextFileSync(markdown);
    assert.ok(document.startsWith("before\n<!-- figures -->\n"), document);
    assert.ok(document.endsWith("<!-- /figures -->\nbehind\n"), document);
    assert.ok(document.includes(text.trim()), document);
    assert.doesNotMatch(document, /old figures/);
    const run = readRun(json);
    assert.equal(run.figures.length, 8, "four rows of two contenders");
    for (const one of run.figures) one.value = one.contender === "wide" ? one.value / 100 : 1e9;
    Deno.writeTextFileSync(old, JSON.stringify(run));
    const compared = await bench("--compare", old);
    assert.equal(compared.code, 1, compared.text);
    assert.equal(compared.text.match(/^slower: wide ×1 W8 /gm)?.length, 4, compared.text);
    assert.match(compared.text, /^4 of 8 rows that both runs have are slower: /m);
    run.machine.processor = "another";
    Deno.writeTextFileSync(old, JSON.stringify(run));
    assert.equal((await bench("--compare", old)).code, 2, "another machine's figures");
  },
);

Deno.test("the GPU's figures become tables, and losses that differ are told", () => {
  const figures: Figures[] = [
    { contender: "Glim", row: "MLP", first: 2.3, twentieth: 1.4, msPerStep: 0.5, dispatches: 20 },
    { contender: "other", row: "MLP", first: 2.30005, twentieth: 1.41, msPerStep: 1, hostMs: 0.25 },
    { contender: "third", row: "MLP", error: "it cannot" },
    { contender: "Glim", row: "product 256", ms: 2, teraflops: 1.5 },
    { contender: "Glim", row: "attention 256, forward", ms: 3, teraflops: 2.5, megabytes: 7 },
    { contender: "Glim", row: "GPT writes", ms: 4, tokensPerSecond: 250 },
  ];
  assert.deepEqual(disagreements(figures.slice(0, 2)), [
    "MLP: other has losses 2.30005, 1.41, Glim 2.3, 1.4",
  ]);
  const lines = gpuTables(figures).split("\n");
  assert.equal(lines[2], "| MLP | Glim |  | 0.500 |  | 20.0 |  |  |  |  |");
  assert.match(lines[4]!, /^\| MLP \| third \| it cannot \|/);
  const last = (n: number) => lines.findLast((line) => line.startsWith(["| p", "| a", "| G"][n]!));
  assert.equal(last(0), "| product 256 | Glim | 2.000 | 1.50 |");
  assert.equal(last(1), "| attention 256, forward | Glim | 3.000 | 2.50 | 7.0 |");
  assert.equal(last(2), "| GPT writes | Glim | 4.000 | 250 |");
  assert.ok(!gpuTables(figures.slice(0, 2)).includes("TFLOP"), "a table without rows is left out");
});

Deno.test("the GPU's options are read, and what is none is refused", () => {
  const { programs, sizes } = readGpuOptions([
    "--device",
    "webgpu",
    "--peers",
    "all",
    "--sizes",
    "64",
  ]);
  assert.deepEqual([programs, sizes], [["glim", "jax-js", "tfjs"], "64"]);
  assert.throws(
    () => readGpuOptions(["--device", "cuda"]),
    /--device: webgpu can be named: it is "cuda"/,
  );
  assert.throws(
    () => readGpuOptions(["--device", "webgpu", "--sizes", "0"]),
    /--sizes: whole numbers/,
  );
  assert.throws(() => readGpuOptions(["--device", "webgpu", "--fast"]), /--fast/);
});
