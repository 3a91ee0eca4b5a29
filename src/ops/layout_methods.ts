/**
 * The methods of tensors that change shapes, pick and put: each the function of its name, with the
 * tensor as its first argument.
 *
 * @module
 */
import type { Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as diagonals from "./diagonal.ts";
import { index, type IndexItem } from "./indexed.ts";
import { indexPut, indexPut_, type IndexPutOptions, put_, putAtPositions } from "./index_put.ts";
import { asStrided, windows } from "./overlapping.ts";
import { broadcastTo } from "./grid.ts";
import {
  maskedFill,
  maskedFill_,
  maskedScatter,
  maskedSelect,
  take,
  takeAlongDim,
} from "./mask.ts";
import { argwhere, nonzero, type NonzeroOptions } from "./nonzero.ts";
import type { Operand } from "./operand.ts";
import { bernoulli, multinomial } from "./random.ts";
import * as indexAdds from "./index_add.ts";
import * as reshaping from "./reshaping.ts";
import * as scatters from "./scatter.ts";
import * as splits from "./split.ts";
import * as tiles from "./tile.ts";
import * as uniques from "./unique.ts";

/** One dimension, or several. */
export type DimOrDims = number | readonly number[];

/** Methods whose numbers may be given one by one, or as one array. */
export interface ShapeMethods {
  /** The same memory in another shape, given as an array or as numbers. */
  view(...shape: number[] | [Shape]): Tensor;
  /** Repeated so often along each dimension, given as an array or as numbers. */
  repeat(...sizes: number[] | [Shape]): Tensor;
  /** The same where fewer numbers than dimensions count for the last ones. */
  tile(...dims: number[] | [Shape]): Tensor;
  /** The order along dimensions turned round, given as an array or as numbers. */
  flip(...dims: number[] | [readonly number[]]): Tensor;
  /** A view of the shape that it broadcasts to, given as an array or as numbers. */
  broadcastTo(...shape: number[] | [Shape]): Tensor;
}

/** Methods that are called as their functions are. */
export interface LayoutMethods {
  /** The part that an index names, an item a dimension: what Python writes as `x[…]`. */
  index(items: readonly IndexItem[] | IndexItem): Tensor;
  /** this[…] ← value, or + value. */
  indexPut_(
    items: readonly IndexItem[] | IndexItem,
    value: Operand | boolean,
    options?: IndexPutOptions,
  ): this;
  /** A copy with a value in place of what an index names. */
  indexPut(
    items: readonly IndexItem[] | IndexItem,
    value: Operand | boolean,
    options?: IndexPutOptions,
  ): Tensor;
  /** this ← the elements of a source at positions in it as a vector, or with them added there. */
  put_(index: Tensor, source: Tensor, accumulate?: boolean): this;
  /** A copy with the elements of a source at positions in it as a vector, or with them added there. */
  put(index: Tensor, source: Tensor, accumulate?: boolean): Tensor;
  /** Windows of a length along a dimension, as a new last one: a view. */
  unfold(dim: number, size: number, step: number): Tensor;
  /** A view of the memory with any shape, strides and offset. */
  asStrided(size: Shape, stride: readonly number[], storageOffset?: number | null): Tensor;
  /** The same memory in the shape of another tensor. */
  viewAs(other: Tensor): Tensor;
  /** In the shape of another tensor. */
  reshapeAs(other: Tensor): Tensor;
  /** Dimensions of length 1 repeated to the shape of another tensor. */
  expandAs(other: Tensor): Tensor;
  /** As a vector. */
  ravel(): Tensor;
  /** One dimension divided into several. */
  unflatten(dim: number, sizes: Shape): Tensor;
  /** Dimensions moved to other places. */
  movedim(source: DimOrDims, destination: DimOrDims): Tensor;
  /** Dimensions moved to other places. */
  moveaxis(source: DimOrDims, destination: DimOrDims): Tensor;
  /** Two dimensions swapped. */
  swapaxes(axis0: number, axis1: number): Tensor;
  /** Two dimensions swapped. */
  swapdims(dim0: number, dim1: number): Tensor;
  /** In parts along a dimension: of a length, or of the lengths in a list. */
  split(size: DimOrDims, dim?: number): Tensor[];
  /** In so many parts along a dimension. */
  chunk(chunks: number, dim?: number): Tensor[];
  /** In so many parts along a dimension, or cut before the positions in a list. */
  tensorSplit(sections: DimOrDims | Tensor, dim?: number): Tensor[];
  /** In parts along dimension 1. */
  hsplit(sections: DimOrDims): Tensor[];
  /** In parts along dimension 0. */
  vsplit(sections: DimOrDims): Tensor[];
  /** In parts along dimension 2. */
  dsplit(sections: DimOrDims): Tensor[];
  /** At each position along a dimension. */
  unbind(dim?: number): Tensor[];
  /** Each position repeated. */
  repeatInterleave(repeats: number | Tensor, dim?: number): Tensor;
  /** Moved along dimensions: what goes beyond the end comes in at the beginning. */
  roll(shifts: DimOrDims, dims?: DimOrDims | null): Tensor;
  /** Turned by a quarter so many times in a plane. */
  rot90(k?: number, dims?: readonly number[]): Tensor;
  /** Columns from right to left. */
  fliplr(): Tensor;
  /** Rows from bottom to top. */
  flipud(): Tensor;
  /** 0 above a diagonal. */
  tril(diagonal?: number): Tensor;
  /** 0 below a diagonal. */
  triu(diagonal?: number): Tensor;
  /** The diagonal of a matrix, or the matrix of a diagonal. */
  diag(offset?: number): Tensor;
  /** The diagonal of two dimensions, a view. */
  diagonal(offset?: number, dim1?: number, dim2?: number): Tensor;
  /** As the diagonal of two new dimensions. */
  diagEmbed(offset?: number, dim1?: number, dim2?: number): Tensor;
  /** As the diagonal of a matrix. */
  diagflat(offset?: number): Tensor;
  /** The sum of the diagonal. */
  trace(): Tensor;
  /** A copy with values where an index of elements says. */
  scatter(
    dim: number,
    index: Tensor,
    src: Operand | boolean,
    options?: scatters.ScatterOptions,
  ): Tensor;
  /** A copy to which values were added where an index of elements says. */
  scatterAdd(dim: number, index: Tensor, src: Tensor): Tensor;
  /** A copy with which values were put together where an index of elements says. */
  scatterReduce(
    dim: number,
    index: Tensor,
    src: Tensor,
    reduce: scatters.ScatterReduction,
    options?: scatters.ScatterReduceOptions,
  ): Tensor;
  /** A copy to which a source was added at positions along a dimension. */
  indexAdd(dim: number, index: Tensor, source: Tensor, options?: indexAdds.IndexAddOptions): Tensor;
  /** A copy with a source at positions along a dimension. */
  indexCopy(dim: number, index: Tensor, source: Tensor): Tensor;
  /** A copy with a value at positions along a dimension. */
  indexFill(dim: number, index: Tensor, value: Operand | boolean): Tensor;
  /** A copy with which a source was put together at positions along a dimension. */
  indexReduce(
    dim: number,
    index: Tensor,
    source: Tensor,
    reduce: "prod" | "mean" | "amax" | "amin",
    options?: scatters.ScatterReduceOptions,
  ): Tensor;
  /** A value where a mask is true. */
  maskedFill(mask: Tensor, value: Operand | boolean): Tensor;
  /** this ← a value where a mask is true. */
  maskedFill_(mask: Tensor, value: Operand | boolean): this;
  /** The elements where a mask is true. */
  maskedSelect(mask: Tensor): Tensor;
  /** A copy with the elements of a source where a mask is true. */
  maskedScatter(mask: Tensor, source: Tensor): Tensor;
  /** The elements, as a vector, at positions. */
  take(index: Tensor): Tensor;
  /** One element a position of an index that broadcasts. */
  takeAlongDim(index: Tensor, dim?: number): Tensor;
  /** Where it is not 0. */
  nonzero(options?: NonzeroOptions & { asTuple?: false }): Tensor;
  /** The same, a vector a dimension. */
  nonzero(options: NonzeroOptions & { asTuple: true }): Tensor[];
  /** Either. */
  nonzero(options?: NonzeroOptions): Tensor | Tensor[];
  /** Where it is not 0. */
  argwhere(): Tensor;
  /** The elements, each once. */
  unique(options?: uniques.UniqueOptions & { returnInverse?: false; returnCounts?: false }): Tensor;
  /** The same, then what was asked for. */
  unique(options: uniques.UniqueOptions & uniques.UniqueExtra): [Tensor, Tensor];
  /** The same, then both: `[elements, inverse, counts]`. */
  unique(options: uniques.UniqueOptions & uniques.UniqueExtras): [Tensor, Tensor, Tensor];
  /** Either. */
  unique(options?: uniques.UniqueOptions): Tensor | Tensor[];
  /** The elements without those that are like their forerunner. */
  uniqueConsecutive(
    options?: uniques.UniqueConsecutiveOptions & { returnInverse?: false; returnCounts?: false },
  ): Tensor;
  /** The same, then what was asked for. */
  uniqueConsecutive(
    options: uniques.UniqueConsecutiveOptions & uniques.UniqueExtra,
  ): [Tensor, Tensor];
  /** The same, then both: `[elements, inverse, counts]`. */
  uniqueConsecutive(
    options: uniques.UniqueConsecutiveOptions & uniques.UniqueExtras,
  ): [Tensor, Tensor, Tensor];
  /** Either. */
  uniqueConsecutive(options?: uniques.UniqueConsecutiveOptions): Tensor | Tensor[];
  /** How often each number from 0 on is there. */
  bincount(options?: uniques.BincountOptions): Tensor;
  /** 1 with the probability that stands there, or p, else 0. */
  bernoulli(p?: number | null): Tensor;
  /** Positions drawn by their weights. */
  multinomial(numSamples: number, replacement?: boolean): Tensor;
}

/** A function of a tensor and more. */
// deno-lint-ignore no-explicit-any
export type OfTensor = (x: Tensor, ...args: any[]) => unknown;

/** Methods that take numbers one by one, too, and how they are called. */
export const ofShapes: Readonly<Record<keyof ShapeMethods, OfTensor>> = {
  view: reshaping.view,
  repeat: tiles.repeat,
  tile: tiles.tile,
  flip: tiles.flip,
  broadcastTo,
};

/** The others. */
export const ofLayout: Readonly<Record<keyof LayoutMethods, OfTensor>> = {
  index,
  indexPut_,
  indexPut,
  put_,
  put: putAtPositions,
  unfold: windows,
  asStrided,
  viewAs: reshaping.viewAs,
  reshapeAs: reshaping.reshapeAs,
  expandAs: reshaping.expandAs,
  ravel: reshaping.ravel,
  unflatten: reshaping.unflatten,
  movedim: reshaping.movedim,
  moveaxis: reshaping.moveaxis,
  swapaxes: reshaping.swapaxes,
  swapdims: reshaping.swapdims,
  split: splits.split,
  chunk: splits.chunk,
  tensorSplit: splits.tensorSplit,
  hsplit: splits.hsplit,
  vsplit: splits.vsplit,
  dsplit: splits.dsplit,
  unbind: splits.unbind,
  repeatInterleave: tiles.repeatInterleave,
  roll: tiles.roll,
  rot90: tiles.rot90,
  fliplr: tiles.fliplr,
  flipud: tiles.flipud,
  tril: diagonals.tril,
  triu: diagonals.triu,
  diag: diagonals.diag,
  diagonal: diagonals.diagonal,
  diagEmbed: diagonals.diagEmbed,
  diagflat: diagonals.diagflat,
  trace: diagonals.trace,
  scatter: scatters.scatter,
  scatterAdd: scatters.scatterAdd,
  scatterReduce: scatters.scatterReduce,
  indexAdd: indexAdds.indexAdd,
  indexCopy: indexAdds.indexCopy,
  indexFill: indexAdds.indexFill,
  indexReduce: indexAdds.indexReduce,
  maskedFill,
  maskedFill_,
  maskedSelect,
  maskedScatter,
  take,
  takeAlongDim,
  nonzero,
  argwhere,
  unique: uniques.unique,
  uniqueConsecutive: uniques.uniqueConsecutive,
  bincount: uniques.bincount,
  bernoulli,
  multinomial,
};
