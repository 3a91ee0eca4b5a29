/**
 * `deno task train eval`: how good a trained network is.
 *
 * @module
 */
import { data, DataError, nn, setNumThreads, train } from "@glim/glim";
import { mnistPackageFolder } from "../mnist_package.ts";
import { print } from "../print.ts";
import { PictureSet } from "../recipes/pictures.ts";
import { confusionAndMistakes } from "../report/mistakes.ts";
import { type Judgement, judgementJson, judgementText } from "./eval_text.ts";
import { loadTrained, type TrainedNetwork } from "./network.ts";
import type { EvalOptions } from "./options.ts";
import { classScores } from "./scores.ts";

/** Mistakes that are told. */
const WORST = 10;

/** Evaluates a network on a part of a data set, and prints what it is worth. */
export async function evaluateNetwork(options: EvalOptions): Promise<void> {
  const network = await loadTrained(options);
  const dir = options.dataDir ?? network.dataDir ?? undefined;
  const all = data.mnist({ dir, fallback: mnistPackageFolder() });
  setNumThreads(navigator.hardwareConcurrency);
  const set = partFor(network, all, options.set);
  const judgement = await judge(network, set);
  const { title } = network;
  const about = { weights: options.weights, network: title, data: all.dir, set: options.set };
  if (options.json) {
    console.log(JSON.stringify({ ...about, ...judgementJson(judgement) as object }));
    return;
  }
  print(`${options.weights}: ${title}`);
  print(`${all.name} from ${all.dir}: ${options.set}, ${set.length} images\n`);
  print(judgementText(judgement).trimEnd());
}

/** A part of the data as the network takes it. Throws DataError where it does not suit it. */
function partFor(
  { imageShape: [rows, columns], classes, isFlat }: TrainedNetwork,
  all: data.Mnist,
  name: EvalOptions["set"],
): data.Dataset {
  const [height, width] = all.imageShape;
  if (height !== rows || width !== columns) {
    throw new DataError(
      `eval: the network reads images of ${rows} × ${columns}: those of ${all.dir} have ` +
        `${height} × ${width}`,
    );
  }
  const part = all[name];
  for (const [_, y] of new data.DataLoader(part, { batchSize: 1000 })) {
    const label = y.max().item();
    if (label >= classes) {
      throw new DataError(
        `eval: the network knows ${classes} classes, from 0 on: ${all.dir} has the label ${label}`,
      );
    }
  }
  return isFlat ? part : new PictureSet(part, all.imageShape);
}

/** All that can be told of a network. */
export async function judge(
  { model, imageShape }: TrainedNetwork,
  set: data.Dataset,
): Promise<Judgement> {
  const loader = new data.DataLoader(set, { batchSize: 500 });
  const { loss, accuracy } = await train.evaluate(model, new nn.CrossEntropyLoss(), loader);
  const { confusion, mistakes } = confusionAndMistakes(model, set, { imageShape, worst: WORST });
  return { loss, accuracy, classes: classScores(confusion), confusion, mistakes };
}
