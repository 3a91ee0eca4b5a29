import { uniform, values } from "../prng.ts";
import { adder, type Case } from "./case.ts";

/** Attention. */
export const attention: Case[] = [];
const op = adder(attention);

const call = "F.scaled_dot_product_attention(a, b, c";
for (
  const [q, k, v] of [
    [[3, 4], [5, 4], [5, 2]],
    [[2, 3, 4], [2, 5, 4], [2, 5, 4]],
    [[2, 2, 3, 5], [2, 2, 3, 5], [2, 2, 3, 5]],
  ] as [number[], number[], number[]][]
) {
  const inputs = [uniform(q, -2, 2), uniform(k, -2, 2), uniform(v)];
  const scores = [q.at(-2)!, k.at(-2)!];
  op(`${call})`, inputs, (f, a, b, c) => f.scaledDotProductAttention(a, b, c));
  op(`${call}, is_causal=True, scale=0.7)`, inputs, (f, a, b, c) => {
    return f.scaledDotProductAttention(a, b, c, { isCausal: true, scale: 0.7 });
  });
  op(`${call}, attn_mask=d)`, [...inputs, uniform(scores)], (f, a, b, c, attnMask) => {
    return f.scaledDotProductAttention(a!, b!, c!, { attnMask: attnMask! });
  });
}
op(
  `${call}, attn_mask=d)`,
  [uniform([2, 2, 3]), uniform([2, 4, 3]), uniform([2, 4, 3]), values([1, 0, 1, 1], [4], "bool")],
  (f, a, b, c, attnMask) => f.scaledDotProductAttention(a!, b!, c!, { attnMask: attnMask! }),
);
