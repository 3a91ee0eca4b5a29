/** `deno task train predict` as its user meets it, on networks trained a moment before. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import jpeg from "jpeg-js";
import { data, fromTypedArray, io, nn, noGrad, scope } from "../../mod.ts";
import { readPng } from "../../cli/images/picture.ts";
import { mnistPackageFolder } from "../../cli/mnist_package.ts";
import { hasCentredImages } from "../../web/shared/centred.ts";
import { DeepNetwork } from "../../experiments/paper.ts";
import { encodePng } from "../../cli/images/picture.ts";
import { idxFile } from "../data/idx_files.ts";
import { deno, type Outcome, temporaryFolder, testWith } from "../subprocess.ts";
import { CliFolder } from "../cli_folder.ts";
import { draw, SEVEN } from "./images/drawing.ts";

const MAIN = ["run", "--no-prompt", "--allow-read", "--allow-write", "cli/main.ts"];

function predict(...args: string[]): Promise<Outcome> {
  return deno([...MAIN, "predict", ...args]);
}

function testPredict(name: string, fn: () => Promise<void>): void {
  testWith(["read", "write", "run"], `predict ${name}`, fn);
}

/** Which square is bright is the class of an image: here square 3. */
const BRIGHT_3 = Uint8Array.from({ length: 16 }, (_, i) => i === 3 ? 255 : 20);

testPredict("reads images of an IDX file by a run's folder, whatever its network", async () => {
  using cli = new CliFolder();
  const options = ["--epochs", "2", "--batch-size", "20", "--lr", "0.5", "--activation", "tanh"];
  assert.equal((await cli.train("run", ...options)).code, 0);
  const images = `${cli.data}/t10k-images-idx3-ubyte`;
  const labels = cli.bytes("data/t10k-labels-idx1-ubyte").subarray(8);

  const all = await predict("--weights", `${cli.path}/run`, images, "--index", "0-59", "--json");
  assert.deepEqual([all.code, all.stderr], [0, ""]);
  const answers = JSON.parse(all.stdout) as { image: string; digit: number; note: string }[];
  assert.deepEqual(answers.map(({ digit }) => digit), Array.from(labels.subarray(0, 60)));
  assert.deepEqual([answers[59]!.image, answers[59]!.note], [`${images} 59`, "as it is"]);

  // The same network by its file, whose folder tells what it is; the images gzipped, the first ten.
  Deno.writeFileSync(`${cli.path}/images.gz`, gzipSync(cli.bytes("data/t10k-images-idx3-ubyte")));
  const file = await predict(
    "--weights",
    `${cli.path}/run/weights.safetensors`,
    `${cli.path}/images.gz`,
  );
  assert.deepEqual([file.code, file.stderr], [0, ""]);
  assert.match(
    file.stdout,
    /^.*weights\.safetensors: 3 layers, tanh, hidden 100, 12,810 parameters\n\n/,
  );
  const digits = Array.from(
    file.stdout.matchAll(/(?:reads|perhaps) (\d)/g),
    ([_, digit]) => Number(digit),
  );
  assert.deepEqual(digits, Array.from(labels.subarray(0, 10)));
  assert.equal(file.stdout.match(/ %/g)!.length, 30);

  // A picture of the right size, and the same with a checkpoint.
  Deno.writeFileSync(
    `${cli.path}/three.png`,
    encodePng({ pixels: BRIGHT_3, rows: 4, columns: 4 }),
  );
  const png = await predict(
    "--weights",
    `${cli.path}/run`,
    `${cli.path}/three.png`,
    "--no-center",
  );
  assert.match(png.stdout, /three\.png \(as it is\)\n.*(reads|perhaps) 3\n/s);
});

/** A folder with weights of a network that nobody trained. */
function untrained(): { path: string; model: nn.Module; [Symbol.dispose](): void } {
  const folder = temporaryFolder();
  const model = new DeepNetwork([784, 20, 10]);
  Deno.writeFileSync(`${folder.path}/w.safetensors`, io.encodeSafetensors(model.stateDict()));
  return { path: folder.path, model, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

function writeSeven(path: string): void {
  const { grey } = draw(SEVEN, { rows: 90, columns: 120, line: 8, ink: 20, paper: 240 });
  Deno.writeFileSync(path, encodePng({ pixels: grey, rows: 90, columns: 120 }));
}

testPredict("shows and writes what the network saw, which --no-center reads again", async () => {
  using cli = untrained();
  const at = (name: string) => `${cli.path}/${name}`;
  writeSeven(at("seven.png"));
  const weights = ["--weights", at("w.safetensors")];
  const seen = await predict(...weights, at("seven.png"), "--picture", at("saw.png"));
  assert.deepEqual([seen.code, seen.stderr], [0, ""]);
  assert.ok(seen.stdout.includes("seven.png (120 × 90, dark on light, inverted)\n"));
  assert.ok(seen.stdout.endsWith(`${at("saw.png")}: what the network saw\n`));

  const { rows, columns, grey } = readPng(Deno.readFileSync(at("saw.png")));
  assert.deepEqual([rows, columns], [28, 28]);
  const probabilities = scope(() =>
    noGrad(() =>
      cli.model.forward(fromTypedArray(Float32Array.from(grey, (v) => v / 255), [1, 784]))
        .softmax(1).toTypedArray()
    )
  );
  const again = await predict(...weights, at("saw.png"), "--no-center", "--json");
  const [answer] = JSON.parse(again.stdout) as { probabilities: number[]; digit: number }[];
  answer!.probabilities.forEach((p, i) => assert.ok(Math.abs(p - probabilities[i]!) < 1e-6));
  assert.ok(seen.stdout.includes(`unsure, perhaps ${answer!.digit}\n`)); // nobody trained it

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
  using cli = untrained();
  const network = `import { nn } from ${
    JSON.stringify(new URL("../../mod.ts", import.meta.url).href)
  };
export default ({ imageShape: [rows, columns], classes }) =>
  new nn.Sequential(new nn.Flatten(), new nn.Linear(rows * columns, classes));\n`;
  Deno.writeTextFileSync(`${cli.path}/own.ts`, network);
  const own = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 10));
  Deno.writeFileSync(`${cli.path}/own.safetensors`, io.encodeSafetensors(own.stateDict()));
  writeSeven(`${cli.path}/seven.png`);
  const args = ["--weights", `${cli.path}/own.safetensors`, `${cli.path}/seven.png`];
  const alone = await predict(...args);
  assert.equal(alone.code, 2);
  assert.match(
    alone.stderr,
    /^error: --weights: .*own\.safetensors: needs the file of its experiment, .*1\.weight \[10, 784\], 1\.bias/,
  );
  const known = await predict(...args, "--arch", `${cli.path}/own.ts`);
  assert.deepEqual([known.code, known.stderr], [0, ""]);
  assert.ok(known.stdout.includes("own.ts, 7,850 parameters\n"), known.stdout);
});

/** A picture as JPEG; `orientation` as Exif tells how the camera was held. */
function jpegFile(grey: Uint8Array, height: number, width: number, orientation = 1): Uint8Array {
  const data = new Uint8Array(4 * grey.length);
  for (const [i, level] of grey.entries()) data.set([level, level, level, 255], 4 * i);
  const plain = jpeg.encode({ data, width, height }, 95).data;
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1];
  const entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const segment = [0xff, 0xe1, 0, 2 + exif.length + entry.length, ...exif, ...entry];
  return Uint8Array.from([...plain.subarray(0, 2), ...segment, ...plain.subarray(2)]);
}

testPredict(
  "reads JPEG as PNG, upright, and a folder's pictures; what fails spares the rest",
  async () => {
    using folder = temporaryFolder();
    const [rows, columns] = [90, 120];
    const { grey } = draw(SEVEN, { rows, columns, line: 8, ink: 20, paper: 240 });
    // Lying on its side, as a camera that was turned writes it: Exif's 6 turns it back.
    const lying = new Uint8Array(grey.length);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        lying[(columns - 1 - x) * rows + y] = grey[y * columns + x]!;
      }
    }
    const files: Record<string, Uint8Array> = {
      "a.png": encodePng({ pixels: grey, rows: rows, columns: columns }),
      "b.jpg": jpegFile(grey, rows, columns),
      "c.JPEG": jpegFile(lying, columns, rows, 6),
      "d.png": new Uint8Array(9).fill(0x89),
      "notes.txt": new Uint8Array(3),
    };
    for (const [name, bytes] of Object.entries(files)) {
      Deno.writeFileSync(`${folder.path}/${name}`, bytes);
    }
    const trained = ["--weights", "web/model/digits.safetensors"];
    const none = `${folder.path}/none.png`;
    const all = await predict(...trained, none, folder.path, "--json");
    assert.equal(all.code, 1);
    assert.match(
      all.stderr,
      /^error: read \S+none\.png: there is no such file\nerror: \S+d\.png: decodePng: .*\n$/,
    );
    const read = JSON.parse(all.stdout) as { image: string; digit: number; sure: boolean }[];
    assert.deepEqual(
      read.map(({ image, digit, sure }) => [image.split("/").at(-1), digit, sure]),
      ["a.png", "b.jpg", "c.JPEG"].map((name) => [name, 7, true]),
    );
  },
);

testPredict(
  "says that it is unsure where the network is, and where a picture has several digits",
  async () => {
    using folder = temporaryFolder();
    const one = draw(SEVEN, { rows: 90, columns: 120, line: 8, ink: 20, paper: 240 }).grey;
    const three = new Uint8Array(3 * one.length);
    for (let y = 0; y < 90; y++) {
      for (let i = 0; i < 3; i++) {
        three.set(one.subarray(120 * y, 120 * (y + 1)), 360 * y + 120 * i);
      }
    }
    Deno.writeFileSync(
      `${folder.path}/777.png`,
      encodePng({ pixels: three, rows: 90, columns: 360 }),
    );
    const noise = Uint8Array.from({ length: 784 }, (_, i) => (i * 2654435761) >>> 24);
    Deno.writeFileSync(
      `${folder.path}/noise.png`,
      encodePng({ pixels: noise, rows: 28, columns: 28 }),
    );
    const trained = ["--weights", "web/model/digits.safetensors"];
    const { code, stdout, stderr } = await predict(...trained, `${folder.path}/777.png`);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /unsure, perhaps \d\n/);
    assert.match(stdout, /3 shapes side by side:\n.*one digit a picture is read\n/);
    assert.equal(stdout.match(/\d %/g)!.length, 3); // the next candidates, too
    using cli = untrained();
    const args = ["--weights", `${cli.path}/w.safetensors`, "--json", "--no-center"];
    const [answer] = JSON.parse((await predict(...args, `${folder.path}/noise.png`)).stdout);
    assert.equal(answer.sure, Math.max(...answer.probabilities) >= 0.7);
  },
);

testPredict(
  "prepares pictures as the data are that the network learnt from, and says how",
  async () => {
    using cli = new CliFolder(28); // bright squares all over the image: no digits in its middle
    assert.equal((await cli.train("run", "--epochs", "1", "--batch-size", "20")).code, 0);
    const picture = `${cli.path}/picture.png`;
    const bytes = cli.bytes("data/t10k-images-idx3-ubyte").subarray(16);
    const large = new Uint8Array(56 * 56);
    for (let i = 0; i < large.length; i++) {
      large[i] = bytes[28 * (Math.floor(i / 56) >> 1) + (i % 56 >> 1)]!;
    }
    Deno.writeFileSync(picture, encodePng({ pixels: large, rows: 56, columns: 56 }));
    const own = ["--weights", `${cli.path}/run/weights.safetensors`];
    const probabilities = async (...args: string[]) => {
      const { code, stdout, stderr } = await predict(...own, "--json", ...args);
      assert.deepEqual([code, stderr], [0, ""]);
      return JSON.parse(stdout)[0] as { note: string; probabilities: number[] };
    };
    const whole = await probabilities(picture);
    assert.match(
      whole.note,
      /^56 × 56, scaled as a whole, not centred, as what the network learnt/,
    );
    const same = await probabilities(`${cli.data}/t10k-images-idx3-ubyte`, "--index", "0");
    whole.probabilities.forEach((p, i) => assert.ok(Math.abs(p - same.probabilities[i]!) < 1e-5));
    assert.match((await probabilities(picture, "--center")).note, /^56 × 56, (light|dark) on/);
    // MNIST's digits are in the middle: by their data set, not by their name.
    const digits = await data.mnist({ fallback: mnistPackageFolder() });
    assert.equal(hasCentredImages(digits.train, digits.imageShape), true);
  },
);

testPredict("says what is wrong with weights and images", async () => {
  using cli = untrained();
  const at = (name: string) => `${cli.path}/${name}`;
  writeSeven(at("seven.png"));
  Deno.mkdirSync(at("folder"));
  const bytes: Record<string, Uint8Array> = {
    "blank.png": encodePng({ pixels: new Uint8Array(100).fill(255), rows: 10, columns: 10 }),
    "cut.png": Deno.readFileSync(at("seven.png")).subarray(0, 200),
    "photo.jpg": Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16),
    "photo.gif": new TextEncoder().encode("GIF89a"),
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
      /cut.png: decodePng: the file ends before the PNG does: truncated$/,
    ],
    [1, [weights, at("photo.jpg")], /photo.jpg: decodeJpeg: the file is truncated or damaged: /],
    [1, [weights, at("photo.gif")], /photo.gif: .* this is GIF: save the picture as PNG$/],
    [1, [weights, at("folder")], /folder: a folder without pictures: PNG and JPEG files are/],
    [1, [weights, at("notes.txt")], /notes.txt: PNG, JPEG and IDX .*: this is none of them$/],
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
