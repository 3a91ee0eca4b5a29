/**
 * Activations with settings: from buffers to kernels.
 *
 * @module
 */
import { ACTIVATION_OP } from "../../build/abi.ts";
import { launch } from "../../build/activations.ts";
import type { Buffer } from "../device/buffer.ts";
import type { ActivationOp, Activations } from "../device/kernels.ts";
import { denseAt } from "./address.ts";
import { codeOf, fused } from "./elementwise.ts";
import { GRADIENTS, OF_ONE } from "./formulas.ts";
import { STREAM } from "./launch.ts";

/** These, by name. */
export const activations: Activations = {
  /** y = op(x) with its settings. */
  activation(op: ActivationOp, x: Buffer, y: Buffer, a: number, b: number): void {
    const n = y.numel;
    const { name } = op;
    const code = codeOf(name, ACTIVATION_OP);
    const from = denseAt(x, y, name, "x");
    const to = denseAt(y, y, name, "the result");
    const work = n * (op.cost || STREAM);
    if (code === undefined) fused(OF_ONE[name]!, work, from, null, to, n, a, b);
    else launch.activation(work, code, from, to, a, b, n);
  },

  /** dx = dy · op′. */
  activationGrad(
    op: ActivationOp,
    x: Buffer,
    dy: Buffer,
    dx: Buffer,
    a: number,
    b: number,
  ): void {
    const n = dx.numel;
    const { name } = op;
    const code = codeOf(name, ACTIVATION_OP);
    const xAt = denseAt(x, dx, name, "x");
    const from = denseAt(dy, dx, name, "dy");
    const to = denseAt(dx, dx, name, "dx");
    const work = n * (op.cost || STREAM);
    if (code === undefined) fused(GRADIENTS[name]!, work, xAt, from, to, n, a, b);
    else launch.activationGrad(work, code, xAt, from, to, a, b, n);
  },

  /** z = y where x > 0, else slope · y: leaky ReLU of y = x, and its gradient from y = dy. */
  leakyRelu(x: Buffer, y: Buffer, z: Buffer, slope: number): void {
    const n = z.numel;
    const op = "leakyRelu";
    const xAt = denseAt(x, z, op, "x");
    const yAt = denseAt(y, z, op, "y");
    launch.leakyRelu(n * STREAM, xAt, yAt, denseAt(z, z, op, "the result"), slope, n);
  },
};
