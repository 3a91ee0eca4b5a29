/** `deno task eval RUN`: how good a trained network is. */
import { dirname } from "node:path";
import { z } from "zod";
import { data, DataError, setNumThreads } from "@glim/glim";
import { answersTo, guessOf } from "../asked.ts";
import { printable, UsageError } from "../errors.ts";
import type { Data } from "../experiment.ts";
import { dataOf } from "../fit.ts";
import { pairedTest } from "../intervals.ts";
import { valueOf } from "../metrics.ts";
import { kindOf } from "../files.ts";
import { writeErrorLine, writeLine } from "../output.ts";
import { print } from "../print.ts";
import { confusionAndMistakes } from "../report/answers.ts";
import { figuresOf, shownFigures } from "../results.ts";
import { keepRowsIn } from "../rows.ts";
import { readTrained } from "./command.ts";
import { classScores, type Judgement, judgementJson, judgementText } from "./judgement.ts";
import { loadTrained, type TrainedNetwork } from "./network.ts";

/** Mistakes that are told. */
const WORST = 10;

const COMMAND = {
  name: "eval",
  usage: "eval RUN [FILE] [options]",
  schema: z.object({
    set: z.enum(["test", "dev", "train"]).default("test").describe("which part of the data"),
    against: z.string().trim().min(1).optional()
      .meta({ description: "another run: is the difference more than chance?", path: "read" }),
    json: z.boolean().default(false).describe("print JSON"),
  }),
  help: `
Judges a trained network: loss, accuracy or other metrics, each class, confusions, mistakes.
`,
};

/** Evaluates a network on a part of a data set, and prints what it is worth. */
export async function evaluate(args: readonly string[]): Promise<void> {
  const request = await readTrained(args, COMMAND);
  if (request === null) return;
  const { network, weights, words, options: { set, json, against } } = request;
  if (words.length > 0) throw new UsageError(`unexpected argument ${JSON.stringify(words[0])}`);
  keepRowsIn(kindOf(weights) === "folder" ? weights : dirname(weights));
  const all = await dataOf(network.experiment, network.options, network.data);
  setNumThreads(navigator.hardwareConcurrency);
  const part = await partFor(network, all, set);
  if (network.data.checksums?.join() !== all.checksums?.join()) tellOdd(all);
  const judgement = await judge(network, part);
  const { title } = network;
  if (json) {
    const about = { weights, network: title, data: all.dir ?? all.name, set };
    writeLine(JSON.stringify({ ...about, ...judgementJson(judgement) as object }));
    return;
  }
  const from = all.dir === undefined ? "" : ` from ${all.dir}`;
  const what = network.data.imageShape ? "images" : "samples";
  print(`${weights}: ${title}`);
  print(`${all.name}${from}: ${set}, ${part.length} ${what}\n`);
  print(judgementText(judgement).trimEnd());
  if (against !== undefined) print(await comparedText(network, against, { part, set }));
}

/** What is odd in data that nobody was told of at the training. */
function tellOdd({ notes = [] }: Data): void {
  for (const note of notes.filter((note) => note.startsWith("note: "))) {
    writeErrorLine(printable(note));
  }
}

/** How another run does on the same samples, and how probably the two differ by chance only. */
async function comparedText(
  network: TrainedNetwork,
  against: string,
  { part, set }: { part: data.Dataset; set: "test" | "dev" | "train" },
): Promise<string> {
  const other = await loadTrained(
    { weights: against, file: undefined, arch: undefined },
    () => ({}),
  );
  const isClass = network.data.classes !== undefined;
  if (String(other.data.inputShape) !== String(network.data.inputShape)) {
    throw new DataError(`--against: ${against} reads other samples than those of the run`);
  }
  // the same samples as the other network has learnt to read them
  const others = other.experiment === network.experiment
    ? await partFor(other, await dataOf(other.experiment, network.options, other.data), set)
    : part;
  if (others.length !== part.length) {
    throw new DataError(
      `--against: ${against} reads ${others.length} samples of these data, and the run ${part.length}`,
    );
  }
  const partsOf = async ({ model }: TrainedNetwork, part: data.Dataset) =>
    (await answersTo(model, part, isClass)).map((answer) =>
      isClass ? guessOf(answer) === answer.target ? 1 : 0 : (answer.values[0]! - answer.target) ** 2
    );
  const [a, b] = [await partsOf(network, part), await partsOf(other, others)];
  const mean = (parts: readonly number[]) => parts.reduce((sum, x) => sum + x, 0) / parts.length;
  const { p } = pairedTest(a, b);
  const figure = isClass ? "accuracy" : "mean square";
  const verdict = p < 0.05 ? "more than chance" : "no more than chance may make";
  return `\n${against}: ${figure} ${mean(b).toFixed(4)}, here ${
    mean(a).toFixed(4)
  }: a difference ` +
    `of ${(mean(a) - mean(b)).toFixed(4)} on the same samples is ${verdict} (p = ${
      p.toFixed(4)
    }, ` +
    `signs of the differences turned at random)`;
}

/** Of what is known of data that which does not tell how samples are written. */
const OTHERWISE = ["name", "dir", "notes", "checksums", "inputShape", "imageShape"];

/** DataError where labels or tokens of data stand for something else than those of a network. */
function checkTerms(known: object, all: Data, from: string): void {
  const found = new Map(Object.entries(all));
  for (const [name, value] of Object.entries(known)) {
    const isTerm = typeof value === "string" || Array.isArray(value);
    if (!isTerm || OTHERWISE.includes(name) || !found.has(name)) continue;
    const [a, b] = [value, found.get(name)].map((terms) => JSON.stringify(terms));
    if (a === b) continue;
    const shown = (text: string) => printable(text.length > 80 ? `${text.slice(0, 80)}…` : text);
    throw new DataError(
      `eval: the network learnt from data whose ${name} are ${shown(a!)}: those of ${from} are ${
        shown(b!)
      }`,
    );
  }
}

/** A part of the data. Throws DataError where it does not suit the network. */
async function partFor(
  { data: known }: TrainedNetwork,
  all: Data,
  name: "test" | "dev" | "train",
): Promise<data.Dataset> {
  const { inputShape, imageShape, classes } = known;
  const part = all[name];
  const from = all.dir ?? all.name;
  checkTerms(known, all, from);
  if (part === undefined) {
    throw new DataError(`eval: ${all.name} has no ${name} set: --set dev takes what it has`);
  }
  const found = part.get(0)[0].shape;
  if (found.join() !== inputShape.join()) {
    const show = (shape: readonly number[]) =>
      imageShape ? `images of ${shape.slice(-2).join(" × ")}` : `samples [${shape.join(", ")}]`;
    throw new DataError(
      `eval: the network reads ${show(imageShape ?? inputShape)}: those of ${from} are ` +
        show(all.imageShape ?? found),
    );
  }
  for (const [_, y] of classes ? new data.DataLoader(part, { batchSize: 1000 }) : []) {
    const label = await valueOf(y.max());
    if (label < classes!) continue;
    throw new DataError(
      `eval: the network knows ${classes} classes, from 0 on: ${from} has the label ${label}`,
    );
  }
  return part;
}

/** All that can be told of a network. */
async function judge(network: TrainedNetwork, set: data.Dataset): Promise<Judgement> {
  const { model, experiment: { metrics }, data: { imageShape, classes } } = network;
  const { loss, confusion, ...rest } = await figuresOf(network, set, metrics);
  const figures = shownFigures({ loss, ...rest }).filter(([name]) => name !== "loss");
  const answers = imageShape && classes
    ? await confusionAndMistakes(model, set, { imageShape, worst: WORST })
    : { confusion: Array.isArray(confusion) ? confusion : [], mistakes: [] };
  return {
    samples: set.length,
    loss,
    figures,
    classes: classScores(answers.confusion),
    names: network.data.classNames,
    ...answers,
  };
}
