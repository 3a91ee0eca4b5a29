/**
 * `deno task train cnn` and `--recipe`: from the data to the figures beside PyTorch's.
 *
 * @module
 */
import { data, setNumThreads } from "@glim/glim";
import { onInterrupt, type Outcome } from "../interrupt.ts";
import { mnistPackageFolder } from "../mnist_package.ts";
import { print } from "../print.ts";
import { showCount } from "../progress.ts";
import { countOf, countParameters, dataLine } from "../setting.ts";
import { UsageError } from "../usage_error.ts";
import { loadArchitecture } from "./architecture.ts";
import { besideSingle, besideTable } from "./beside.ts";
import { type Desk, networkTitle } from "./desk.ts";
import { hashOfFile } from "./named_architecture.ts";
import type { RecipeOptions } from "./options.ts";
import { picturesOf } from "./pictures.ts";
import { trainSingle } from "./single.ts";

/** What a finished run's folder holds. */
const FILES = [
  "config.json",
  "metrics.jsonl",
  "weights.safetensors",
  "curves.svg",
  "result.json",
  "report.html",
];

/**
 * Trains as the options say, writes the run's folder, and prints how it went. With `resume` it goes
 * on with the run that the folder holds.
 */
export async function runRecipe(
  options: RecipeOptions,
  resume?: { allowOtherBuild: boolean },
): Promise<Outcome> {
  const set = data.mnist({ dir: options.dataDir ?? undefined, fallback: mnistPackageFolder() });
  setNumThreads(options.threads);
  const pictures = picturesOf(set);
  const { recipe, arch, quiet } = options;
  const network = arch === null ? recipe.network : await loadArchitecture(arch, pictures);
  if (recipe.settings.batchSize > pictures.train.length) {
    throw new UsageError(
      `--batch-size: needs at most the ${pictures.train.length} training images: ` +
        `it is ${recipe.settings.batchSize}`,
    );
  }
  using interrupt = onInterrupt();
  const say = quiet ? () => {} : print;
  const { signal } = interrupt;
  const archSha256 = arch === null ? null : await hashOfFile(arch);
  const desk: Desk = { options, set, pictures, network, archSha256, resume, signal, say };
  say(headline(desk));
  if (options.ensemble > 1) {
    const { runEnsemble } = await import("./ensemble.ts");
    return await runEnsemble(desk);
  }
  const result = await trainSingle(desk, options.seed, options.out);
  if (result === undefined) return "interrupted";
  print(besideTable(result, besideSingle(desk)));
  print(`\n${options.out}${quiet ? "" : `: ${FILES.join(", ")}`}`);
  return "done";
}

/** What is about to be done. The network is made once to count it, and to see that it can be made. */
function headline({ options, network, pictures, set }: Desk): string {
  const { recipe: { settings }, seed } = options;
  const { epochs, batchSize, optimizer, lr, ema, labelSmoothing, warp } = settings;
  using model = network(pictures);
  const rule = optimizer === "sgd" ? "SGD with Nesterov momentum" : "AdamW";
  const smoothing = labelSmoothing > 0 ? `, label smoothing ${labelSmoothing}` : "";
  return `${dataLine(set)}\n` +
    `${networkTitle(options)}, ${showCount(countParameters(model))} parameters\n` +
    `${rule}, learning rate up to ${lr}, batch ${batchSize}, ` +
    `${warp === null ? "images as they are" : "images warped at random"}${smoothing}` +
    `${ema === null ? "" : `, moving average ${ema}`}, ${countOf(epochs, "epoch")}, seed ${seed}\n`;
}
