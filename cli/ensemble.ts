/**
 * Several networks of one experiment, which differ in their seeds, and their vote.
 *
 * @module
 */
import { io, nn, stack, type Tensor, train } from "@glim/glim";
import { type Data, titleOf } from "./experiment.ts";
import { evaluationLoader, infoOf, Training } from "./fit.ts";
import { check } from "./flags.ts";
import { print } from "./print.ts";
import { weightsHash, writeReport } from "./report/run_report.ts";
import { figuresOf, referenceFor, RESULT, type Result, resultTable } from "./results.ts";
import { type RunRequest, trainOne } from "./run.ts";
import { configOf } from "./run_config.ts";
import {
  createFolder,
  isBegun,
  isFinished,
  lockRun,
  readConfig,
  replaceText,
  sweep,
} from "./run_folder.ts";
import { resumeCommand } from "./setting.ts";

/** Added to probabilities before their logarithm, which 0 has none of. */
const TINY = 1e-30;

/** Networks that answer together: by the mean of their probabilities, or of what else they give. */
export class Vote extends nn.Module {
  /** Those that vote. */
  readonly networks: nn.ModuleList;
  readonly #isClassifier: boolean;

  /** Of networks for the same task. */
  constructor(networks: Iterable<nn.Module>, isClassifier = true) {
    super();
    this.networks = new nn.ModuleList(networks);
    this.#isClassifier = isClassifier;
  }

  /** What each of them takes → logarithms of the mean probabilities [b, classes], or mean outputs. */
  forward(x: Tensor): Tensor {
    const answers = Array.from(this.networks, (network) => network.forward(x));
    if (!this.#isClassifier) return stack(answers).mean(0);
    return stack(answers.map((scores) => scores.softmax(1))).mean(0).add(TINY).log();
  }
}

/**
 * Trains the networks one after the other, each into a folder of its own below the run's, and lets
 * them vote. Null where the signal came first.
 */
export async function runEnsemble(
  request: RunRequest,
  data: Data,
  signal: AbortSignal,
): Promise<Result | null> {
  const { loaded, options, run, out, quiet, resume } = request;
  const { experiment } = loaded;
  using _lock = resume === undefined
    ? await createFolder(out, await configOf(loaded, { options, run, data, out }))
    : await lockRun(out);
  if (resume !== undefined) await sweep(out);
  const say = quiet ? () => {} : print;
  const seeds = Array.from({ length: run.ensemble }, (_, i) => run.seed + i);
  const folderOf = (seed: number) => `${out}/seed-${seed}`;
  const members: Result[] = [];
  for (const [i, seed] of seeds.entries()) {
    const folder = folderOf(seed);
    const isBegun = !signal.aborted;
    if (isBegun) {
      const before = await finishedResult(folder);
      const note = before === undefined ? "" : ": trained before";
      say(`network ${i + 1} of ${run.ensemble}, seed ${seed}${note}`);
      const result = before ?? await trainMember(request, data, signal, { seed, folder });
      if (result !== null) {
        members.push(result);
        say("");
        continue;
      }
    }
    const done = seeds.slice(0, i).map(folderOf).join(", ");
    // A network that is interrupted says it itself.
    const hint = isBegun ? "" : `; ${resumeCommand(loaded, out, options)} goes on`;
    print(
      `interrupted with ${i} of ${run.ensemble} networks trained` +
        (i > 0 ? `: they are in ${done}` : "") + hint,
    );
    return null;
  }
  const began = performance.now();
  const trainings = await Promise.all(seeds.map(async (seed) => {
    const training = await Training.begin(experiment, { options, seed, data });
    const weights = await io.loadSafetensors(`${folderOf(seed)}/weights.safetensors`);
    training.model.loadStateDict(weights);
    for (const tensor of weights.values()) tensor[Symbol.dispose]();
    return training;
  }));
  using stack = new DisposableStack();
  for (const training of trainings) stack.use(training);
  const isClassifier = data.classes !== undefined;
  const model = new Vote(trainings.map(({ model }) => model), isClassifier);
  const { loss, evaluationLoss = loss } = trainings[0]!.built;
  const vote = {
    model,
    evaluate: (set: Data["dev"]) => train.evaluate(model, evaluationLoss, evaluationLoader(set)),
  };
  const dev = await figuresOf(vote, data.dev, experiment.metrics);
  const test = data.test ? await figuresOf(vote, data.test, experiment.metrics) : null;
  const seconds = members.reduce((sum, { seconds }) => sum + seconds, 0) +
    (performance.now() - began) / 1000;
  const result = { dev, test, seconds };
  await replaceText(`${out}/result.json`, JSON.stringify({ ...result, members }, null, 2) + "\n");
  print(members.map((member, i) => `seed ${seeds[i]}: ${worthOf(member)}`).join("\n"));
  const info = infoOf(data);
  const reference = referenceFor(experiment, options, info, run.ensemble);
  print(resultTable(result, reference));
  const name = `${run.ensemble} networks: ${titleOf(experiment, options, info)}`;
  await writeReport(out, {
    name,
    taken: "the vote",
    members: members.map((member, i) => ({ name: `seed ${seeds[i]}`, ...member })),
    reference,
    config: await readConfig(out),
    model,
    data,
    result,
    hashes: await Promise.all(
      seeds.map(async (seed) =>
        weightsHash(
          await Deno.readFile(`${folderOf(seed)}/weights.safetensors`),
          `seed-${seed}/`,
        )
      ),
    ),
  });
  const files = ": config.json, result.json, report.html, and a folder for each network";
  print(`\n${out}${quiet ? "" : files}`);
  return result;
}

/** Trains a network, or goes on with it. */
async function trainMember(
  request: RunRequest,
  data: Data,
  signal: AbortSignal,
  { seed, folder }: { seed: number; folder: string },
): Promise<Result | null> {
  const run = { ...request.run, seed, ensemble: 1 };
  const resume = await isBegun(folder) ? request.resume : undefined;
  const member = { of: request.out, isFirst: seed === request.run.seed };
  return await trainOne({ ...request, run, out: folder, member, resume }, data, signal);
}

/** What a network of an interrupted ensemble is worth; undefined where it is not finished. */
async function finishedResult(folder: string): Promise<Result | undefined> {
  if (!await isFinished(folder)) return undefined;
  const path = `${folder}/result.json`;
  return check(RESULT, JSON.parse(await Deno.readTextFile(path)), `read ${path}`);
}

/** `dev 0.9963, test 0.9967`. */
function worthOf({ dev, test }: Result): string {
  const of = (figures: Result["dev"]) => Number(figures.accuracy ?? figures.loss).toFixed(4);
  return `dev ${of(dev)}${test === null ? "" : `, test ${of(test)}`}`;
}
