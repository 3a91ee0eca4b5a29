/** What is told and written of a network for files in classes besides what every run has. */
import { type data, io, type nn, type Tensor } from "@glim/glim";
import { type Answer, answersTo, guessOf, type Threshold, thresholdOf } from "./asked.ts";
import type { Data, ExtrasContext, ReportSection } from "./experiment.ts";
import { reproducingFile } from "./tables/reproduce.ts";
import { calibrationSection } from "./tables/table_extras.ts";
import { percent } from "./words.ts";

/** Mistakes that are told. */
const WORST = 20;

/** Files in parts. */
interface FileData extends Data {
  readonly dev: data.Dataset & {
    readonly dataset: { readonly files: readonly string[] };
    readonly indices: Int32Array;
  };
}

/** What files of a kind have of their own. */
export interface FileKind {
  readonly kind: "pictures" | "sounds";
  readonly classNames: readonly string[];
  /** The network that takes what a file has, and something of that shape. */
  readonly whole: nn.Module;
  readonly example: Tensor;
  page(threshold: Threshold): string;
}

/** Writes `model.onnx`, `experiment.ts`, `answering.json` and `page/`; tells the worst mistakes. */
export async function fileExtras(
  { model, sets: { dev }, options, seed, write }: ExtrasContext<
    Readonly<Record<string, unknown>>,
    FileData
  >,
  { kind, classNames, whole, example, page }: FileKind,
): Promise<ReportSection[]> {
  const answers = await answersTo(model, dev, true);
  const threshold = thresholdOf(answers);
  write("model.onnx", io.exportOnnx(whole as nn.Module<[Tensor]>, example));
  write("answering.json", { threshold: threshold.threshold });
  write("experiment.ts", reproducingFile(kind, options, seed));
  write("page/index.html", page(threshold));
  const files = Array.from(dev.indices, (i) => dev.dataset.files[i]!);
  return [
    mistakesSection(kind, answers, files, classNames),
    calibrationSection(answers, threshold),
  ];
}

/** The answers that are wrong, those first whose right class got the least probability. */
function mistakesSection(
  what: string,
  answers: readonly Answer[],
  files: readonly string[],
  classNames: readonly string[],
): ReportSection {
  const rightOf = ({ values, target }: Answer) => values[target]!;
  const wrong = Array.from(answers.keys())
    .filter((i) => guessOf(answers[i]!) !== answers[i]!.target)
    .sort((i, j) => rightOf(answers[i]!) - rightOf(answers[j]!));
  return {
    heading: "The worst mistakes",
    text: wrong.length === 0
      ? "There is none in the dev set."
      : `${wrong.length} ${what} of the dev set are taken for another class; those whose right class ` +
        "got the least probability come first.",
    ...wrong.length > 0 && {
      table: {
        head: ["file", "is", "taken for", "probability of what it is"],
        rows: wrong.slice(0, WORST).map((i) => {
          const guess = guessOf(answers[i]!);
          return [
            files[i]!,
            classNames[answers[i]!.target]!,
            `${classNames[guess]} (${percent(answers[i]!.values[guess]!)})`,
            percent(rightOf(answers[i]!)),
          ];
        }),
      },
    },
  };
}
