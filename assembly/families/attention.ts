// Attention that keeps no scores.

export { attention, attentionScratch } from "../attention/forward";
export { attentionGrad, attentionGradScratch } from "../attention/backward";
