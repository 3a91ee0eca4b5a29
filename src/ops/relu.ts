/**
 * The row of relu, which other ops have in them, too.
 *
 * @module
 */
import { type UnaryRow, unaryRow } from "./unary_op.ts";

/** All of relu. */
export const RELU: UnaryRow = unaryRow({
  name: "relu",
  f: (x) => x < 0 ? 0 : x,
  saves: "output",
  grad: (y, dy) => y <= 0 ? 0 : dy,
  onnx: "Relu",
});
