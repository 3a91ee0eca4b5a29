/**
 * Weights and activations as pictures.
 *
 * @module
 */
import { noGrad, outside, scope, type Tensor } from "@glim/glim";
import * as nn from "@glim/glim/nn";
import { SIDE } from "../shared/network.ts";
import type { Pictures } from "../shared/protocol.ts";

/** What each unit, or channel, of the first layer looks for: signed weights. */
export async function firstLayer(model: nn.Sequential): Promise<Pictures> {
  for (const module of model) {
    const isLinear = module instanceof nn.Linear;
    if (!isLinear && !(module instanceof nn.Conv2d)) continue;
    const [rows, columns] = isLinear ? [SIDE, SIDE] : module.kernelSize;
    const data = await outside(module.weight.data());
    return pictures(isLinear ? "Units" : "Filters", data, rows, columns);
  }
  throw new TypeError("firstLayer: a network with a layer of weights is needed: it has none");
}

/** The logits of pixels [1, 784], and what each layer says on the way to them. */
export function look(model: nn.Sequential, x: Tensor): { logits: Tensor; layers: Pictures[] } {
  const layers: Pictures[] = [];
  for (const module of model) {
    x = module.forward(x);
    if (!isActivation(module)) continue;
    const name = `Layer ${layers.length + 1}`;
    const [, count, rows = 0, columns = 0] = x.shape as number[];
    layers.push(x.ndim === 4 ? picturesOf(name, x, rows, columns) : rowsOf(name, x, count!));
  }
  return { logits: x, layers };
}

function isActivation(module: nn.Module): boolean {
  return module instanceof nn.ReLU || module instanceof nn.Tanh || module instanceof nn.GELU;
}

function picturesOf(name: string, t: Tensor, rows: number, columns: number): Pictures {
  return pictures(name, scope(() => noGrad(() => t.toTypedArray())), rows, columns);
}

function pictures(name: string, all: ArrayLike<number>, rows: number, columns: number): Pictures {
  const data = all as Float32Array<ArrayBuffer>;
  return { name, count: data.length / rows / columns, rows, columns, data };
}

/** A vector as one picture, much wider than high. */
function rowsOf(name: string, x: Tensor, length: number): Pictures {
  let rows = Math.max(1, Math.floor(Math.sqrt(length / 8)));
  while (length % rows !== 0) rows--;
  return picturesOf(name, x, rows, length / rows);
}
