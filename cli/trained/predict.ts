/**
 * `deno task train predict`: the digits in pictures.
 *
 * @module
 */
import { data, DataError, fromTypedArray, train, zeros } from "@glim/glim";
import { messageOf, printable } from "../messages.ts";
import { print } from "../print.ts";
import { encodePng } from "../report/png.ts";
import { type Input, readInputs } from "./inputs.ts";
import { loadTrained, type TrainedNetwork } from "./network.ts";
import type { PredictOptions } from "./options.ts";
import { type Reading, readingJson, readingText } from "./predict_text.ts";

/**
 * Below this probability an answer is unsure. On MNIST's dev set a perceptron after three epochs
 * gives less to half of its wrong answers and 2.4 % of its right ones, a small CNN to a third and
 * 0.3 %.
 */
const SURE = 0.7;

/**
 * Reads the pictures, and prints what the network takes them for. False where some could not be read:
 * which, and why, is told on standard error.
 */
export async function predictDigits(options: PredictOptions): Promise<boolean> {
  const network = await loadTrained(options);
  const { inputs, failures } = await readInputs(options, network);
  if (inputs.length > 0) await printReadings(options, network, inputs);
  for (const failure of failures) console.error(`error: ${printable(failure)}`);
  return failures.length === 0;
}

async function printReadings(
  options: PredictOptions,
  network: TrainedNetwork,
  inputs: readonly Input[],
): Promise<void> {
  const readings = await read(network, inputs);
  if (options.picture !== null) await writePicture(options.picture, inputs, network.imageShape);
  if (options.json) return console.log(JSON.stringify(readings.map(readingJson)));
  const greys = Deno.stdout.isTerminal() && !Deno.noColor;
  print(`${options.weights}: ${network.title}\n`);
  for (const reading of readings) {
    print(readingText(reading, network.imageShape, greys));
  }
  if (options.picture !== null) print(`${options.picture}: what the network saw`);
}

/** Asks the network about all pictures. */
async function read(
  { model, imageShape: [rows, columns], isFlat }: TrainedNetwork,
  inputs: readonly Input[],
): Promise<Reading[]> {
  const pixels = rows * columns;
  const all = new Float32Array(inputs.length * pixels);
  for (const [i, input] of inputs.entries()) all.set(input.pixels, i * pixels);
  const n = inputs.length;
  const x = fromTypedArray(all, isFlat ? [n, pixels] : [n, 1, rows, columns]);
  // Nobody knows what is right: a loader wants labels all the same.
  const set = new data.TensorDataset(x, zeros([n], { dtype: "int32" }));
  const answer = await train.predict(model, new data.DataLoader(set, { batchSize: 500 }));
  return (answer.toArray() as number[][]).map((probabilities, i) => ({
    ...inputs[i]!,
    probabilities,
    digit: probabilities.indexOf(Math.max(...probabilities)),
    isSure: Math.max(...probabilities) >= SURE && inputs[i]!.shapes === undefined,
  }));
}

/** Writes the pictures side by side. One alone can be read again with `--no-center`. */
async function writePicture(
  path: string,
  inputs: readonly Input[],
  [rows, columns]: readonly [rows: number, columns: number],
): Promise<void> {
  const wide = new Uint8Array(rows * columns * inputs.length);
  for (const [i, { pixels }] of inputs.entries()) {
    for (const [at, value] of pixels.entries()) {
      const [row, column] = [Math.floor(at / columns), at % columns];
      wide[(row * inputs.length + i) * columns + column] = Math.round(255 * value);
    }
  }
  const png = await encodePng(wide, rows, columns * inputs.length);
  try {
    // In its place: to rename one that was written beside it needs a permission for the folder.
    await Deno.writeFile(path, png);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such folder"
      : messageOf(cause);
    throw new DataError(`write ${path}: ${reason}`, { cause });
  }
}
