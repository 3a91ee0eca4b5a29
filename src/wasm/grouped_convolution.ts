/**
 * Convolutions in many groups of few channels, from buffers to kernels.
 *
 * @module
 */
import { launch, sizes } from "../../build/convolution.ts";
import { alloc, type Buffer } from "../device/buffer.ts";
import type { ConvSizes } from "../device/kernels.ts";
import { floatsAt, NONE } from "./address.ts";
import { chunkOf, inputAt, outputAt, shapeAt, weightAt, weightSize, workOf } from "./conv_sizes.ts";
import { ROWS } from "./launch.ts";
import { rows } from "./reduce.ts";

/** Most products of a group's channels for which vectors across groups are the better way. */
const FEW = 64;

/** Whether vectors lie across groups. */
export function isGrouped(s: ConvSizes): boolean {
  return s.groups >= 3 && s.c / s.groups * (s.o / s.groups) < FEW;
}

/** y = at least `low` of the convolution. */
export function groupedForward(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  bias: Buffer | null,
  y: Buffer,
  low: number,
): void {
  const shape = shapeAt(s, false);
  launch.groupedForward(
    workOf(s),
    shape,
    inputAt(s, x, "x"),
    weightAt(s, w),
    bias === null ? NONE : floatsAt(bias, s.o, "conv2d", "the bias"),
    outputAt(s, y, "the result"),
    low,
    sizes.groupedScratch(shape),
    s.n * s.oh,
    ROWS,
  );
}

/** Its gradients, as `convGrad` of `convolution.ts`. */
export function groupedGrad(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  dy: Buffer,
  dx: Buffer | null,
  dw: Buffer | null,
  bias: boolean,
): void {
  const [xAt, wAt, dyAt] = [inputAt(s, x, "x"), weightAt(s, w), outputAt(s, dy, "dy")];
  const size = weightSize(s) + s.o;
  if (dw !== null) floatsAt(dw, size, "conv2d", "dw"); // before anything is written
  if (dx !== null) {
    const shape = shapeAt(s, bias), dxAt = inputAt(s, dx, "dx");
    const scratch = sizes.groupedScratch(shape);
    launch.groupedInputGrad(workOf(s), shape, wAt, dyAt, dxAt, scratch, s.n * s.h, ROWS);
  }
  if (dw === null) return;
  const chunks = Math.ceil(s.n / chunkOf(s));
  const parts = alloc(x, [chunks, size]); // each chunk's sums
  const partsAt = floatsAt(parts, chunks * size, "conv2d", "the parts");
  const shape = shapeAt(s, bias), scratch = sizes.groupedScratch(shape);
  launch.groupedWeightGrad(workOf(s), shape, xAt, dyAt, partsAt, scratch, chunks, ROWS);
  rows.reduce("sum", parts, dw, 1, chunks, size);
  parts.storage.release("conv");
}
