/**
 * The kernel table: the one way to the kernels. Ops hand over buffers, numbers and the name of an
 * operation, and get nothing back: results go to buffers. Where labels or indices may be wrong, ops
 * say what is then to be thrown ({@link Blame}). Addresses, ranges and scratch space stay on this
 * side, so that another device could stand behind the same table.
 *
 * Unless a line says otherwise, buffers are contiguous float32 and outputs may be their inputs.
 *
 * @module
 */
import { augment } from "./augment.ts";
import { conv, convGrad } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { memory } from "./copy.ts";
import { norm } from "./norm.ts";
import { optim } from "./optim.ts";
import { pool } from "./pool.ts";
import { product } from "./matmul.ts";
import { random } from "./random.ts";
import { rows } from "./reduce.ts";
import { select } from "./select.ts";

export type { Spread } from "./augment.ts";
export type { BinaryOp, CompareOp, UnaryOp } from "./elementwise.ts";
export type { Blame } from "./instance.ts";
export type { Channels } from "./norm.ts";
export type { AdamRule, RmspropRule, SgdRule } from "./optim.ts";
export type { ImageSize, Windows } from "./pool.ts";
export type { ReduceOp, SoftmaxForm } from "./reduce.ts";

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
  & { conv: typeof conv; convGrad: typeof convGrad };

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
  convGrad,
};
