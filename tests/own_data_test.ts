/** `deno task train --data FILE`: from a table to a network that answers, without a line of code. */
import assert from "node:assert/strict";
import * as ort from "onnxruntime-web";
import config from "../deno.json" with { type: "json" };
import { encode as encodeJpeg } from "jpeg-js";
import { data, io, tensor } from "../mod.ts";
import { deno, type Outcome, temporaryFolder, testWith } from "./subprocess.ts";
import { Running } from "./running.ts";
import { wav } from "./wav.ts";

const task = (name: "train" | "predict" | "eval") => config.tasks[name].command.split(" ").slice(1);

const ok = (outcome: Outcome): string => {
  assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
  return outcome.stdout;
};

const train = (...args: string[]) => deno([...task("train"), ...args]);

/** Flowers of two kinds: two measures, one of which is missing at times, a town's code, and a number to learn. */
function flowers(n = 120): string {
  const rows = Array.from({ length: n }, (_, i) => {
    const noise = (i * 7919 % 101) / 101;
    const kind = i % 2;
    return [
      i % 11 === 3 ? "" : (3 + kind + noise).toFixed(3),
      (10 - 2 * kind + 2 * ((i * 31) % 17) / 17).toFixed(3),
      ["N 1", "00118", "1.50"][i % 3],
      (5 * kind + noise).toFixed(3),
      1,
      ["small", "large"][kind],
    ].join(",");
  });
  return ["length,width,town,weight,planet,kind", ...rows].join("\n");
}

function testOwn(name: string, fn: (at: (name: string) => string) => Promise<void>): void {
  testWith(["read", "write", "run"], name, async () => {
    using folder = temporaryFolder();
    const at = (name: string) => `${folder.path}/${name}`;
    Deno.writeTextFileSync(at("flowers.csv"), flowers());
    await fn(at);
  });
}

/** The network of a run as its page computes it. */
function pageOf(run: string): (row: number[]) => number[] {
  const html = Deno.readTextFileSync(`${run}/page/index.html`);
  const [, script] = /<script>([^]*)<\/script>/.exec(html)!;
  return new Function(`const document = undefined;${script}; return answer;`)();
}

/** The answers of a run's ONNX file to raw rows. */
async function onnxOf(run: string, x: Float32Array, columns: number): Promise<Float32Array> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(Deno.readFileSync(`${run}/model.onnx`));
  const { output } = await session.run({
    input: new ort.Tensor("float32", x, [x.length / columns, columns]),
  });
  await session.release();
  return output!.data as Float32Array;
}

testOwn(
  "a table becomes a network, its report, ONNX file, page and program; eval and predict know it",
  async (at) => {
    const [file, run] = [at("flowers.csv"), at("run")];
    const told = ok(
      await train("--data", file, "--ignore", "weight", "--epochs", "30", "--out", run),
    );
    assert.match(told, /what is learnt is "kind", as --target names no other column/);
    assert.match(told, /length +number +11 missing/);
    assert.match(told, /note: planet: it has one value in all rows: not learnt from/);
    assert.match(told, /baseline: always \w+: dev accuracy 0\.5/);
    assert.match(told, /test accuracy +[01]\.\d+ +95 % between 0\.\d+ and [01]\.\d+/);
    assert.match(
      told,
      /model\.onnx, answering\.json, experiment\.ts, page\/index\.html, report\.html\n$/,
    );
    const report = Deno.readTextFileSync(`${run}/report.html`);
    for (
      const heading of [
        "What mattered",
        "The worst mistakes",
        "How sure its answers are",
        "Confusion matrix",
      ]
    ) {
      assert.ok(report.includes(`<h2>${heading}</h2>`), heading);
    }
    // raw rows: the ONNX file, the page and predict say the same
    const set = data.parseCsv(Deno.readFileSync(file), { target: "kind" }).learn({
      target: "kind",
      ignore: ["weight", "planet"],
    });
    const [x] = set.batch(Int32Array.from({ length: 120 }, (_, i) => i));
    const rows = x.toArray() as number[][];
    const logits = await onnxOf(run, x.toTypedArray() as Float32Array, 3);
    const page = pageOf(run);
    ok(await deno([...task("predict"), run, file, "--out", at("answers.csv")]));
    const answers = await data.csv(at("answers.csv"));
    const { values, texts } = answers.column("answer");
    rows.forEach((row, i) => {
      const [a, b] = [logits[2 * i]!, logits[2 * i + 1]!];
      const [p, q] = page(row) as [number, number];
      assert.ok(Math.abs(q - 1 / (1 + Math.exp(a - b))) < 1e-4, `row ${i}: ${q}`);
      assert.equal(texts[values[i]!], ["large", "small"][p > q ? 0 : 1], `row ${i}`);
      assert.ok(Math.abs(answers.column("probability").values[i]! - Math.max(p, q)) < 2e-4);
    });
    // some of the rows alone, where the codes look like numbers and a number looks like a code
    const some = (i: number) => i % 3 === 2 && i % 11 !== 3;
    const few = flowers().split("\n").filter((_, i) => i === 0 || some(i - 1))
      .map((line) => line.replace(/^\d\.[^,]*/, "003"));
    Deno.writeTextFileSync(at("few.csv"), few.join("\n"));
    const { stderr } = await deno([...task("predict"), run, at("few.csv"), "--out", at("few")]);
    assert.equal(stderr, "", "no value is one that the network has never met");
    const judged = ok(await deno([...task("eval"), run]));
    assert.match(judged, /large +\d+ +1\.0000/);
    // rows of another file, all of them, in which columns and categories stand otherwise
    const moved = flowers().split("\n").filter((line) => !line.includes(",00118,")).map(last);
    const evaluate = async (lines: readonly string[], ...args: string[]) => {
      Deno.writeTextFileSync(at("other.csv"), lines.join("\n"));
      return await deno([...task("eval"), run, "--file", at("other.csv"), ...args]);
    };
    const { right, all } = moved.slice(1).reduce(({ right, all }, _, i) => {
      const row = 3 * Math.floor(i / 2) + 2 * (i % 2); // every third is left out
      return {
        right: right + Number(texts[values[row]!] === ["small", "large"][row % 2]),
        all: all + 1,
      };
    }, { right: 0, all: 0 });
    const elsewhere = ok(await evaluate(moved));
    assert.match(elsewhere, new RegExp(`other\\.csv: test, ${all} samples`));
    assert.match(elsewhere, new RegExp(`\\(${all - right} of ${all} wrong\\)`));
    const unknown = moved.map((line) => line.replace(/^large/, "huge"));
    assert.match(
      (await evaluate(unknown)).stderr,
      /other\.csv: kind: the network knows large, small: one is huge/,
    );
    // the program that it wrote gives the same weights
    const unnamed = await train(`${run}/experiment.ts`, "--out", at("unnamed"), "--quiet");
    assert.match(
      unnamed.stderr,
      /error: read \S+: only paths that the command line names are read/,
    );
    ok(await train(`${run}/experiment.ts`, "--file", file, "--out", at("again"), "--quiet"));
    const [first, again] = await Promise.all(
      [run, at("again")].map((run) => io.loadSafetensors(`${run}/weights.safetensors`)),
    );
    assert.equal(first!.size, again!.size);
    for (const [name, tensor] of first!) {
      assert.deepEqual(again!.get(name)!.toTypedArray(), tensor.toTypedArray(), name);
    }
  },
);

testOwn("a column of numbers is learnt in its own unit", async (at) => {
  const told = ok(
    await train(
      "--data",
      at("flowers.csv"),
      "--target",
      "weight",
      "--epochs",
      "40",
      "--out",
      at("run"),
    ),
  );
  assert.match(told, /it is learnt as numbers/);
  const [, rmse] = /test RMSE +(\d\.\d+) +95 % between/.exec(told)!;
  assert.ok(Number(rmse) < 1, `RMSE ${rmse}`); // the deviation is 2.5
  const page = pageOf(at("run"));
  const row = [4.2, 9, 1, 0]; // length, width, town, kind: large
  const logit = await onnxOf(at("run"), Float32Array.from(row), 4);
  assert.ok(Math.abs(page(row)[0]! - logit[0]!) < 1e-3);
  ok(await deno([...task("eval"), at("run"), "--set", "dev"]));
});

testOwn(
  "a target over orders of magnitude is learnt by its logarithm, in its own unit",
  async (at) => {
    const rows = Array.from({ length: 150 }, (_, i) => {
      const [a, b] = [(i * 37 % 150) / 15, (i * 91 % 150) / 30];
      const sales = Math.round(Math.exp(a - b) * 40);
      return `${a.toFixed(3)},${b.toFixed(3)},${i % 3 === 0 ? "" : sales * 3},${sales}`;
    });
    Deno.writeTextFileSync(at("sales.csv"), ["a,b,views,sales", ...rows].join("\n"));
    const options = ["--data", at("sales.csv"), "--epochs", "40", "--kind", "numbers"];
    const told = ok(await train(...options, "--out", at("run")));
    assert.match(told, /note: sales: .* learnt by its logarithm, .*--log-target no/);
    const [, r2] = /test R² +(\d\.\d+)/.exec(told)!;
    assert.ok(Number(r2) > 0.8, `R² ${r2}`);
    // the ONNX file, the page and predict say the same, and nothing below 0
    const answers = ok(await deno([...task("predict"), at("run"), at("sales.csv")])).trim()
      .split("\n").slice(1).map((line) => Number(line.split(",")[1]));
    assert.ok(answers.every((answer) => answer >= 0), `${Math.min(...answers)}`);
    const page = pageOf(at("run"));
    const x = rows.map((row) => row.split(",").slice(0, 3).map((v) => v === "" ? NaN : Number(v)));
    const onnx = await onnxOf(at("run"), Float32Array.from(x.flat()), 3);
    answers.forEach((answer, i) => {
      for (const other of [page(x[i]!)[0]!, onnx[i]!]) {
        assert.ok(Math.abs(answer - other) < 1e-4 * (1 + answer), `row ${i}: ${answer}, ${other}`);
      }
    });
    const { table } = JSON.parse(Deno.readTextFileSync(at("run/config.json"))).data;
    assert.deepEqual(table.plan.outputs, ["a", "b", "views", "views missing"]);
    assert.match(JSON.stringify(table.plan.groups), /"kind":"log"/);
    ok(await deno([...task("eval"), at("run"), "--set", "dev"]));
  },
);

/**
 * Data of one's own, and a training on it that takes long enough to be killed; with other `memory` than
 * one that is not.
 */
const KILLED: Record<string, { make: (path: string) => void; options: string; memory?: string }> = {
  table: {
    make: (path) => Deno.writeTextFileSync(path, flowers()),
    options: "--epochs 40 --lr 0.00001 --checkpoint-every 5",
  },
  folder: {
    make: bars,
    options: "--epochs 10 --size 16 --width 4 --batch-size 8 --checkpoint-every 2",
    memory: "--memory=0",
  },
};

for (const [what, { make, options, memory }] of Object.entries(KILLED)) {
  testOwn(
    `a run on a ${what} that is killed, or finds no room, goes on to the same bits; its test set is looked at once`,
    async (at) => {
      make(at("data"));
      const args = ["--data", at("data"), ...options.split(" ")];
      ok(await train(...args, "--out", at("whole"), "--quiet"));
      // not by the launcher, whose child would go on
      const main = ["run", "--quiet", "--config", "cli/deno.json", "--allow-all", "cli/main.ts"];
      const own = memory === undefined ? args : [...args, memory];
      const killed = new Running([...main, ...own, "--out", at("run")]);
      await killed.until(/epoch +3 /);
      await killed.end("SIGKILL");
      const names = () => Array.from(Deno.readDirSync(at("run")), ({ name }) => name);
      assert.ok(!names().includes("report.html"));
      { // while somebody else works there
        using lock = Deno.openSync(at("run/config.json"), { write: true });
        lock.lockSync(true);
        const second = await train("--resume", at("run"));
        assert.match(second.stderr, /another process trains in /);
      }
      // a limit on the size of files stands for the full disk
      const full = await new Deno.Command("bash", {
        args: [
          "-c",
          'trap "" XFSZ; ulimit -f 3; exec "$0" "$@"',
          Deno.execPath(),
          ...main,
          "--resume",
          at("run"),
        ],
        env: { NO_COLOR: "1" },
      }).output();
      const error = new TextDecoder().decode(full.stderr);
      assert.equal(full.code, 1);
      assert.match(error, /^error: write \S+: .*(too large|no space)/im);
      assert.doesNotMatch(error, /\.ts:\d/);
      ok(await train("--resume", at("run")));
      const bytes = (run: string) => Deno.readFileSync(`${at(run)}/weights.safetensors`);
      assert.deepEqual(bytes("run"), bytes("whole"));
      assert.ok(!names().some((name) => name.endsWith(".part")));
      assert.equal(JSON.parse(Deno.readTextFileSync(at("run/test.json"))).evaluations.length, 1);
      const over = await train("--resume", at("run"));
      assert.match(over.stderr, /is finished/);
    },
  );
}

testOwn("what is wrong with a table is told, and counted", async (at) => {
  const refused = async (text: string, message: RegExp, ...args: string[]) => {
    Deno.writeTextFileSync(at("bad.csv"), text);
    const { code, stderr } = await train("--data", at("bad.csv"), "--out", at("bad"), ...args);
    assert.ok(code === 1 || code === 2, `${code}`);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\.ts:\d/);
  };
  await refused("a,b\n1,2\n3\n", /line 3 has 1/);
  await refused(
    `a,b\n${"3,2\n5,2\n".repeat(15)}`,
    /b: it has one value|2 to 1000 classes of some rows each/,
  );
  await refused(flowers(), /there is no "kinds": there are length/, "--target", "kinds");
  await refused(
    flowers(),
    /kind must be numbers: line 2 has "small"/,
    "--kind",
    "numbers",
    "--target",
    "kind",
  );
  await refused(
    `a,kind\n${"5 %,x\n7 %,y\n9 %,z\n".repeat(10)}`,
    /none is left; a: cells such as "5 %" are texts/,
    "--ignore",
    "a",
    "--target",
    "kind",
  );
  const folder = await train("--data", at("."), "--target", "kind");
  assert.equal(folder.code, 2);
  assert.match(folder.stderr, /without a folder of pictures .* name one of its tables: bad.csv/);
  await refused(flowers(), /--split: the shares of dev and test are needed/, "--split", "much");
  const lines = flowers().split("\n");
  Deno.writeTextFileSync(
    at("odd.csv"),
    [...lines, ...lines.slice(1, 40), "4,9,Oslo,1,1,rare"].join("\n"),
  );
  const told = ok(
    await train("--data", at("odd.csv"), "--target", "kind", "--epochs", "2", "--out", at("odd")),
  );
  assert.match(told, /note: 1 class with fewer than 3 samples, one a part: only learnt from/);
  assert.match(told, /note: \d+ rows of dev and test are among those that are learnt from, too/);
  const kept = ok(
    await train(
      "--data",
      at("odd.csv"),
      "--target",
      "kind",
      "--epochs",
      "2",
      "--out",
      at("kept"),
      "--drop-duplicates",
    ),
  );
  assert.match(kept, /note: 39 rows that stood there before: dropped/);
  assert.doesNotMatch(kept, /are among those/);
});

testOwn(
  "a table without names, with semicolons and decimal commas, is learnt from, asked and judged",
  async (at) => {
    const [, ...lines] = flowers().split("\n").map((line) => {
      const [length, width, _town, weight, _planet, kind] = line.split(",");
      return [kind, length?.slice(0, -1), width, weight].join(",");
    });
    const german = (line: string) => line.replaceAll(",", ";").replaceAll(".", ",");
    const write = (name: string, rows: readonly string[]) => {
      Deno.writeTextFileSync(at(name), rows.join("\n"));
      return at(name);
    };
    const file = write("german.csv", lines.map(german));
    const options = ["--epochs", "20", "--target", "column1", "--no-header"];
    const told = ok(await train("--data", file, ...options, "--out", at("run")));
    assert.match(told, /note: numbers are read with a comma before their fractions/);
    const ask = async (...args: string[]) => {
      const { stdout, stderr } = await deno([...task("predict"), at("run"), ...args]);
      return { answers: stdout.trim().split("\n").slice(1), stderr };
    };
    const asked = await ask(file);
    assert.equal(asked.answers.length, 120);
    // without what is asked for, which stood first, and as others write numbers; with names
    const few = lines.map((line) => line.replace(/^[a-z]+,/, ""));
    assert.deepEqual(await ask(write("few.csv", few)), asked);
    const named = write("named.csv", ["column4,column2,column3", ...few.map(last)]);
    assert.deepEqual(await ask(named, "--header"), asked);
    // three digits behind every comma, which may be thousands
    const thousands = few.slice(0, 3).map((line) => german(line.replace(",", "0,")));
    const { answers, stderr } = await ask(write("first.csv", thousands));
    assert.deepEqual(answers, asked.answers.slice(0, 3));
    assert.match(stderr, /note: \S+: numbers are read with a comma before .*--decimal point/);
    assert.match(
      (await ask(write("two.csv", ["1,2"]))).stderr,
      /as many cells as those .*, 4, or one fewer, without column1: they have 2/,
    );
    assert.match(ok(await deno([...task("eval"), at("run")])), /german\.csv: test, 24 samples/);
  },
);

/** A row with its last cell first. */
function last(line: string): string {
  const at = line.lastIndexOf(",");
  return `${line.slice(at + 1)},${line.slice(0, at)}`;
}

testOwn(
  "a column of texts is learnt from by its words, in the ONNX file, the page and predict alike",
  async (at) => {
    const words = "the a of to and in that it was for on as with be by at this from".split(" ");
    const rows = Array.from({ length: 90 }, (_, i) => {
      const text = Array.from(
        { length: 12 },
        (_, k) => words[(i * 7 + k * (k + i)) % words.length],
      );
      text[i % 12] = i % 2 === 0 ? "Ship!" : "train,";
      return {
        body: `${text.join(" ")} (${i})`,
        size: i % 7,
        kind: i % 2 === 0 ? "water" : "rail",
      };
    });
    Deno.writeTextFileSync(at("texts.json"), JSON.stringify(rows));
    const told = ok(
      await train("--data", at("texts.json"), "--epochs", "30", "--lr", "0.02", "--out", at("run")),
    );
    assert.match(told, /note: body: texts, of which \d+ words are counted/);
    assert.match(told, /kind by 2 columns/);
    const [, accuracy] = /test accuracy +(\d\.\d+)/.exec(told)!;
    assert.ok(Number(accuracy) > 0.85, `accuracy ${accuracy}`);
    const { table } = JSON.parse(Deno.readTextFileSync(at("run/config.json"))).data;
    const { vocabulary } = table.words[0];
    assert.ok(vocabulary.includes("ship") && vocabulary.includes("train"));
    const page = pageOf(at("run"));
    const answers = ok(await deno([...task("predict"), at("run"), at("texts.json")])).trim().split(
      "\n",
    ).slice(1);
    for (const [i, { body, size }] of rows.entries()) {
      const found = body.toLowerCase().match(/[a-z0-9]+/g)!;
      const counts = vocabulary.map((word: string) =>
        found.filter((other) => other === word).length
      );
      const chances = page([size, ...counts]);
      const [, answer, probability] = answers[i]!.split(",");
      const best = chances.indexOf(Math.max(...chances));
      assert.equal(answer, table.classNames[best], `row ${i}`);
      assert.ok(Math.abs(Number(probability) - chances[best]!) < 2e-4);
    }
    const row = Float32Array.from([
      rows[1]!.size,
      ...vocabulary.map((word: string) => word === "train" ? 1 : 0),
    ]);
    const [a, b] = await onnxOf(at("run"), row, row.length) as unknown as [number, number];
    assert.ok(Math.abs(page([...row])[0]! - 1 / (1 + Math.exp(b - a))) < 1e-4);
  },
);

/** Pictures of bars that lie or stand, 16 × 16, in two folders; one file is damaged, one is a JPEG. */
function bars(folder: string): void {
  for (let i = 0; i < 40; i++) {
    const name = i % 2 === 0 ? "lying" : "standing";
    Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
    const at = 3 + i % 9;
    const pixels = Uint8Array.from({ length: 256 }, (_, k) => {
      const line = i % 2 === 0 ? k >> 4 : k & 15;
      return Math.abs(line - at) < 2 ? 40 + i : 250;
    });
    Deno.writeFileSync(
      `${folder}/${name}/${i}.png`,
      io.encodePng(tensor(pixels, { shape: [1, 16, 16] })),
    );
  }
  Deno.writeFileSync(
    `${folder}/lying/broken.png`,
    Deno.readFileSync(`${folder}/lying/0.png`).slice(0, 60),
  );
  const jpeg = encodeJpeg(
    { width: 16, height: 16, data: new Uint8Array(16 * 16 * 4).fill(200) },
    90,
  );
  Deno.writeFileSync(`${folder}/standing/grey.jpg`, jpeg.data);
}

testOwn("a folder of pictures becomes a network, its report, ONNX file and page", async (at) => {
  bars(at("bars"));
  const told = ok(
    await train(
      "--data",
      at("bars"),
      "--size",
      "16",
      "--width",
      "4",
      "--epochs",
      "12",
      "--batch-size",
      "8",
      "--no-augment",
      "--out",
      at("run"),
    ),
  );
  assert.match(told, /2 classes of grey pictures, 16 × 16: lying 20, standing 21/);
  assert.match(told, /note: .*broken\.png: decodePng: .*truncated/);
  assert.match(told, /note: 1 file could not be read, and is left out/);
  // the folder of another class
  Deno.renameSync(at("bars/lying"), at("bars/leaning"));
  const judged = await deno([...task("eval"), at("run"), "--file", at("bars")]);
  assert.match(judged.stderr, /the network knows lying, standing: .* folder leaning/);
  Deno.renameSync(at("bars/leaning"), at("bars/lying"));
  const [, accuracy] = /test accuracy +(\d\.\d+)/.exec(told)!;
  assert.ok(Number(accuracy) >= 0.75, `accuracy ${accuracy}`);
  assert.match(Deno.readTextFileSync(at("run/report.html")), /<th scope="row">lying<\/th>/);
  // the ONNX file, the page and predict say the same
  const x = data.fitImage(io.decodePng(Deno.readFileSync(at("bars/standing/7.png"))), [1, 16, 16]);
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(Deno.readFileSync(at("run/model.onnx")));
  const pixels = x.toTypedArray() as Float32Array;
  const { output } = await session.run({
    input: new ort.Tensor("float32", pixels, [1, 1, 16, 16]),
  });
  await session.release();
  const [a, b] = output!.data as unknown as [number, number];
  const page = pageOf(at("run")) as unknown as (planes: Float32Array[]) => number[];
  const [p] = page([pixels]);
  assert.ok(Math.abs(p! - 1 / (1 + Math.exp(b - a))) < 1e-4, `${p}`);
  const answers = ok(
    await deno([
      ...task("predict"),
      at("run"),
      at("bars/standing/7.png"),
      at("bars/standing/grey.jpg"),
    ]),
  );
  const [, answer, probability] = answers.split("\n")[1]!.split(",");
  assert.equal(answer, p! > 0.5 ? "lying" : "standing");
  assert.ok(Math.abs(Number(probability) - Math.max(p!, 1 - p!)) < 2e-4);
  const bad = await deno([...task("predict"), at("run"), at("bars/lying/broken.png")]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /broken\.png: decodePng/);
  // and another run on the same pictures
  ok(
    await train(
      "--data",
      at("bars"),
      "--size",
      "16",
      "--width",
      "4",
      "--epochs",
      "1",
      "--out",
      at("other"),
      "--quiet",
    ),
  );
  const compared = ok(
    await deno([...task("eval"), at("run"), "--set", "dev", "--against", at("other")]),
  );
  assert.match(
    compared,
    /other: accuracy \d\.\d+, here \d\.\d+: a difference of .* \(p = [01]\.\d+/,
  );
});

/** Tones that rise or fall, of ten voices each as high as none other; one file is cut off. */
function tones(folder: string): void {
  for (let i = 0; i < 40; i++) {
    const name = i % 2 === 0 ? "falling" : "rising";
    Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
    let phase = 0;
    const samples = Float32Array.from({ length: 1600 + 40 * (i % 7) }, (_, t) => {
      const along = i % 2 === 0 ? 1 - t / 1800 : t / 1800;
      phase += 2 * Math.PI * (300 + 40 * (i >> 2) + 1500 * along) / 8000;
      return 0.5 * Math.sin(phase);
    });
    Deno.writeFileSync(`${folder}/${name}/voice${i >> 2}_${i}.wav`, wav(samples, 8000));
  }
  const whole = Deno.readFileSync(`${folder}/rising/voice0_1.wav`);
  Deno.writeFileSync(`${folder}/rising/voice0_cut.wav`, whole.subarray(0, 900));
}

testOwn("a folder of sounds becomes a network, its report, ONNX file and page", async (at) => {
  tones(at("tones"));
  const options = "--seconds 0.2 --sample-rate 8000 --voices --width 4 --epochs 15 --lr 0.02";
  const told = ok(
    await train(
      "--data",
      at("tones"),
      ...options.split(" "),
      "--batch-size",
      "8",
      "--out",
      at("run"),
    ),
  );
  assert.match(told, /2 classes of sounds of 0\.2 s: falling 20, rising 20/);
  assert.match(told, /10 voices, each in one part only/);
  assert.match(told, /note: .*voice0_cut\.wav: decodeWav: .*truncated/);
  const [, accuracy] = /test accuracy +(\d\.\d+)/.exec(told)!;
  assert.ok(Number(accuracy) >= 0.75, `accuracy ${accuracy}`);
  // the ONNX file, of the sound itself, the page and predict say the same
  const file = at("tones/rising/voice3_15.wav");
  const { samples } = data.decodeWav(Deno.readFileSync(file));
  const part = samples.subarray(0, 1600);
  const wave = part.map((v) => v / Math.max(...part));
  const session = await ort.InferenceSession.create(Deno.readFileSync(at("run/model.onnx")));
  const { output } = await session.run({ input: new ort.Tensor("float32", wave, [1, 1600]) });
  await session.release();
  const [a, b] = output!.data as unknown as [number, number];
  const html = Deno.readTextFileSync(at("run/page/index.html"));
  const [, script] = /<script>([^]*)<\/script>/.exec(html)!;
  const answerTo = new Function(`const document = undefined;${script}; return answerTo;`)();
  const [p] = answerTo(wave) as [number];
  assert.ok(Math.abs(p - 1 / (1 + Math.exp(b - a))) < 1e-4, `${p}`);
  const answers = ok(await deno([...task("predict"), at("run"), file]));
  const [, answer, probability] = answers.split("\n")[1]!.split(",");
  assert.equal(answer, p > 0.5 ? "falling" : "rising");
  assert.ok(Math.abs(Number(probability) - Math.max(p, 1 - p)) < 0.02, "all of the sound");
});
