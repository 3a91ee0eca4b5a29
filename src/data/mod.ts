/**
 * Data sets and loaders, as in PyTorch's `torch.utils.data`.
 *
 * @module
 */
export { Dataset, TensorDataset } from "./dataset.ts";
export { ImageDataset } from "./image_dataset.ts";
export { DataLoader, type DataLoaderOptions } from "./loader.ts";
