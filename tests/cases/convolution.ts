import type { ConvOptions } from "../../src/ops/mod.ts";
import { constant, uniform } from "../prng.ts";
import { adder, type Case } from "./case.ts";

/** Convolution. */
export const convolution: Case[] = [];
const op = adder(convolution);

/** x, weight, and what PyTorch's arguments are in both languages. */
type Convolution = [x: number[], w: number[], torch: string, options?: ConvOptions];

const convolutions: Convolution[] = [
  // one of everything, one channel, one pixel, sizes that fill no vector
  [[1, 1, 1, 1], [1, 1, 1, 1], ""],
  [[1, 1, 3, 3], [1, 1, 3, 3], ""],
  [[2, 1, 5, 4], [3, 1, 3, 3], ""],
  [[2, 3, 5, 7], [4, 3, 3, 2], ""],
  [[3, 5, 1, 1], [7, 5, 1, 1], ""],
  [[2, 9, 4, 3], [6, 9, 1, 1], ""],
  [[1, 2, 1, 9], [3, 2, 1, 4], ""],
  [[0, 2, 5, 5], [3, 2, 3, 3], ""],
  [[3, 4, 4], [5, 3, 3, 3], ""],
  // steps, zeros around, taps apart
  [[2, 3, 8, 7], [4, 3, 3, 3], ", stride=2", { stride: 2 }],
  [[2, 3, 8, 7], [4, 3, 3, 3], ", padding=1", { padding: 1 }],
  [[2, 3, 8, 7], [4, 3, 3, 3], ", dilation=2", { dilation: 2 }],
  [[2, 1, 9, 9], [5, 1, 5, 5], ", stride=2, padding=2", { stride: 2, padding: 2 }],
  [[1, 2, 6, 5], [3, 2, 1, 1], ", stride=3", { stride: 3 }],
  [[1, 2, 4, 3], [3, 2, 1, 1], ", padding=2", { padding: 2 }],
  [[1, 2, 2, 2], [3, 2, 3, 3], ", padding=3, stride=2", { padding: 3, stride: 2 }],
  [[2, 2, 9, 6], [3, 2, 3, 2], ", (2, 1), (0, 2), (1, 3)", {
    stride: [2, 1],
    padding: [0, 2],
    dilation: [1, 3],
  }],
  // groups: two, one a channel, several outputs for each
  [[2, 4, 5, 6], [6, 2, 3, 3], ", groups=2", { groups: 2 }],
  [[2, 5, 5, 5], [5, 1, 3, 3], ", padding=1, groups=5", { padding: 1, groups: 5 }],
  [[1, 3, 5, 5], [6, 1, 2, 2], ", stride=2, groups=3", { stride: 2, groups: 3 }],
  [[1, 8, 4, 4], [8, 4, 1, 1], ", groups=2", { groups: 2 }],
  // vectors across groups: whole ones, pairs and parts of them, steps, taps apart, sides that taps miss
  [[2, 20, 7, 6], [20, 1, 3, 3], ", padding=1, groups=20", { padding: 1, groups: 20 }],
  [[2, 8, 9, 8], [16, 1, 3, 3], ", padding=1, stride=2, groups=8", {
    padding: 1,
    stride: 2,
    groups: 8,
  }],
  [[1, 12, 11, 10], [12, 1, 5, 5], ", padding=2, groups=12", { padding: 2, groups: 12 }],
  [[2, 18, 6, 7], [27, 2, 3, 2], ", (2, 3), (2, 0), (1, 2), 9", {
    stride: [2, 3],
    padding: [2, 0],
    dilation: [1, 2],
    groups: 9,
  }],
  [[1, 4, 2, 3], [4, 1, 3, 3], ", padding=3, groups=4", { padding: 3, groups: 4 }],
  // one pixel a kernel
  [[3, 16, 5, 4], [8, 16, 1, 1], ", stride=2", { stride: 2 }],
  [[2, 12, 5, 5], [10, 12, 1, 1], ", stride=(1, 3)", { stride: [1, 3] }],
  // few outputs of many channels, more zeros around than the kernel reaches
  [[2, 16, 7, 6], [3, 16, 5, 3], ", padding=(1, 2)", { padding: [1, 2] }],
  [[2, 8, 5, 6], [1, 8, 2, 3], ", padding=2", { padding: 2 }],
  // many channels and 3 × 3 taps: whole tiles of 4 × 4 pixels, cut ones, fewer pixels than one
  [[1, 8, 6, 6], [8, 8, 3, 3], ""],
  [[2, 16, 10, 14], [8, 16, 3, 3], ""],
  [[2, 8, 7, 9], [24, 8, 3, 3], ""],
  [[3, 8, 5, 6], [16, 8, 3, 3], ", padding=1", { padding: 1 }],
  [[1, 8, 3, 3], [8, 8, 3, 3], ""],
  [[1, 8, 1, 1], [8, 8, 3, 3], ", padding=1", { padding: 1 }],
  [[9, 24, 6, 6], [32, 24, 3, 3], ", padding=1", { padding: 1 }],
  [[1, 8, 4, 2], [8, 8, 3, 3], ", padding=2", { padding: 2 }],
  [[1, 12, 6, 5], [20, 12, 3, 3], ", padding=(0, 1)", { padding: [0, 1] }],
  // several blocks of rows
  [[1, 16, 12, 12], [8, 16, 5, 5], ", padding=2", { padding: 2 }],
];
for (const [x, w, torch, options] of convolutions) {
  const bound = 2 ** -Math.ceil(Math.log2(w[1]! * w[2]! * w[3]!) / 2);
  const [weight, bias] = [uniform(w, -bound, bound), uniform([w[0]!])];
  op(`F.conv2d(a, b, c${torch})`, [uniform(x), weight, bias], (f, a, b, c) => {
    return f.conv2d(a, b, c, options);
  });
}
op("F.conv2d(a, b)", [uniform([2, 3, 5, 5]), uniform([4, 3, 3, 3])], (f, a, b) => {
  return f.conv2d(a, b);
});
op(
  "F.conv2d(a.permute(0, 3, 1, 2), b.transpose(0, 1), c)",
  [uniform([2, 5, 6, 3]), uniform([3, 4, 3, 3]), uniform([4])],
  (f, a, b, c) => f.conv2d(f.permute(a, [0, 3, 1, 2]), f.transpose(b, 0, 1), c),
);
op("F.conv2d(a[:, 1:4], b)", [uniform([2, 5, 5, 4]), uniform([4, 3, 3, 3])], (f, a, b) => {
  return f.conv2d(f.narrow(a, 1, 1, 3), b);
});
op(
  "F.conv2d(a, b.detach())",
  [uniform([2, 3, 5, 5]), constant(uniform([4, 3, 3, 3]))],
  (f, a, b) => {
    return f.conv2d(a, b);
  },
);
op(
  "F.conv2d(F.conv2d(a, b, c).tanh(), d, padding=1)",
  [
    uniform([2, 3, 7, 6]),
    uniform([8, 3, 3, 3], -0.2, 0.2),
    uniform([8]),
    uniform([8, 8, 3, 3], -0.1, 0.1),
  ],
  (f, a, b, c, d) => f.conv2d(f.tanh(f.conv2d(a, b, c)), d, null, { padding: 1 }),
);
