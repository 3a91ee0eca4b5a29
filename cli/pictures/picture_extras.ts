/** What is told and written of a network for pictures besides what every run has. */
import { io, type nn, type Tensor } from "@glim/glim";
import { type Answer, answersTo, guessOf, thresholdOf } from "../asked.ts";
import type { ExtrasContext, ReportSection } from "../experiment.ts";
import { calibrationSection } from "../tables/table_extras.ts";
import { reproducingFile } from "../tables/reproduce.ts";
import { percent } from "../words.ts";
import { picturePage } from "./page.ts";
import type { PictureData } from "./picture_data.ts";

/** Mistakes that are told. */
const WORST = 20;

/** Writes `model.onnx`, `experiment.ts`, `answering.json` and `page/`; tells the worst mistakes. */
export async function pictureExtras(
  { model, sets, options, seed, write }: ExtrasContext<
    Readonly<Record<string, unknown>>,
    PictureData
  >,
): Promise<ReportSection[]> {
  const { pictures, dev, name } = sets;
  const answers = await answersTo(model, dev, true);
  const threshold = thresholdOf(answers);
  const [x] = dev.batch(Int32Array.of(0));
  write("model.onnx", io.exportOnnx(model as nn.Module<[Tensor]>, x));
  write("answering.json", { threshold: threshold.threshold });
  write("experiment.ts", reproducingFile("pictures", options, seed));
  write("page/index.html", picturePage(pictures, model, { title: name, threshold }));
  const files = Array.from(dev.indices, (i) => dev.dataset.files[i]!);
  return [
    mistakesSection("pictures", answers, files, pictures.classNames),
    calibrationSection(answers, threshold),
  ];
}

/** The answers that are wrong, those first whose right class got the least probability. */
export function mistakesSection(
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
