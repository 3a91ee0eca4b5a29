/**
 * What predictions are judged by, with the names and meanings of `torchmetrics.functional`. Nothing
 * here is recorded for gradients.
 *
 * @module
 */
export { accuracy, confusionMatrix, type ConfusionMatrixOptions } from "./classification.ts";
export { meanAbsoluteError, meanSquaredError, r2Score } from "./regression.ts";
