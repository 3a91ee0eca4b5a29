import { constant, integers, mask, uniform, values } from "../prng.ts";
import { adder, allZero, type Case } from "./case.ts";

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

// several tiles of queries and of keys; keys that no query sees, a query that sees none
op(
  `${call}, is_causal=True)`,
  [uniform([2, 70, 8]), uniform([2, 90, 8]), uniform([2, 90, 5])],
  (f, a, b, c) => f.attend(a, b, c, { isCausal: true }),
);
op(
  `${call}, attn_mask=d)`,
  [uniform([2, 67, 8]), uniform([2, 261, 8]), uniform([2, 261, 5]), mask([67, 1])],
  (f, a, b, c, attnMask) => f.attend(a!, b!, c!, { attnMask: attnMask! }),
);
op(
  `${call}, attn_mask=d)`,
  [uniform([2, 5, 3]), uniform([2, 7, 3]), uniform([2, 7, 3]), constant(uniform([2, 5, 7]))],
  (f, a, b, c, attnMask) => f.attend(a!, b!, c!, { attnMask: attnMask! }),
);
// one key and value for all of a batch, and for all heads
op(
  `${call}, attn_mask=(torch.arange(4) < d[:, None])[:, None, None])`,
  [uniform([2, 3, 5, 4]), uniform([3, 4, 4]), uniform([2, 1, 4, 6]), integers([2], 2, 5)],
  (f, a, b, c, keyLengths) => f.attend(a!, b!, c!, { keyLengths: keyLengths! }),
);
op(
  `${call})`,
  [uniform([2, 3, 4]), uniform([2, 0, 4]), uniform([2, 0, 2])],
  (f, a, b, c) => f.attend(a, b, c),
  allZero,
);

op(
  `F.scaled_dot_product_attention(*a.view(2, 33, 3, 2, 4).permute(2, 0, 3, 1, 4), is_causal=True)` +
    `.transpose(1, 2).flatten(2)`,
  [uniform([2, 33, 24])],
  (f, a) => f.selfAttention(a, 2, { isCausal: true }),
);
// three heads of queries for each of keys and values
const grouped = [uniform([2, 6, 3, 4]), uniform([2, 2, 5, 4]), uniform([2, 2, 5, 3])];
op(`${call}, enable_gqa=True)`, grouped, (f, a, b, c) => {
  return f.scaledDotProductAttention(a, b, c, { enableGqa: true });
});
op(
  `${call}, enable_gqa=True, is_causal=True, scale=0.7)`,
  [uniform([6, 3, 4]), uniform([1, 5, 4]), uniform([1, 5, 4])],
  (f, a, b, c) =>
    f.scaledDotProductAttention(a, b, c, { enableGqa: true, isCausal: true, scale: 0.7 }),
);
for (const mask of [uniform([6, 3, 5]), uniform([2, 1, 3, 5]), constant(uniform([3, 5]))]) {
  op(`${call}, attn_mask=d, enable_gqa=True)`, [...grouped, mask], (f, a, b, c, attnMask) => {
    const options = { attnMask: attnMask!, enableGqa: true };
    return f.scaledDotProductAttention(a!, b!, c!, options);
  });
}
op(
  "F.scaled_dot_product_attention(a.transpose(1, 2), b.transpose(1, 2), c.transpose(1, 2), " +
    "enable_gqa=True)",
  [uniform([2, 3, 4, 4]), uniform([2, 5, 2, 4]), uniform([2, 5, 2, 4])],
  (f, ...x) => {
    const [q, k, v] = x.map((x) => f.transpose(x, 1, 2));
    return f.scaledDotProductAttention(q!, k!, v!, { enableGqa: true });
  },
);
