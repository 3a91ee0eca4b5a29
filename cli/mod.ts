/** What an experiment file needs: `import { defineExperiment } from "@glim/cli"`. */
export {
  type BuildContext,
  type Built,
  type Data,
  type DataInfo,
  defineExperiment,
  type Definition,
  type Experiment,
  type ExperimentOptions,
  type ExtrasContext,
  type Options,
  type Reference,
  type ReferenceContext,
  type ReportSection,
  type WritingChoice,
} from "./experiment.ts";
export { type OptionShape, type OptionsOf, type OptionValue, path, schemaOf } from "./flags.ts";
export { arch, type ImageKind, ownNetwork } from "./architecture.ts";
export {
  type DecayGroups,
  decayGroups,
  type ImageRecipe,
  imageRecipe,
  movingAverage,
  type PyTorchFigures,
  riseAndFall,
} from "./recipe.ts";
export {
  accuracy,
  confusion,
  meanAbsoluteError,
  type Metric,
  r2,
  rootMeanSquaredError,
} from "./metrics.ts";
export { interval } from "./intervals.ts";
export { pictureExperiment } from "./pictures/picture_experiment.ts";
export { soundExperiment } from "./sounds/sound_experiment.ts";
export { tableExperiment } from "./tables/table_experiment.ts";
export { dataDir, mnist, type MnistData, mnistFiles, mnistPictures } from "./datasets.ts";
export { type Parts, split } from "./datasets.ts";
export { dataOf, Training, type TrainingOptions } from "./fit.ts";
