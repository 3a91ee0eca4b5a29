/**
 * What the command line needs to open a run of the page, and to go on with it:
 * `import { buildNetwork } from "@glim/web"`.
 *
 * @module
 */
export { hasCentredImages } from "./shared/centred.ts";
export { judgedWeights } from "./shared/judged_weights.ts";
export { buildNetwork, CLASSES, SIDE } from "./shared/network.ts";
export { checkConfig, describe } from "./shared/run_config.ts";
export type { Digits } from "./worker/digits.ts";
export { fromArrays } from "./worker/data_source.ts";
export type { Standing } from "./worker/session.ts";
export { GPT, type Sizes } from "./shared/gpt.ts";
export { gptTraining, textData } from "./shared/writing.ts";
export {
  describeWriting,
  MOST_CHARACTERS,
  WRITING_EXPERIMENT,
  type WritingNote,
} from "./shared/writing_config.ts";
