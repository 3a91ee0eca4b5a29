/**
 * What predictions are judged by, with the names and meanings of `torchmetrics.functional`; and metrics
 * that are gathered batch by batch, with scikit-learn's meanings. Nothing here is recorded for gradients.
 *
 * @module
 */
export { accuracy, confusionMatrix, type ConfusionMatrixOptions } from "./classification.ts";
export { mae, meanAbsoluteError, meanSquaredError, r2, r2Score, rmse } from "./regression.ts";
export { type BatchShape, type Elements, Metric } from "./metric.ts";
export {
  type Average,
  type AverageOptions,
  confusion,
  f1,
  precision,
  recall,
  topK,
  type TopKOptions,
} from "./counts.ts";
export {
  averagePrecision,
  type Calibration,
  calibration,
  type CalibrationBin,
  type CalibrationOptions,
  logLoss,
  type ProbabilityOptions,
  type RankingOptions,
  rocAuc,
} from "./ranking.ts";
