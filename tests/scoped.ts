/** Tests of tensors that need no more than a scope. */
import { scope, type Tensor, tensor } from "../mod.ts";

/** A test whose tensors all go at its end. */
export function test(name: string, fn: () => void): void {
  Deno.test(name, () => scope(fn));
}

/** A vector whose gradient is asked for. */
export function leaf(values: number[]): Tensor {
  return tensor(values, { requiresGrad: true });
}
