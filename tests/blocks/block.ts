/** What a building block is, and what the families of blocks share. */
import { functional as f, type Tensor } from "../../mod.ts";
import { type Input, uniform } from "../prng.ts";

/** What a block computes: its losses are differentiated one after the other. */
export interface Made {
  outputs: Tensor[];
  losses: Tensor[];
}

/** A building block as Glim and as PyTorch have it. */
export interface Block {
  name: string;
  /** The inputs by name; their seeds are 1, 2, 3… */
  inputs: Record<string, Input>;
  run: (inputs: Record<string, Tensor>) => Made;
  /** Python that makes `outputs` and `losses`, two lists, of the inputs. */
  torch: string;
}

/** Adds a block to a list; the inputs' names are those that `run` is given. */
export function adder(list: Block[]) {
  return <K extends string>(
    name: string,
    inputs: Record<K, Input>,
    run: (inputs: Record<K, Tensor>) => Made,
    torch: string,
  ): void => {
    list.push({ name, inputs, run, torch });
  };
}

/** A weight whose sums of products stay near 1. */
export function weight(...shape: number[]): Input {
  const products = shape.slice(1).reduce((n, length) => n * length, 1);
  const bound = 1.5 / Math.sqrt(products);
  return uniform(shape, -bound, bound);
}

/** γ of a normalisation. */
export function gain(n: number): Input {
  return uniform([n], 0.5, 1.5);
}

/** The mean of squares. */
export function power(x: Tensor): Tensor {
  return x.mul(x).mean();
}

/** Batch normalisation by the batch's own moments. */
export function batchNorm(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  return f.batchNorm(x, null, null, { weight, bias, training: true });
}

/** Twice as many rows and columns, each pixel four times. */
export function upsample(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return x.reshape(n, c, h, 1, w, 1).expand(n, c, h, 2, w, 2).reshape(n, c, 2 * h, 2 * w);
}
