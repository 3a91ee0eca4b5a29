/** One network of a run: it is trained into a folder of its own. */
import type { nn } from "@glim/glim";
import { type Data, titleOf } from "./experiment.ts";
import { countParameters, infoOf, Training } from "./fit.ts";
import { finish } from "./finish.ts";
import { sha256 } from "./files.ts";
import { flagsOf, wordsOf } from "./flags.ts";
import { modernConfig } from "./former.ts";
import { print } from "./print.ts";
import { createProgress } from "./progress.ts";
import { Recording } from "./recording.ts";
import type { Result } from "./results.ts";
import { checkData, configOf, networkConfig } from "./run_config.ts";
import { RunFolder } from "./run_folder.ts";
import type { RunRequest } from "./run_request.ts";
import { countOf, resumeCommand, showCount } from "./words.ts";

/** The folder of a run, new or gone on with. */
export async function openFolder(
  { loaded, options, run, out, resume }: RunRequest,
  data: Data,
): Promise<RunFolder> {
  if (resume !== undefined) return await RunFolder.resume(out);
  return await RunFolder.create(out, await configOf(loaded, { options, run, data, out }));
}

/** Trains one network into its folder. Null where the signal came first. */
export async function trainOne(
  request: RunRequest,
  data: Data,
  signal: AbortSignal,
): Promise<Result | null> {
  const began = performance.now();
  const { loaded, options, run: { seed, checkpointEvery }, out, quiet, member, resume } = request;
  const { experiment } = loaded;
  const { epochs } = options;
  using training = await Training.begin(experiment, { options, seed, data });
  using folder = await openFolder(request, data);
  await checkData(folder.config, data);
  if (!quiet && member?.isFirst !== false) print(headline(request, data, training.model));
  const progress = createProgress({ samples: training.samples, epochs, quiet });
  const about = networkConfig(experiment, modernConfig(folder.config));
  const choices = { checkpointEvery, about, began, ...resume };
  const recording = new Recording(training, folder, progress, choices);
  const { history } = recording;
  if (!await recording.fit(signal)) {
    const whole = member?.of ?? out;
    print(
      `interrupted after ${history.length} of ${
        countOf(epochs, "epoch")
      }: what was finished is in ` +
        `${whole}; ${resumeCommand(loaded, whole, options)} goes on`,
    );
    return null;
  }
  training.takeWeights();
  const weights = await recording.writeWeights();
  const name = titleOf(experiment, options, infoOf(data));
  const best = training.best?.best;
  return await finish(request, data, folder, {
    name,
    network: training,
    taken: training.takenName,
    note: best ? `best, epoch ${best.epoch}` : "",
    hashes: [{ name: "weights.safetensors", sha256: sha256(weights) }],
    seconds: () => recording.seconds,
    run: {
      name,
      history,
      isOtherLoss: training.built.evaluationLoss !== undefined,
      by: training.by,
    },
    files: ["config.json", "metrics.jsonl", "weights.safetensors", "curves.svg", "result.json"],
  });
}

/** What is about to be done: the data, the network, and the values of all options. */
function headline(
  { loaded: { experiment }, options, run }: RunRequest,
  data: Data,
  model: nn.Module,
): string {
  const { name, dir, train, dev, test } = data;
  const counts = [
    `${train.length} to train`,
    `${dev.length} dev`,
    ...test ? [`${test.length} test`] : [],
  ];
  const choices = flagsOf(experiment.schema).filter(({ path }) => path === undefined)
    .map(({ name }) => choiceText(wordsOf(name), options[name]));
  const known = (data.notes ?? []).map((line) => `  ${line}\n`).join("");
  return `${name}${dir === undefined ? "" : ` from ${dir}`}: ${counts.join(", ")}\n${known}` +
    `${titleOf(experiment, options, infoOf(data))}, ` +
    `${showCount(countParameters(model))} parameters\n` +
    `${[...choices, `seed ${run.seed}`].join(", ")}\n` +
    (experiment.weights === "best" ? "* marks the best epoch so far\n" : "");
}

/** `lr 0.01`, `momentum off`, `no augment`, `augment`. */
function choiceText(name: string, value: unknown): string {
  if (typeof value === "boolean") return value ? name : `no ${name}`;
  return `${name} ${value ?? "off"}`;
}
