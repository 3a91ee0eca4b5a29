import { fromTypedArray, noGrad, scope, type Tensor } from "@glim/glim";
import type { GPT } from "../shared/gpt.ts";

/**
 * How much of what each token takes in is of each token before it, in all heads of all layers: [layers,
 * heads, l, l], row by row. Rows add up to 1.
 */
export async function attentionOf(
  model: GPT,
  tokens: ArrayLike<number>,
): Promise<Float32Array<ArrayBuffer>> {
  const { layers, heads } = model.sizes;
  const l = tokens.length;
  const all = new Float32Array(layers * heads * l * l);
  const wasTraining = model.training;
  model.eval();
  try {
    const weights = scope(() => noGrad(() => weightsIn(model, tokens).map((w) => w.keep())));
    for (const [layer, tensor] of weights.entries()) {
      all.set(await tensor.data() as Float32Array, layer * heads * l * l);
      tensor[Symbol.dispose]();
    }
  } finally {
    model.train(wasTraining);
  }
  return all;
}

/** Of each layer [heads, l, l], out of the queries and keys that it makes. */
function weightsIn(model: GPT, tokens: ArrayLike<number>): Tensor[] {
  const { heads, width } = model.sizes;
  const { device } = model.wte.weight;
  const l = tokens.length;
  const seen: Tensor[] = [];
  const hooks = Array.from(
    model.h,
    ({ attn }) => attn.c_attn.registerForwardHook((_, __, qkv) => void seen.push(qkv)),
  );
  try {
    model.forward(fromTypedArray(Int32Array.from(tokens), [1, l], { device }));
  } finally {
    for (const hook of hooks) hook.remove();
  }
  const later = Float32Array.from(
    { length: l * l },
    (_, at) => at % l > Math.floor(at / l) ? -Infinity : 0,
  );
  const mask = fromTypedArray(later, [l, l], { device });
  return seen.map((qkv) => {
    const parts = qkv.reshape(l, 3, heads, width / heads);
    const [q, k] = [0, 1].map((i) => parts.select(1, i).transpose(0, 1));
    const scores = q!.matmul(k!.transpose(1, 2)).div(Math.sqrt(width / heads));
    return scores.add(mask).softmax(2);
  });
}
