/** What is told and written of a network for sounds besides what every run has. */
import { fromTypedArray, nn, type Tensor } from "@glim/glim";
import type { ExtrasContext, ReportSection } from "../experiment.ts";
import { fileExtras } from "../file_extras.ts";
import { LogMel } from "./log_mel.ts";
import { soundPage } from "./page.ts";
import type { SoundData } from "./sound_data.ts";

/** As of all files; the ONNX file takes the sound itself. */
export function soundExtras(
  context: ExtrasContext<Readonly<Record<string, unknown>>, SoundData>,
): Promise<ReportSection[]> {
  const { model, sets: { sounds, name } } = context;
  return fileExtras(context, {
    kind: "sounds",
    classNames: sounds.classNames,
    whole: new nn.Sequential(new LogMel(sounds), model as nn.Module<[Tensor]>).eval(),
    example: fromTypedArray(new Float32Array(sounds.samples), [1, sounds.samples]),
    page: (threshold) => soundPage(sounds, model, { title: name, threshold }),
  });
}
