/**
 * Data sets and loaders, as in PyTorch's `torch.utils.data`; tables of one's own out of CSV, and the
 * files of MNIST.
 *
 * @module
 */
export { Dataset, type Sample, TensorDataset } from "./dataset.ts";
export { ConcatDataset, randomSplit, Subset } from "./subset.ts";
export {
  type BatchLists,
  BatchSampler,
  RandomSampler,
  type RandomSamplerOptions,
  type Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type WeightedRandomSamplerOptions,
} from "./sampler.ts";
export {
  type DivideOptions,
  type Fold,
  kFold,
  type KFoldOptions,
  type PerSample,
  type Split,
  split,
  type SplitOptions,
} from "./split.ts";
export type { Column, ColumnSummary, ColumnType } from "./table/column.ts";
export { type ColumnValues, Table, table, type TableOptions } from "./table/table.ts";
export {
  type DividedTable,
  Encoder,
  encoder,
  type EncoderOptions,
  type FittedGroup,
  type FittedPlan,
} from "./table/encoder.ts";
export {
  bins,
  type BinsOptions,
  type FittedStep,
  impute,
  log,
  minMax,
  type MinMaxOptions,
  missing,
  oneHot,
  ordinal,
  standardise,
  type Step,
  type TrainingColumn,
} from "./table/steps.ts";
export { arrow, parquet } from "./table/columnar.ts";
export { csv, type CsvOptions, parseCsv } from "./table/csv.ts";
export { json, parseJson } from "./table/json.ts";
export type { BlobLike, Source, UrlLike } from "./source.ts";
export { ImageDataset } from "./image_dataset.ts";
export { ImageFolder, imageFolder } from "./image_folder.ts";
export type { ImageDecoder, ImageFile, ImageFolderOptions } from "./picture_files.ts";
export { ImageFiles, imageFiles } from "./image_files.ts";
export { serveDataset, WorkerDataset, type WorkerDatasetOptions } from "./worker_dataset.ts";
export { fromPixels } from "./from_pixels.ts";
export { DataLoader, type DataLoaderOptions } from "./loader.ts";
export type { LoaderState } from "./loader_state.ts";
export { type IdxArray, type IdxTypes, readIdx, type ReadIdxOptions } from "./idx.ts";
export { type Mnist, mnist } from "./mnist.ts";
export { type MnistFiles, type MnistOptions, readMnist } from "./mnist_files.ts";
export type { FileSource } from "./files.ts";
export { RandomWarp, type RandomWarpOptions } from "./random_warp.ts";
export { RandomErasing, type RandomErasingOptions } from "./random_erasing.ts";
export {
  ColourJitter,
  type ColourJitterOptions,
  cutmix,
  type MixOptions,
  mixup,
  RandomCrop,
  type RandomCropOptions,
  RandomFlip,
  type RandomFlipOptions,
} from "./random_pictures.ts";
export {
  type AsyncDataset,
  type SampleStream,
  StreamLoader,
  type StreamLoaderOptions,
} from "./stream_loader.ts";
export type { StreamTurns } from "./stream_turns.ts";
export { WindowDataset, type WindowOptions } from "./window_dataset.ts";
export { decodeWav, logMel, type LogMelOptions, melBands, type Sound } from "./sound.ts";
export { fitImage } from "./resize.ts";
export { compose } from "./compose.ts";
export type { ImageShape, Transform } from "./transform.ts";
