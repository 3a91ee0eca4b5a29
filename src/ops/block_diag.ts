import { ShapeError, show } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { inNameOf } from "./in_name_of.ts";
import { cat } from "./join.ts";
import { pad } from "./pad.ts";
import { atleast2d } from "./reshaping.ts";

/** Matrices along the diagonal of a matrix of zeros; a vector counts as a row. */
export function blockDiag(...matrices: Tensor[]): Tensor {
  return inNameOf("blockDiag", () => {
    matrices.forEach((x, i) => {
      checkTensor("blockDiag", x, `tensor ${i}`);
      if (x.ndim > 2) {
        throw new ShapeError(
          `blockDiag: matrices are needed: tensor ${i} is ${show(x.shape)}`,
        );
      }
    });
    if (matrices.length === 0) throw new ShapeError("blockDiag: at least one tensor is needed");
    const blocks = matrices.map((x) => atleast2d(x));
    const width = blocks.reduce((sum, block) => sum + block.shape[1]!, 0);
    let before = 0;
    return cat(blocks.map((block) => {
      const [, n] = block.shape as [number, number];
      before += n;
      return pad(block, [before - n, width - before]);
    }));
  });
}
