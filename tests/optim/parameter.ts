/** Parameters and their gradients, as optimizers get them. */
import { nn, scope, tensor } from "../../mod.ts";
import { uniformArray } from "../prng.ts";

/** A parameter of six elements with the values of the formula. */
export function parameterOf(seed: number, shape: number[]): nn.Parameter {
  return new nn.Parameter(tensor(uniformArray(seed, 6), { shape }));
}

/** Gives a parameter a gradient through the engine. */
export function setGradient(p: nn.Parameter, values: Float32Array<ArrayBuffer>): void {
  p.zeroGrad();
  scope(() => p.mul(tensor(values, { shape: [...p.shape] })).sum().backward());
}
