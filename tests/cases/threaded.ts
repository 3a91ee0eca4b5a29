import type { ConvOptions } from "../../src/ops/mod.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { recurrentLayer } from "../../src/ops/recurrent.ts";
import { constant, integers, mask, spaced, uniform, values } from "../prng.ts";
import { adder, type Case, exact, kink, type Ops, positive } from "./case.ts";
import { CHANNELS_LAST, channelsLast } from "./images.ts";

/**
 * Enough work that threads share it, for each kernel that they may share: `threaded_test.ts` finds
 * kernels without a row here. Sizes divide into nothing.
 */
export const threaded: Case[] = [];
const op = adder(threaded);

const plane = [103, 1001];
op("a.tanh()", [uniform(plane, -3, 3)], (f, a) => f.tanh(a));
op("a * b", [uniform(plane), uniform(plane)], (f, a, b) => f.mul(a, b));
op("a ** b", [positive([67, 31]), uniform([67, 31])], (f, a, b) => f.pow(a, b));
op("F.leaky_relu(a, 0.1)", [uniform(plane)], (f, a) => f.leakyRelu(a, 0.1), kink);
op("F.softsign(a)", [uniform(plane)], (f, a) => f.softsign(a), kink);
op("a.clamp(-0.5, 0.5)", [uniform(plane)], (f, a) => f.clamp(a, { min: -0.5, max: 0.5 }), kink);
op("a - b", [uniform(plane), uniform([1001])], (f, a, b) => f.sub(a, b));
op("a * 3", [uniform([100003])], (f, a) => f.mul(a, 3));
op("torch.where(a, b, c)", [mask(plane), uniform(plane), uniform(plane)], (f, a, b, c) => {
  return f.where(a, b, c);
});
op("a < b", [uniform(plane), uniform(plane)], (f, a, b) => f.lt(a, b), exact);
op("a < b", [integers(plane, -9, 9), integers(plane, -9, 9)], (f, a, b) => f.lt(a, b), exact);
op("a * b", [integers(plane, -9, 9), integers(plane, -9, 9)], (f, a, b) => f.mul(a, b), exact);
op("a.long()", [uniform(plane, -9, 9)], (f, a) => f.to(a, "int32"), exact);

op("a.t().contiguous()", [uniform(plane)], (f, a) => f.contiguous(f.t(a)));
op("a.permute(2, 0, 1).contiguous()", [uniform([17, 61, 103])], (f, a) => {
  return f.contiguous(f.permute(a, [2, 0, 1]));
});
op("torch.cat([a, b])", [uniform([100003]), uniform([5])], (f, ...list) => f.cat(list, 0));

for (const dim of [0, 1]) {
  op(`a.sum(${dim})`, [uniform([331, 307], 0, 1)], (f, a) => f.sum(a, dim));
  op(`a.amax(${dim})`, [uniform([331, 307])], (f, a) => f.amax(a, dim), kink);
  op(`a.sum(${dim})`, [integers([331, 307], -99, 99)], (f, a) => f.sum(a, dim));
}
op("a.argmax(1)", [spaced(plane)], (f, a) => f.argmax(a, 1), exact);
op("a.argmax(1)", [integers(plane, -9, 9)], (f, a) => f.argmax(a, 1), exact);
for (const log of [false, true]) {
  const run: Case["run"] = (f, a) => log ? f.logSoftmax(a, 1) : f.softmax(a, 1);
  op(`a.${log ? "log_" : ""}softmax(1)`, [uniform([149, 139], -3, 3)], run);
}
op("F.cross_entropy(a, b)", [uniform([337, 31], -3, 3), integers([337], 0, 31)], (f, a, b) => {
  return f.crossEntropy(a, b);
});
op("F.nll_loss(a, b)", [uniform([10007, 3]), integers([10007], 0, 3)], (f, a, b) => {
  return f.nllLoss(a, b);
});

op("a.index_select(0, b)", [uniform([53, 331]), integers([337], 0, 53)], (f, a, b) => {
  return f.indexSelect(a, 0, b);
});
for (const dim of [0, 1]) {
  const inputs = [uniform([53, 53]), integers(dim === 0 ? [419, 53] : [53, 419], 0, 53)];
  op(`a.gather(${dim}, b)`, inputs, (f, a, b) => f.gather(a, dim, b));
}
op("a @ b", [uniform([97, 65]), uniform([65, 83])], (f, a, b) => f.matmul(a, b));
op("a @ b", [uniform([33, 129]), uniform([129, 211])], (f, a, b) => f.matmul(a, b));
op("a.t() @ b.t()", [uniform([65, 97]), uniform([83, 65])], (f, a, b) => {
  return f.matmul(f.t(a), f.t(b));
});
// many small products, few large ones, one matrix for several, and steps that three dimensions cannot tell
op("a @ b", [uniform([67, 17, 19]), uniform([67, 19, 13])], (f, a, b) => f.matmul(a, b));
op("a @ b", [uniform([3, 41, 65]), uniform([3, 65, 83])], (f, a, b) => f.matmul(a, b));
op("a @ b", [uniform([13, 5, 17, 19]), uniform([5, 19, 23])], (f, a, b) => f.matmul(a, b));
op(
  "a.permute(3, 1, 0, 2, 4) @ b.transpose(-1, -2)",
  [uniform([5, 3, 17, 2, 19]), uniform([2, 1, 5, 23, 19])],
  (f, a, b) => f.matmul(f.permute(a, [3, 1, 0, 2, 4]), f.transpose(b, -1, -2)),
);
op("F.linear(a, b, c)", [uniform([97, 65]), uniform([83, 65]), uniform([83])], (f, a, b, c) => {
  return f.linear(a, b, c);
});

// 5 × 5 taps one by one, with few outputs; 3 × 3 taps by Winograd's algorithm in tiles of 4 × 4, 3 × 3 and 6 × 3
const convolutions: [x: number[], w: number[], padding: number][] = [
  [[5, 3, 17, 19], [7, 3, 5, 5], 0],
  [[5, 16, 17, 19], [7, 16, 5, 5], 2],
  [[5, 24, 16, 13], [40, 24, 3, 3], 1],
  [[5, 24, 9, 9], [40, 24, 3, 3], 1],
  [[5, 24, 12, 12], [40, 24, 3, 3], 1],
  // one picture or two, of which threads share rows or outputs
  [[1, 24, 27, 30], [40, 24, 3, 3], 1],
  [[2, 24, 10, 11], [40, 24, 3, 3], 1],
  [[1, 7, 33, 19], [24, 7, 5, 5], 1],
];
for (const [x, w, padding] of convolutions) {
  const bound = 2 ** -Math.ceil(Math.log2(w[1]! * w[2]! * w[3]!) / 2);
  const inputs = [uniform(x), uniform(w, -bound, bound), uniform([w[0]!])];
  op(`F.conv2d(a, b, c, padding=${padding})`, inputs, (f, a, b, c) => {
    return f.conv2d(a, b, c, { padding });
  });
}

// in many groups; one pixel a kernel, with steps and without
const others: [x: number[], w: number[], torch: string, options: ConvOptions][] = [
  [[5, 40, 17, 19], [40, 1, 3, 3], "padding=1, groups=40", { padding: 1, groups: 40 }],
  [[5, 26, 17, 19], [39, 2, 3, 3], "stride=2, groups=13", { stride: 2, groups: 13 }],
  [[5, 24, 33, 19], [40, 24, 1, 1], "stride=(2, 1)", { stride: [2, 1] }],
  [[5, 24, 16, 19], [40, 24, 1, 1], "stride=1", { stride: 1 }],
  // many channels and few pixels
  [[3, 248, 5, 4], [248, 248, 3, 3], "padding=1", { padding: 1 }],
  [[1, 250, 7, 6], [260, 250, 3, 3], "stride=(2, 1)", { stride: [2, 1] }],
];
for (const [x, w, torch, options] of others) {
  const bound = 2 ** -Math.ceil(Math.log2(w[1]! * w[2]! * w[3]!) / 2);
  const inputs = [uniform(x), uniform(w, -bound, bound), uniform([w[0]!])];
  op(`F.conv2d(a, b, c, ${torch})`, inputs, (f, a, b, c) => f.conv2d(a, b, c, options));
}

for (const last of [false, true]) {
  const a = last ? CHANNELS_LAST : "a";
  const as = last ? channelsLast : (_: Ops, x: Tensor) => x;
  const images = [3, 7, 33, 37];
  op(
    `F.max_pool2d(${a}, 2, 1)`,
    [spaced(images)],
    (f, a) => f.maxPool2d(as(f, a), 2, { stride: 1 }),
  );
  op(
    `F.avg_pool2d(${a}, 2, 1)`,
    [uniform(images)],
    (f, a) => f.avgPool2d(as(f, a), 2, { stride: 1 }),
  );
  const inputs = [uniform([7, 17, 31, 29], -2, 3), positive([17]), uniform([17])];
  op(`F.batch_norm(${a}, None, None, b, c, True)`, inputs, (f, a, weight, bias) => {
    return f.batchNorm(as(f, a), null, null, { weight, bias, training: true });
  });
}
op(
  "F.scaled_dot_product_attention(a, b, c, is_causal=True)",
  [uniform([3, 5, 67, 24]), uniform([3, 5, 71, 24]), uniform([3, 5, 71, 17])],
  (f, a, b, c) => f.attend(a, b, c, { isCausal: true }),
);
op(
  "F.layer_norm(a, (139,), b, c)",
  [uniform([149, 139], -2, 3), uniform([139]), uniform([139])],
  (f, a, weight, bias) => f.layerNorm(a, [139], { weight, bias }),
);

// samples of a recurrent layer, with all their steps
for (const [cell, gates] of [["lstm", 4], ["gru", 3], ["tanh", 1]] as const) {
  const isLstm = cell === "lstm";
  const inputs = [
    uniform([7, 11, 9]),
    uniform([11, 67]),
    uniform([gates * 67, 9]),
    uniform([gates * 67, 67], -0.125, 0.125),
    ...(isLstm ? [uniform([11, 67])] : []),
  ];
  const name = cell === "tanh" ? "rnn_tanh" : cell;
  const state = isLstm ? "(b[None], e[None])" : "b[None]";
  const call = `torch.${name}(a, ${state}, (c, d), False, 1, 0.0, False, False, False)[0]`;
  op(call, inputs, (_, x, h, ih, hh, c) => {
    const w = { ih: ih!, hh: hh!, biasIh: null, biasHh: null, hr: null };
    const over = { x: x!, h: h!, c: c ?? null, lengths: null, reverse: false };
    return recurrentLayer({ cell, w, ...over }).y;
  });
}
op(
  "a | b",
  [integers(plane, -9, 9), integers(plane, -9, 9)],
  (f, a, b) => f.bitwiseOr(a, b),
  exact,
);
for (const dim of [0, 1]) {
  op(`a.cumsum(${dim})`, [uniform(plane)], (f, a) => f.cumsum(a, dim));
  op(`a.prod(${dim})`, [uniform([331, 307], 0.97, 1.03)], (f, a) => f.prod(a, dim));
  op(`a.norm(2, ${dim})`, [uniform([331, 307])], (f, a) => f.norm(a, 2, dim));
}
op("a.argsort(1)", [spaced(plane)], (f, a) => f.argsort(a, 1), exact);
op("a.median(1)[0]", [spaced(plane)], (f, a) => f.median(a, 1).values, exact);
op("a.cumsum(0)", [integers(plane, -9, 9)], (f, a) => f.cumsum(a, 0), exact);
op("a.cummax(1)[0]", [constant(spaced(plane))], (f, a) => f.cummax(a, 1).values, exact);
op(
  "a.index_copy(1, b, c)",
  [
    uniform(plane),
    values(Array.from({ length: 500 }, (_, i) => 2 * i), [500], "int32"),
    uniform([103, 500]),
  ],
  (f, a, b, c) => f.indexCopy(a, 1, b, c),
  exact,
);
