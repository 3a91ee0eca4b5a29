/** What is told and written of a network for sounds besides what every run has. */
import { fromTypedArray, io, nn, type Tensor } from "@glim/glim";
import { answersTo, thresholdOf } from "../asked.ts";
import type { ExtrasContext, ReportSection } from "../experiment.ts";
import { mistakesSection } from "../pictures/picture_extras.ts";
import { reproducingFile } from "../tables/reproduce.ts";
import { calibrationSection } from "../tables/table_extras.ts";
import { LogMel } from "./log_mel.ts";
import { soundPage } from "./page.ts";
import type { SoundData } from "./sound_data.ts";

/** Writes `model.onnx`, `experiment.ts`, `answering.json` and `page/`; tells the worst mistakes. */
export async function soundExtras(
  { model, sets, options, seed, write }: ExtrasContext<
    Readonly<Record<string, unknown>>,
    SoundData
  >,
): Promise<ReportSection[]> {
  const { sounds, dev, name } = sets;
  const answers = await answersTo(model, dev, true);
  const threshold = thresholdOf(answers);
  const whole = new nn.Sequential(new LogMel(sounds), model as nn.Module<[Tensor]>).eval();
  const wave = fromTypedArray(new Float32Array(sounds.samples), [1, sounds.samples]);
  write("model.onnx", io.exportOnnx(whole as nn.Module<[Tensor]>, wave));
  write("answering.json", { threshold: threshold.threshold });
  write("experiment.ts", reproducingFile("sounds", options, seed));
  write("page/index.html", soundPage(sounds, model, { title: name, threshold }));
  const files = Array.from(dev.indices, (i) => dev.dataset.files[i]!);
  return [
    mistakesSection("sounds", answers, files, sounds.classNames),
    calibrationSection(answers, threshold),
  ];
}
