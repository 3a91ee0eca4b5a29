/**
 * The row of relu, which other ops have in them, too.
 *
 * @module
 */
import { gt, le } from "./compare.ts";
import { mul } from "./binary.ts";
import { type UnaryRow, unaryRow } from "./unary_op.ts";
import { where } from "./where.ts";

/** All of relu. */
export const RELU: UnaryRow = unaryRow({
  name: "relu",
  f: (x) => x < 0 ? 0 : x,
  saves: "output",
  grad: (y, dy) => y <= 0 ? 0 : dy,
  gradOps: (dy, _x, y) => where(le(y, 0), 0, dy),
  ofIntegers: (x) => mul(x, gt(x, 0)),
});
