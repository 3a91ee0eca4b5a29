/**
 * The one door to the kernels. Ops hand over buffers, numbers and the name of an operation, and get
 * nothing back but, where labels or indices may be wrong, the first bad row: results go to buffers.
 * Addresses, ranges and scratch space stay on this side, so that another device could stand behind
 * the same door.
 *
 * Unless a line says otherwise, buffers are contiguous float32 and outputs may be their inputs.
 *
 * @module
 */
import { augment } from "./kernels/augment.ts";
import { conv, convChunks, convGrad } from "./kernels/convolution.ts";
import { elementwise } from "./kernels/elementwise.ts";
import { memory } from "./kernels/memory.ts";
import { norm } from "./kernels/norm.ts";
import { optim } from "./kernels/optim.ts";
import { pool } from "./kernels/pool.ts";
import { product } from "./kernels/product.ts";
import { random } from "./kernels/random.ts";
import { rows } from "./kernels/rows.ts";
import { select } from "./kernels/select.ts";

export type { Spread } from "./kernels/augment.ts";
export type { BinaryOp, CompareOp, UnaryOp } from "./kernels/elementwise.ts";
export type { Channels } from "./kernels/norm.ts";
export type { AdamRule, RmspropRule, SgdRule } from "./kernels/optim.ts";
export type { ImageSize, Windows } from "./kernels/pool.ts";
export type { ReduceOp, SoftmaxForm } from "./kernels/rows.ts";

/** All kernels: each family's, and convolution's. */
export type Kernels =
  & typeof product
  & typeof elementwise
  & typeof memory
  & typeof rows
  & typeof optim
  & typeof select
  & typeof random
  & typeof pool
  & typeof norm
  & typeof augment
  & { conv: typeof conv; convChunks: typeof convChunks; convGrad: typeof convGrad };

/** The kernels, by name. */
export const kernels: Kernels = {
  ...product,
  ...elementwise,
  ...memory,
  ...rows,
  ...optim,
  ...select,
  ...random,
  ...pool,
  ...norm,
  ...augment,
  conv,
  convChunks,
  convGrad,
};
