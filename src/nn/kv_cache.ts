import { empty, tensor } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, whole } from "../core/options.ts";
import { attend } from "../ops/mod.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";

/** The keys and values of one layer: room for all positions, of which some are taken. */
interface Layer {
  keys: Tensor;
  values: Tensor;
  length: number;
}

/**
 * What attention has made of the tokens so far: with it a model is given only those that are new. Each
 * layer attends by it, in place of `attend`.
 *
 * @example
 * ```ts
 * import { nn, randn, scope } from "@glim/glim";
 *
 * using cache = new nn.KVCache(32);
 * scope(() => {
 *   const heads = (l: number) => [0, 1, 2].map(() => randn([1, 4, l, 8]));
 *   const [q, k, v] = heads(5); // a prompt of five tokens
 *   cache.attend(0, q!, k!, v!);
 *   const [q1, k1, v1] = heads(1); // the sixth, which looks at all of them
 *   console.log(cache.attend(0, q1!, k1!, v1!).shape, cache.length); // [1, 4, 1, 8] 6
 * });
 * ```
 */
export class KVCache {
  /** Positions that there is room for. */
  readonly maxLength: number;
  readonly #layers: Map<number, Layer> = new Map();

  /** RangeError unless the length is a whole number ≥ 1. */
  constructor(maxLength: number) {
    atMost(1, arguments.length, "KVCache(maxLength)");
    check("KVCache", "the length", maxLength, whole(1));
    this.maxLength = maxLength;
  }

  /** Tokens that all layers have seen: the position of the next. */
  get length(): number {
    let length = Infinity;
    for (const layer of this.#layers.values()) length = Math.min(length, layer.length);
    return length === Infinity ? 0 : length;
  }

  /** Tokens that a layer has seen. */
  lengthOf(layer: number): number {
    return this.#layers.get(layer)?.length ?? 0;
  }

  /**
   * Attention of new tokens to those before them and to themselves. q: [n, heads, l, d], k and v: [n, heads
   * or fewer, l, d] → [n, heads, l, d]. Fewer heads of k and v each serve as many of q (Ainslie et al.,
   * "GQA", 2023). Has no gradients. RangeError where there is no room for them.
   *
   * @param layer Which layer of the model it is: any number of its own.
   */
  attend(layer: number, q: Tensor, k: Tensor, v: Tensor): Tensor {
    atMost(4, arguments.length, "KVCache.attend(layer, q, k, v)");
    return noGrad(() => {
      const { keys, values, length } = this.#grown(layer, k, v);
      const l = q.shape.at(-2)!;
      const groups = q.shape.at(-3)! / k.shape.at(-3)!;
      const seen = [keys, values].map((x) => repeated(x.narrow(-2, 0, length), groups));
      if (l === 1) return attend(q, seen[0]!, seen[1]!);
      if (l === length) return attend(q, seen[0]!, seen[1]!, { isCausal: true });
      return attend(q, seen[0]!, seen[1]!, { attnMask: after(length - l, l).to(q.device) });
    });
  }

  /**
   * The same for a layer's queries, keys and values side by side; see `functional.selfAttention`. qkv:
   * [n, l, 3e] → [n, l, e].
   */
  selfAttention(layer: number, qkv: Tensor, heads: number): Tensor {
    atMost(3, arguments.length, "KVCache.selfAttention(layer, qkv, heads)");
    const [n, l, width] = qkv.shape as [number, number, number];
    const parts = qkv.detach().reshape(n, l, 3, heads, width / 3 / heads);
    const [q, k, v] = [0, 1, 2].map((i) => parts.select(2, i).transpose(1, 2));
    return this.attend(layer, q!, k!, v!).transpose(1, 2).reshape(n, l, width / 3);
  }

  /** Forgets all tokens. */
  clear(): void {
    for (const layer of this.#layers.values()) layer.length = 0;
  }

  #grown(number: number, k: Tensor, v: Tensor): Layer {
    if (k.ndim !== 4 || v.ndim !== 4 || k.shape[2] !== v.shape[2]) {
      throw new ShapeError(
        `KVCache: k and v must be [n, heads, l, d]: they are ${show(k.shape)} and ${show(v.shape)}`,
      );
    }
    const [n, heads, l] = k.shape as [number, number, number];
    let layer = this.#layers.get(number);
    if (layer === undefined) {
      const room = (x: Tensor) =>
        empty([n, heads, this.maxLength, x.shape[3]!], { device: x.device }).keep();
      this.#layers.set(number, layer = { keys: room(k), values: room(v), length: 0 });
    }
    if (layer.length + l > this.maxLength) {
      throw new RangeError(
        `KVCache: there is room for ${this.maxLength} tokens: layer ${number} has ${layer.length}, ` +
          `and ${l} more come`,
      );
    }
    layer.keys.narrow(2, layer.length, l).copy_(k);
    layer.values.narrow(2, layer.length, l).copy_(v);
    layer.length += l;
    return layer;
  }

  /** Gives its memory back. */
  [Symbol.dispose](): void {
    for (const { keys, values } of this.#layers.values()) {
      keys[Symbol.dispose]();
      values[Symbol.dispose]();
    }
    this.#layers.clear();
  }
}

/** [n, heads, s, d] with each head so many times, one after the other: a copy only if there are several. */
function repeated(x: Tensor, times: number): Tensor {
  if (times === 1) return x;
  const [n, heads, s, d] = x.shape as [number, number, number, number];
  return x.unsqueeze(2).expand(n, heads, times, s, d).reshape(n, heads * times, s, d);
}

/** [l, before + l] of bool: whether key j is not after query `before` + i. */
function after(before: number, l: number): Tensor {
  const s = before + l;
  const shown = (_: unknown, at: number) => at % s <= before + Math.floor(at / s) ? 1 : 0;
  return tensor(Uint8Array.from({ length: l * s }, shown), { shape: [l, s] }).bool();
}
