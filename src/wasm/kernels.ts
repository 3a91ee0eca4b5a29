/**
 * The kernels of the CPU: what `Kernels` declares, a family a file. Addresses, ranges and scratch
 * space stay on this side.
 *
 * @module
 */
import type { Kernels } from "../device/kernels.ts";
import { attention } from "./attention.ts";
import { augment } from "./augment.ts";
import { conv, convGrad, convRelu, convReluGrad } from "./convolution.ts";
import { cpu } from "./device.ts";
import { elementwise } from "./elementwise.ts";
import { moves } from "./copy.ts";
import { norm } from "./norm.ts";
import { scans } from "./order.ts";
import { optim } from "./optim.ts";
import { pool } from "./pool.ts";
import { product } from "./matmul.ts";
import { recurrent, recurrentGrad } from "./recurrent.ts";
import { random } from "./random.ts";
import { rows } from "./reduce.ts";
import { select } from "./select.ts";

/** The kernels, by name. */
export const kernels: Kernels = {
  ...product,
  ...attention,
  ...elementwise,
  ...moves,
  ...rows,
  ...scans,
  ...optim,
  ...select,
  ...random,
  ...pool,
  ...norm,
  ...augment,
  conv,
  convGrad,
  convRelu,
  convReluGrad,
  recurrent,
  recurrentGrad,
};

cpu.kernels = kernels;

export { cpu };
