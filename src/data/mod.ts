/**
 * Data sets and loaders, as in PyTorch's `torch.utils.data`, and the files of MNIST.
 *
 * @module
 */
export { Dataset, TensorDataset } from "./dataset.ts";
export { ImageDataset } from "./image_dataset.ts";
export { DataLoader, type DataLoaderOptions, type LoaderState } from "./loader.ts";
export { type IdxArray, type IdxTypes, readIdx, type ReadIdxOptions } from "./idx.ts";
export { type Mnist, mnist } from "./mnist.ts";
export { type MnistFiles, type MnistOptions, readMnist } from "./mnist_files.ts";
export type { FileSource } from "./files.ts";
export { RandomWarp, type RandomWarpOptions } from "./random_warp.ts";
export { RandomErasing, type RandomErasingOptions } from "./random_erasing.ts";
export { compose } from "./compose.ts";
export type { ImageShape, Transform } from "./transform.ts";
