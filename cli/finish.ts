/** The end of a run: what the network is worth, and the report. */
import type { data, nn } from "@glim/glim";
import type { Data } from "./experiment.ts";
import { infoOf } from "./fit.ts";
import { print } from "./print.ts";
import { devAnswers, firstKernels } from "./report/answers.ts";
import { type ReportData, reportHtml } from "./report/report.ts";
import { type Figures, referenceFor, type Result, resultTable } from "./results.ts";
import type { Config, RunFolder } from "./run_folder.ts";
import type { RunRequest } from "./run_request.ts";
import { evaluateOnce, testEvaluations } from "./test_record.ts";

/** A network that is trained, and all that is told of it. */
interface Finished extends Pick<ReportData, "run" | "members" | "hashes"> {
  /** What was trained. */
  readonly name: string;
  readonly network: { readonly model: nn.Module; figures(set: data.Dataset): Promise<Figures> };
  /** Which weights were taken. */
  readonly taken: string;
  /** What stands behind the dev figures: `best, epoch 12`. */
  readonly note: string;
  /** How long it took so far. */
  seconds(): number;
  /** What the folder has by now, that is worth a look. */
  readonly files: readonly string[];
}

/** Judges a network, writes what it is worth and at last the report, and prints it. */
export async function finish(
  { loaded: { experiment }, options, run, out, quiet, member }: RunRequest,
  sets: Data,
  folder: RunFolder,
  { name, network, taken, note, seconds, files, ...told }: Finished,
): Promise<Result> {
  const { test: set, imageShape } = sets;
  const dev = await network.figures(sets.dev);
  const look = { trial: taken, weightHash: told.hashes.map(({ sha256 }) => sha256).join() };
  const test = set === undefined
    ? null
    : (await evaluateOnce(folder, look, () => network.figures(set))).evaluation.figures;
  const result: Result = { dev, test, seconds: seconds() };
  const members = told.members?.map(({ name: _, ...rest }) => rest);
  folder.write("result.json", { ...result, members });
  // of one network, whose samples and weights can be read at once
  const isPlain = members === undefined && run.device === "cpu";
  const written: string[] = [];
  const extras = isPlain && await experiment.extras?.({
        model: network.model,
        options,
        sets,
        seed: run.seed,
        figures: dev,
        write(name, contents) {
          folder.write(name, contents);
          written.push(name);
        },
      }) || [];
  const reference = referenceFor(experiment, options, infoOf(sets), run.ensemble);
  if (member === undefined) print(resultTable(result, reference, note));
  const { environment, command, started, ...config } = folder.config;
  const isNamed = imageShape === undefined || sets.name !== "unverified";
  const hasKernels = members === undefined && imageShape !== undefined;
  const report = reportHtml({
    title: `${name} on ${isNamed ? sets.name : "data like MNIST"}`,
    command: String(command),
    started: String(started),
    seconds: result.seconds,
    config: { ...config, data: shortInfo(config.data) },
    notes: sets.notes,
    environment: environment as Config,
    reference,
    taken: { name: taken, dev },
    kernels: hasKernels ? await firstKernels(network.model) : [],
    answers: await devAnswers(network.model, sets, dev.confusion),
    extras,
    evaluations: testEvaluations(folder)
      .map(({ began, trial: what, figures }) => ({ began, what, figures })),
    ...told,
  });
  folder.write("report.html", report);
  const all = [...files, ...written, "report.html"].join(", ");
  if (member === undefined) print(`\n${out}${quiet ? "" : `: ${all}`}`);
  return result;
}

/** What is known of the data, in a few words: what the report tells elsewhere is left out. */
function shortInfo(info: unknown): object {
  const { notes: _, ...all } = Object(info) as Record<string, unknown>;
  const isShort = (value: unknown) => typeof value !== "object" || Array.isArray(value);
  return Object.fromEntries(Object.entries(all).filter(([_, value]) => isShort(value)));
}
