/** `deno task predict RUN`: the digits in pictures, and what a network answers to numbers. */
import { z } from "zod";
import { data, DataError, fromTypedArray, noGrad, scope, train, zeros } from "@glim/glim";
import { messageOf, printable, UsageError } from "../errors.ts";
import { pictureText } from "../images/picture_text.ts";
import { encodePng } from "../images/picture.ts";
import { rowsOf } from "../metrics.ts";
import { writeErrorLine, writeLine } from "../output.ts";
import { print } from "../print.ts";
import { readTrained, type TrainedRequest } from "./command.ts";
import { type Input, readInputs } from "./inputs.ts";
import type { TrainedNetwork } from "./network.ts";

const OPTIONS = z.object({
  index: z.string().optional()
    .describe("which images of an IDX file, such as 3 or 0-4,7 (default: 0-9)"),
  center: z.boolean().optional()
    .describe("prepare pictures as MNIST's digits, whatever the network learnt from"),
  picture: z.string().trim().min(1).optional()
    .meta({ description: "write what the network saw, as PNG", path: "write" }),
  out: z.string().trim().min(1).optional()
    .meta({ description: "write the answers to rows of a table there, as CSV", path: "write" }),
  length: z.int().min(1).default(200).describe("characters that a network for texts writes"),
  temperature: z.number().min(0).default(0.8)
    .describe("how freely it writes; 0: always the likeliest"),
  topK: z.int().min(1).optional().describe(
    "from how many of the likeliest it draws (default: all)",
  ),
  seed: z.int().min(0).max(2 ** 32 - 1).optional()
    .describe("where its random numbers begin (default: others each time)"),
  json: z.boolean().default(false).describe("print JSON"),
});

type Request = TrainedRequest<z.output<typeof OPTIONS>>;

const COMMAND = {
  name: "predict",
  usage: "predict RUN [FILE] [INPUT…] [options]",
  schema: OPTIONS,
  help: `
Answers what a trained network makes of inputs: PNG or JPEG files of any size, folders of them, or
IDX files; for a network that reads no pictures, numbers with commas between them: 0.5,-1,2. A
network for tables reads CSV and JSON files with its columns, and writes CSV: --out FILE. Its answer
is "unsure" below the probability that was chosen on the dev set; so is that of a network for
pictures in classes, which reads files and folders. A network for texts goes on from each INPUT, or
writes one of its own where there is none.

A picture is prepared as MNIST's were: the digit is found, dark on light or light on dark, scaled
into 20 × 20 pixels, and moved with its centre of mass to the middle of 28 × 28. One digit a
picture. For a network that learnt from images of another kind, pictures are scaled as a whole.
With --no-center pictures are taken as they are: of the network's size, light on dark.
Where the network gives no class 70 %, or several shapes stand side by side, the answer is "unsure".
`,
};

/** The most images that `--index` names. */
const MAX_IMAGES = 1000;

/**
 * Below this probability an answer is unsure. On MNIST's dev set a perceptron after three epochs
 * gives less to half of its wrong answers and 2.4 % of its right ones, a small CNN to a third and
 * 0.3 %.
 */
const SURE = 0.7;

/** How many classes are told. */
const TOLD = 3;

/** Characters of the bar of a probability of 1. */
const BAR = 20;

/** A picture and what it was taken for. */
interface Reading extends Input {
  /** The most probable class. */
  readonly digit: number;
  /** Whether the network is sure of it, and the picture has one shape. */
  readonly isSure: boolean;
  readonly probabilities: readonly number[];
}

/**
 * Reads the inputs, and prints what the network takes them for. False where some could not be read:
 * which, and why, is told on standard error.
 */
export async function predict(args: readonly string[]): Promise<boolean> {
  const request = await readTrained(args, COMMAND);
  if (request === null) return true;
  const { network, words: images, options } = request;
  if (network.write !== undefined) {
    const { predictText } = await import("./predict_text.ts");
    await predictText(network.write, `${request.weights}: ${network.title}`, images, options);
    return true;
  }
  if (images.length === 0) throw new UsageError("predict: needs inputs: none is named");
  const { imageShape, isCentred = true } = network.data;
  if ("table" in network.data) {
    const { predictRows } = await import("./predict_table.ts");
    await predictRows(network, request.weights, images, options);
    return true;
  }
  if ("pictures" in network.data || "sounds" in network.data) {
    const { predictFiles } = await import("./predict_files.ts");
    return await predictFiles(network, request.weights, images, options);
  }
  if (imageShape === undefined) {
    await printAnswers(request);
    return true;
  }
  const index = options.index === undefined ? null : parseIndex(options.index);
  const center = options.center ?? null;
  const { inputs, failures } = await readInputs(
    { images, index, center },
    { imageShape, isCentred },
  );
  if (inputs.length > 0) await printReadings(request, inputs, imageShape);
  for (const failure of failures) writeErrorLine(`error: ${printable(failure)}`);
  return failures.length === 0;
}

/** Prints what a network makes of numbers. */
async function printAnswers({ network, weights, words, options }: Request): Promise<void> {
  const { data: { inputShape, classes }, model, title } = network;
  const length = inputShape.reduce((product, n) => product * n, 1);
  const rows = words.map((word) => {
    const numbers = word.split(",").map((text) => text.trim() === "" ? NaN : Number(text));
    if (numbers.length === length && numbers.every(Number.isFinite)) return numbers;
    throw new UsageError(`predict: needs ${length} numbers such as 0.5,-1: it is ${word}`);
  });
  const x = fromTypedArray(Float32Array.from(rows.flat()), [rows.length, ...inputShape]);
  const answers = await scope(async () => {
    const output = noGrad(() => model.forward(x));
    return await rowsOf(
      (classes === undefined ? output : output.softmax(1)).reshape(rows.length, -1),
    );
  });
  if (options.json) return writeLine(JSON.stringify(answers));
  print(`${weights}: ${title}\n`);
  for (const [i, answer] of answers.entries()) {
    const shown = answer.map((value) => value.toPrecision(4)).join(", ");
    const told = classes === undefined ? shown : `class ${indexOfHighest(answer)} (${shown})`;
    print(`${words[i]}: ${told}`);
  }
}

async function printReadings(
  { network, weights, options: { picture, json } }: Request,
  inputs: readonly Input[],
  imageShape: readonly [rows: number, columns: number],
): Promise<void> {
  const readings = await read(network, inputs);
  if (picture !== undefined) await writePicture(picture, inputs, imageShape);
  if (json) return writeLine(JSON.stringify(readings.map(readingJson)));
  const greys = Deno.stdout.isTerminal() && !Deno.noColor;
  print(`${weights}: ${network.title}\n`);
  for (const reading of readings) print(readingText(reading, imageShape, greys));
  if (picture !== undefined) print(`${picture}: what the network saw`);
}

/** Asks the network about all pictures. */
async function read(
  { model, data: { inputShape } }: TrainedNetwork,
  inputs: readonly Input[],
): Promise<Reading[]> {
  const n = inputs.length;
  const pixels = inputs[0]!.pixels.length;
  const all = new Float32Array(n * pixels);
  for (const [i, input] of inputs.entries()) all.set(input.pixels, i * pixels);
  const x = fromTypedArray(all, [n, ...inputShape]);
  // Nobody knows what is right: a loader wants labels all the same.
  const set = new data.TensorDataset(x, zeros([n], { dtype: "int32" }));
  const answer = await train.predict(model, new data.DataLoader(set, { batchSize: 500 }));
  return (await rowsOf(answer)).map((probabilities, i) => ({
    ...inputs[i]!,
    probabilities,
    digit: indexOfHighest(probabilities),
    isSure: Math.max(...probabilities) >= SURE && inputs[i]!.shapes === undefined,
  }));
}

function indexOfHighest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

/** What the network saw, and beside it what it takes that for. */
function readingText(
  { name, note, shapes, digit, isSure, probabilities, pixels }: Reading,
  imageShape: readonly [rows: number, columns: number],
  greys: boolean,
): string {
  const classes = probabilities.map((p, i) => ({ p, i })).sort((a, b) => b.p - a.p || a.i - b.i);
  const told = classes.slice(0, TOLD).map(({ p, i }) => {
    const bar = "█".repeat(Math.round(BAR * p));
    return `${String(i).padStart(2)}  ${(100 * p).toFixed(1).padStart(5)} %  ${bar}`;
  });
  const answer = isSure ? `reads ${digit}` : `unsure, perhaps ${digit}`;
  const why = shapes === undefined
    ? []
    : ["", `${shapes} shapes side by side:`, "one digit a picture is read"];
  const beside = ["", answer, "", ...told, ...why];
  const picture = pictureText(pixels, imageShape, greys);
  const empty = " ".repeat(imageShape[1]);
  const lines = Array.from(
    { length: Math.max(picture.length, beside.length) },
    (_, i) => `  ${picture[i] ?? empty}   ${beside[i] ?? ""}`.trimEnd(),
  );
  return `${name} (${note})\n${lines.join("\n")}\n`;
}

/** What a reading is as JSON. */
function readingJson(
  { name, note, shapes = 1, digit, isSure, probabilities }: Reading,
): unknown {
  return { image: name, note, shapes, digit, sure: isSure, probabilities };
}

/** `3`, `0-4`, `0-4,7`: whole numbers. */
function parseIndex(text: string): number[] {
  const numbers: number[] = [];
  for (const part of text.split(",")) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const first = Number(match?.[1] ?? NaN);
    const last = Number(match?.[2] ?? first);
    if (!(first <= last)) {
      throw new UsageError(
        `--index: needs numbers such as 3 or 0-4,7: it is ${JSON.stringify(text)}`,
      );
    }
    if (numbers.length + last - first >= MAX_IMAGES) {
      throw new UsageError(`--index: names up to ${MAX_IMAGES} images: these are more`);
    }
    for (let i = first; i <= last; i++) numbers.push(i);
  }
  return numbers;
}

/** Writes the pictures side by side. One alone can be read again with `--no-center`. */
async function writePicture(
  path: string,
  inputs: readonly Input[],
  [rows, columns]: readonly [rows: number, columns: number],
): Promise<void> {
  const width = columns * inputs.length;
  const pixels = Uint8Array.from({ length: rows * width }, (_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    const input = inputs[Math.floor(column / columns)]!;
    return Math.round(255 * input.pixels[row * columns + column % columns]!);
  });
  try {
    // In its place: to rename one that was written beside it needs a permission for the folder.
    await Deno.writeFile(path, encodePng({ pixels, rows, columns: width }));
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such folder"
      : messageOf(cause);
    throw new DataError(`write ${path}: ${reason}`, { cause });
  }
}
