/** What is told and written of a network for pictures besides what every run has. */
import type { ExtrasContext, ReportSection } from "../experiment.ts";
import { fileExtras } from "../file_extras.ts";
import { picturePage } from "./page.ts";
import type { PictureData } from "./picture_data.ts";

/** As of all files; the ONNX file takes pictures in [0, 1]. */
export function pictureExtras(
  context: ExtrasContext<Readonly<Record<string, unknown>>, PictureData>,
): Promise<ReportSection[]> {
  const { model, sets: { pictures, dev, name } } = context;
  const [example] = dev.batch(Int32Array.of(0));
  return fileExtras(context, {
    kind: "pictures",
    classNames: pictures.classNames,
    whole: model,
    example,
    page: (threshold) => picturePage(pictures, model, { title: name, threshold }),
  });
}
