/** `deno task train predict` as its user meets it, on networks trained a moment before. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { fromTypedArray, io, nn, noGrad, scope } from "../../mod.ts";
import { readPng } from "../../src/experiments/images/read_png.ts";
import { DeepNetwork } from "../../src/experiments/network.ts";
import { encodePng } from "../../src/experiments/report/png.ts";
import { idxFile } from "../data/idx_files.ts";
import { deno, type Outcome, temporaryFolder, testWith } from "../subprocess.ts";
import { Desk } from "../training_desk.ts";
import { draw, SEVEN } from "./images/drawing.ts";

const MAIN = ["run", "--no-prompt", "--allow-read", "--allow-write", "src/experiments/main.ts"];

function predict(...args: string[]): Promise<Outcome> {
  return deno([...MAIN, "predict", ...args]);
}

function testPredict(name: string, fn: () => Promise<void>): void {
  testWith(["read", "write", "run"], `predict ${name}`, fn);
}

/** Which of the desk's squares is bright is the class of its images: square 3. */
const BRIGHT_3 = Uint8Array.from({ length: 16 }, (_, i) => i === 3 ? 255 : 20);

testPredict("reads images of an IDX file by a run's folder, whatever its network", async () => {
  using desk = new Desk();
  const options = ["--epochs", "2", "--batch-size", "20", "--lr", "0.5", "--activation", "tanh"];
  assert.equal((await desk.train("run", ...options)).code, 0);
  const images = `${desk.data}/t10k-images-idx3-ubyte`;
  const labels = desk.bytes("data/t10k-labels-idx1-ubyte").subarray(8);

  const all = await predict("--weights", `${desk.path}/run`, images, "--index", "0-59", "--json");
  assert.deepEqual([all.code, all.stderr], [0, ""]);
  const answers = JSON.parse(all.stdout) as { image: string; digit: number; note: string }[];
  assert.deepEqual(answers.map(({ digit }) => digit), Array.from(labels.subarray(0, 60)));
  assert.deepEqual([answers[59]!.image, answers[59]!.note], [`${images} 59`, "as it is"]);

  // The same network by its file, whose folder tells what it is; the images gzipped, the first ten.
  Deno.writeFileSync(`${desk.path}/images.gz`, gzipSync(desk.bytes("data/t10k-images-idx3-ubyte")));
  const file = await predict(
    "--weights",
    `${desk.path}/run/weights.safetensors`,
    `${desk.path}/images.gz`,
  );
  assert.deepEqual([file.code, file.stderr], [0, ""]);
  assert.match(
    file.stdout,
    /^.*weights\.safetensors: 3 layers, tanh, hidden 100, 12,810 parameters\n\n/,
  );
  const digits = Array.from(file.stdout.matchAll(/reads (\d)/g), ([_, digit]) => Number(digit));
  assert.deepEqual(digits, Array.from(labels.subarray(0, 10)));
  assert.equal(file.stdout.match(/ %/g)!.length, 30);

  // A picture of the right size, and the same with a checkpoint.
  Deno.writeFileSync(`${desk.path}/three.png`, await encodePng(BRIGHT_3, 4, 4));
  const png = await predict(
    "--weights",
    `${desk.path}/run`,
    `${desk.path}/three.png`,
    "--no-center",
  );
  assert.match(png.stdout, /three\.png \(as it is\)\n.*reads 3\n/s);
});

/** A folder with weights of a network that nobody trained. */
function untrained(): { path: string; model: nn.Module; [Symbol.dispose](): void } {
  const folder = temporaryFolder();
  const model = new DeepNetwork(784, 10, { layers: 2, hidden: 20, activation: "relu" });
  Deno.writeFileSync(`${folder.path}/w.safetensors`, io.encodeSafetensors(model.stateDict()));
  return { path: folder.path, model, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

async function writeSeven(path: string): Promise<void> {
  const { grey } = draw(SEVEN, { rows: 90, columns: 120, line: 8, ink: 20, paper: 240 });
  Deno.writeFileSync(path, await encodePng(grey, 90, 120));
}

testPredict("shows and writes what the network saw, which --no-center reads again", async () => {
  using desk = untrained();
  const at = (name: string) => `${desk.path}/${name}`;
  await writeSeven(at("seven.png"));
  const weights = ["--weights", at("w.safetensors")];
  const seen = await predict(...weights, at("seven.png"), "--picture", at("saw.png"));
  assert.deepEqual([seen.code, seen.stderr], [0, ""]);
  assert.ok(seen.stdout.includes("seven.png (120 × 90, dark on light, inverted)\n"));
  assert.ok(seen.stdout.endsWith(`${at("saw.png")}: what the network saw\n`));

  const { rows, columns, grey } = readPng(Deno.readFileSync(at("saw.png")));
  assert.deepEqual([rows, columns], [28, 28]);
  const probabilities = scope(() =>
    noGrad(() =>
      desk.model.forward(fromTypedArray(Float32Array.from(grey, (v) => v / 255), [1, 784]))
        .softmax(1).toTypedArray()
    )
  );
  const again = await predict(...weights, at("saw.png"), "--no-center", "--json");
  const [answer] = JSON.parse(again.stdout) as { probabilities: number[]; digit: number }[];
  answer!.probabilities.forEach((p, i) => assert.ok(Math.abs(p - probabilities[i]!) < 1e-6));
  assert.ok(seen.stdout.includes(`reads ${answer!.digit}\n`));

  const two = [at("seven.png"), at("saw.png"), "--picture", at("both.png"), "--json"];
  assert.equal((await predict(...weights, ...two)).code, 0);
  const both = readPng(Deno.readFileSync(at("both.png")));
  assert.deepEqual([both.rows, both.columns], [28, 56]);
  for (let row = 0; row < 28; row++) {
    const left = both.grey.subarray(56 * row, 56 * row + 28);
    assert.deepEqual(left, grey.subarray(28 * row, 28 * row + 28));
  }
});

testPredict("takes a network of one's own by --arch", async () => {
  using desk = untrained();
  const network = `import { nn } from ${
    JSON.stringify(new URL("../../mod.ts", import.meta.url).href)
  };
export default ({ imageShape: [rows, columns], classes }) =>
  new nn.Sequential(new nn.Flatten(), new nn.Linear(rows * columns, classes));\n`;
  Deno.writeTextFileSync(`${desk.path}/own.ts`, network);
  const own = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 10));
  Deno.writeFileSync(`${desk.path}/own.safetensors`, io.encodeSafetensors(own.stateDict()));
  await writeSeven(`${desk.path}/seven.png`);
  const args = ["--weights", `${desk.path}/own.safetensors`, `${desk.path}/seven.png`];
  const alone = await predict(...args);
  assert.equal(alone.code, 2);
  assert.match(
    alone.stderr,
    /^error: --weights: .*own\.safetensors: needs --arch or --recipe, .*1\.weight \[10, 784\], 1\.bias/,
  );
  const known = await predict(...args, "--arch", `${desk.path}/own.ts`);
  assert.deepEqual([known.code, known.stderr], [0, ""]);
  assert.ok(known.stdout.includes("own.ts, 7,850 parameters\n"), known.stdout);
});

testPredict("says what is wrong with weights and images", async () => {
  using desk = untrained();
  const at = (name: string) => `${desk.path}/${name}`;
  await writeSeven(at("seven.png"));
  Deno.mkdirSync(at("folder"));
  const bytes: Record<string, Uint8Array> = {
    "blank.png": await encodePng(new Uint8Array(100).fill(255), 10, 10),
    "cut.png": Deno.readFileSync(at("seven.png")).subarray(0, 200),
    "photo.jpg": Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16),
    "notes.txt": new TextEncoder().encode("seven"),
    "labels.idx": idxFile(8, [3], Uint8Array.of(1, 2, 3)),
    "small.idx": idxFile(8, [2, 4, 4], new Uint8Array(32)),
    "empty": new Uint8Array(0),
    "bad.safetensors": new TextEncoder().encode("not weights at all"),
  };
  for (const [name, file] of Object.entries(bytes)) Deno.writeFileSync(at(name), file);
  const [weights, seven] = [at("w.safetensors"), at("seven.png")];
  const wrong: [code: number, args: string[], message: RegExp][] = [
    [2, [at("none"), seven], /^--weights: there is no file or folder \S+\/none$/],
    [
      2,
      [at("folder"), seven],
      /^--weights: needs a run's folder, which has config.json, or a file/,
    ],
    [1, [at("bad.safetensors"), seven], /^loadSafetensors: \S+\/bad.safetensors: /],
    [
      1,
      [weights, seven, "--recipe", "small"],
      /^--weights: \S+ does not belong to the network \(5 conv/,
    ],
    [1, [weights, at("none.png")], /^read \S+\/none.png: there is no such file$/],
    [
      1,
      [weights, at("blank.png")],
      /blank.png: there is nothing to see: all pixels are nearly alike$/,
    ],
    [
      1,
      [weights, at("cut.png")],
      /cut.png: readPng: the file ends before the PNG does: truncated$/,
    ],
    [1, [weights, at("photo.jpg")], /photo.jpg: .* this is JPEG: save the picture as PNG$/],
    [1, [weights, at("notes.txt")], /notes.txt: PNG and IDX files are read: this is neither$/],
    [1, [weights, at("empty")], /empty: the file is empty$/],
    [1, [weights, at("labels.idx")], /uint8 images \[n, 28, 28\] is needed: it is uint8 \[3\]$/],
    [
      1,
      [weights, at("small.idx")],
      /uint8 images \[n, 28, 28\] is needed: it is uint8 \[2, 4, 4\]$/,
    ],
    [1, [weights, seven, "--no-center"], /--no-center needs pictures of 28 × 28: it is 120 × 90$/],
    [2, [weights, seven, "--index", "1"], /^--index: goes with an IDX file: there is none among/],
  ];
  await Promise.all(wrong.map(async ([code, args, message]) => {
    const outcome = await predict("--weights", ...args);
    assert.match(outcome.stderr.trimEnd().replace(/^error: /, ""), message);
    assert.deepEqual([outcome.code, outcome.stdout], [code, ""]);
  }));
});
