/**
 * The GPT of jax-js.
 *
 * @module
 */
import { initialGpt, windows } from "../gpt.ts";
import { GPT, GPT_OPTIMIZER, type GptSizes } from "../spec.ts";
import type { Any } from "./common.ts";

/** The logits [batch · context, vocabulary] of tokens, which are known by ones and zeros. */
function gptLogits(
  { numpy: np, nn }: Any,
  { context, batch, layers, heads, width }: GptSizes,
  p: Any,
  tokens: Any,
): Any {
  const weight = (name: string) => p[`${name}.weight`].ref;
  const linear = (x: Any, name: string) => np.matmul(x, weight(name).transpose());
  const norm = (x: Any, name: string) => {
    const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
    const variance = np.mean(centred.ref.mul(centred.ref), -1, { keepdims: true });
    return centred.div(np.sqrt(variance.add(1e-5))).mul(weight(name));
  };
  const hidden = Float32Array.from(
    { length: context * context },
    (_, i) => i % context > Math.floor(i / context) ? -1e9 : 0,
  );
  const mask = np.array(hidden).reshape([context, context]);
  let x = np.matmul(tokens, weight("tokens")).reshape([batch, context, width]);
  x = x.add(weight("places")).reshape([batch * context, width]);
  for (let i = 0; i < layers; i++) {
    const of = (name: string) => `layers.${i}.${name}`;
    const qkv = linear(norm(x.ref, of("norm1")), of("qkv"))
      .reshape([batch, context, 3, heads, width / heads]).transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = [qkv.ref.slice(0), qkv.ref.slice(1), qkv.slice(2)];
    const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(Math.sqrt(heads / width));
    const seen = np.matmul(nn.softmax(scores.add(mask.ref), -1), v).transpose([0, 2, 1, 3]);
    x = x.add(linear(seen.reshape([batch * context, width]), of("out")));
    const up = nn.gelu(linear(norm(x.ref, of("norm2")), of("up")), { approximate: false });
    x = x.add(linear(up, of("down")));
  }
  return np.matmul(norm(x, "norm"), weight("tokens").transpose());
}

/** A step of the GPT, jitted as one function, AdamW included. Gives the loss and what waits for all. */
export function gptTrainer(
  jax: Any,
  sizes: GptSizes = GPT,
): () => [loss: Any, done: () => Promise<unknown>] {
  const { numpy: np, nn } = jax;
  const { vocabulary, context, batch } = sizes;
  const shapes = initialGpt(sizes);
  let params = Object.fromEntries(shapes.map(([name, shape, values]) => {
    return [name, np.array(values).reshape(shape)];
  }));
  const { lr, betas: [b1, b2], weightDecay, clip } = GPT_OPTIMIZER;
  const lossOf = (p: Any, x: Any, y: Any) =>
    nn.logSoftmax(gptLogits(jax, sizes, p, nn.oneHot(x, vocabulary)), -1)
      .mul(nn.oneHot(y, vocabulary)).sum().mul(-1 / (batch * context));
  const map = jax.tree.map;
  const step = jax.jit((p: Any, m: Any, v: Any, x: Any, y: Any, ones: Any) => {
    const [loss, found] = jax.valueAndGrad((q: Any) => lossOf(q, x, y))(jax.tree.ref(p));
    let squares: Any = null;
    for (const [name] of shapes) {
      const square = found[name].ref.mul(found[name].ref).sum();
      squares = squares === null ? square : squares.add(square);
    }
    const share = np.minimum(np.array(1), np.array(clip).div(np.sqrt(squares).add(1e-6)));
    const grads = map((g: Any) => g.mul(share.ref), found);
    // what Adam's averages still lack, of 1 − βⁿ
    const [lack1, lack2] = [ones.ref.slice(0), ones.slice(1)];
    const m2 = map((a: Any, g: Any) => a.mul(b1).add(g.mul(1 - b1)), m, jax.tree.ref(grads));
    const v2 = map((a: Any, g: Any) => a.mul(b2).add(g.ref.mul(g).mul(1 - b2)), v, grads);
    const moved: Any = {};
    for (const [name, shape] of shapes) {
      const decay = shape.length > 1 ? 1 - lr * weightDecay : 1;
      const root = np.sqrt(v2[name].ref.div(lack2.ref)).add(1e-8);
      moved[name] = p[name].mul(decay).sub(m2[name].ref.div(lack1.ref).div(root).mul(lr));
    }
    return [moved, m2, v2, loss];
  });
  const zeros = () => map((a: Any) => np.zeros(a.shape), jax.tree.ref(params));
  let [m, v] = [zeros(), zeros()];
  const next = windows(sizes);
  let at = 0;
  return () => {
    const [x, y] = next().map((tokens) => np.array(tokens, { dtype: np.int32 }));
    at++;
    let loss: Any;
    [params, m, v, loss] = step(params, m, v, x, y, np.array([1 - b1 ** at, 1 - b2 ** at]));
    return [loss, () => jax.blockUntilReady(params)];
  };
}
