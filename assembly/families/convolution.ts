// Convolutions.

export { convForward, convGrad, convScratch } from "../conv/conv";
export {
  groupedForward, groupedInputGrad, groupedScratch, groupedWeightGrad,
} from "../conv/grouped";
export { convReluForward, convReluGrad, convReluScratch } from "../conv/relu";
export { winogradForward, winogradGrad, winogradScratch } from "../conv/winograd";
export { winogradWeight } from "../conv/winograd_weight";
