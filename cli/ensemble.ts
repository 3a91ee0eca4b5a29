/** Several networks of one experiment, which differ in their seeds, and their vote. */
import { io, nn, stack, type Tensor } from "@glim/glim";
import { type Data, titleOf } from "./experiment.ts";
import { infoOf, Training } from "./fit.ts";
import { check } from "./flags.ts";
import { print } from "./print.ts";
import { figuresOf, RESULT, type Result } from "./results.ts";
import { sha256 } from "./files.ts";
import { finish } from "./finish.ts";
import { openFolder, trainOne } from "./one_network.ts";
import { isBegun, isFinished, type RunFolder } from "./run_folder.ts";
import type { RunRequest } from "./run_request.ts";
import { resumeCommand } from "./words.ts";

/** Added to probabilities before their logarithm, which 0 has none of. */
const TINY = 1e-30;

/** Networks that answer together: by the mean of their probabilities, or of what else they give. */
export class Vote extends nn.Module {
  readonly networks: nn.ModuleList;
  readonly #isClassifier: boolean;

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
  using folder = await openFolder(request, data);
  const members = await trainMembers(request, data, signal);
  return members && await vote(request, data, folder, members);
}

const seedsOf = ({ run }: RunRequest): number[] =>
  Array.from({ length: run.ensemble }, (_, i) => run.seed + i);

const folderOf = ({ out }: RunRequest, seed: number): string => `${out}/seed-${seed}`;

/** Trains them, those that are finished excepted; null where the signal came first. */
async function trainMembers(
  request: RunRequest,
  data: Data,
  signal: AbortSignal,
): Promise<Result[] | null> {
  const { loaded, options, run, out, quiet } = request;
  const say = quiet ? () => {} : print;
  const seeds = seedsOf(request);
  const members: Result[] = [];
  for (const [i, seed] of seeds.entries()) {
    const wasAborted = signal.aborted;
    if (!wasAborted) {
      const before = await finishedResult(folderOf(request, seed));
      const note = before === undefined ? "" : ": trained before";
      say(`network ${i + 1} of ${run.ensemble}, seed ${seed}${note}`);
      const result = before ?? await trainMember(request, data, signal, seed);
      if (result !== null) {
        members.push(result);
        say("");
        continue;
      }
    }
    const done = seeds.slice(0, i).map((seed) => folderOf(request, seed)).join(", ");
    print(
      `interrupted with ${i} of ${run.ensemble} networks trained` +
        (i > 0 ? `: they are in ${done}` : "") +
        // A network that is interrupted says it itself.
        (wasAborted ? `; ${resumeCommand(loaded, out, options)} goes on` : ""),
    );
    return null;
  }
  return members;
}

/** Judges the vote of the trained networks, and reports it. */
async function vote(
  request: RunRequest,
  data: Data,
  folder: RunFolder,
  members: readonly Result[],
): Promise<Result> {
  const { loaded: { experiment }, options, run } = request;
  const seeds = seedsOf(request);
  const began = performance.now();
  using trainings = new DisposableStack();
  const networks: Training[] = [];
  const hashes: { name: string; sha256: string }[] = [];
  for (const seed of seeds) {
    const training = trainings.use(await Training.begin(experiment, { options, seed, data }));
    const bytes = await Deno.readFile(`${folderOf(request, seed)}/weights.safetensors`);
    const weights = io.decodeSafetensors(bytes);
    training.model.loadStateDict(weights);
    for (const tensor of weights.values()) tensor[Symbol.dispose]();
    networks.push(training);
    hashes.push({ name: `seed-${seed}/weights.safetensors`, sha256: sha256(bytes) });
  }
  const model = new Vote(networks.map(({ model }) => model), data.classes !== undefined);
  const { loss, evaluationLoss = loss } = networks[0]!.built;
  print(members.map((member, i) => `seed ${seeds[i]}: ${worthOf(member)}`).join("\n"));
  const trained = members.reduce((sum, { seconds }) => sum + seconds, 0);
  return await finish(request, data, folder, {
    name: `${run.ensemble} networks: ${titleOf(experiment, options, infoOf(data))}`,
    network: {
      model,
      figures: (set) => figuresOf({ model, loss: evaluationLoss }, set, experiment.metrics),
    },
    taken: "the vote",
    note: "",
    hashes,
    seconds: () => trained + (performance.now() - began) / 1000,
    members: members.map((member, i) => ({ name: `seed ${seeds[i]}`, ...member })),
    files: ["a folder for each network", "config.json", "result.json"],
  });
}

/** Trains a network, or goes on with it. */
async function trainMember(
  request: RunRequest,
  data: Data,
  signal: AbortSignal,
  seed: number,
): Promise<Result | null> {
  const folder = folderOf(request, seed);
  const run = { ...request.run, seed, ensemble: 1 };
  const resume = isBegun(folder) ? request.resume : undefined;
  const member = { of: request.out, isFirst: seed === request.run.seed };
  return await trainOne({ ...request, run, out: folder, member, resume }, data, signal);
}

/** What a network of an interrupted ensemble is worth; undefined where it is not finished. */
async function finishedResult(folder: string): Promise<Result | undefined> {
  if (!isFinished(folder)) return undefined;
  const path = `${folder}/result.json`;
  return check(RESULT, JSON.parse(await Deno.readTextFile(path)), `read ${path}`);
}

/** `dev 0.9963, test 0.9967`. */
function worthOf({ dev, test }: Result): string {
  const of = (figures: Result["dev"]) => Number(figures.accuracy ?? figures.loss).toFixed(4);
  return `dev ${of(dev)}${test === null ? "" : `, test ${of(test)}`}`;
}
