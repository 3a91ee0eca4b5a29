/** What ops on images, tables and labels refuse, and what they say. */
import assert from "node:assert/strict";
import { functional as f, ones, scope, type Tensor, tensor } from "../../mod.ts";

const refused: [what: string, call: () => Tensor, name: string, message: string][] = [
  [
    "a kernel larger than the padded image",
    () => f.maxPool2d(ones([1, 2, 3, 5]), 4),
    "ShapeError",
    "maxPool2d: the kernel must fit into the padded images: the kernel is [4, 4], images are " +
    "[1, 2, 3, 5], the padding is [0, 0]",
  ],
  [
    "padding of more than half a kernel",
    () => f.avgPool2d(ones([1, 2, 5, 5]), 3, { padding: 2 }),
    "RangeError",
    "avgPool2d: the padding must be at most half the kernel: the kernel is [3, 3], the padding is " +
    "[2, 2]",
  ],
  [
    "images of another rank",
    () => f.adaptiveAvgPool2d(ones([5, 5]), 1),
    "ShapeError",
    "adaptiveAvgPool2d: images must be [n, c, h, w] or [c, h, w]: they are [5, 5]",
  ],
  [
    "images without pixels",
    () => f.adaptiveAvgPool2d(ones([1, 2, 0, 5]), 1),
    "ShapeError",
    "adaptiveAvgPool2d: images must have pixels: they are [1, 2, 0, 5]",
  ],
  [
    "scores in place of probabilities",
    () => f.binaryCrossEntropy(tensor([0.5, 1.5]), tensor([0, 1])),
    "RangeError",
    "binaryCrossEntropy: the input must be probabilities, from 0 to 1: one is 1.5: give " +
    "sigmoid(scores), or the scores to binaryCrossEntropyWithLogits",
  ],
  [
    "a stride of 0",
    () => f.maxPool2d(ones([1, 1, 4, 4]), 2, { stride: 0 }),
    "RangeError",
    "maxPool2d: stride must be a whole number of at least 1, or two: it is 0",
  ],
  [
    "a vector of channels of another length",
    () => f.batchNorm(ones([4, 3]), null, null, { weight: ones([2]) }),
    "ShapeError",
    "batchNorm: the weight must be [3]: it is [2]",
  ],
  [
    "a batch normalisation of vectors",
    () => f.batchNorm(ones([4]), null, null),
    "ShapeError",
    "batchNorm: x must be [n, c] or [n, c, ...]: it is [4]",
  ],
  [
    "padding of more dimensions than there are",
    () => f.pad(ones([3]), [1, 1, 1, 1]),
    "ShapeError",
    "pad: at most two whole numbers a dimension are needed, in pairs: x is [3], the padding is " +
    "[1, 1, 1, 1]",
  ],
  [
    "cutting off more than there is",
    () => f.pad(ones([3]), [-2, -2]),
    "ShapeError",
    "pad: no more can be cut off than there is: x is [3], the padding is [-2, -2]",
  ],
  [
    "a row that the table does not have",
    () => f.embedding(tensor(Int32Array.of(0, 4)), ones([4, 2])),
    "RangeError",
    "embedding: indices must be from 0 to 3: one of the 2 is not (position 1)",
  ],
  [
    "queries and keys of different lengths",
    () => f.scaledDotProductAttention(ones([2, 3]), ones([2, 4]), ones([2, 4])),
    "ShapeError",
    "scaledDotProductAttention: q must be [..., l, d], k [..., s, d] and v [..., s, e]: they are " +
    "[2, 3], [2, 4] and [2, 4]",
  ],
  [
    "smoothing beyond 1",
    () => f.crossEntropy(ones([1, 2]), tensor(Int32Array.of(0)), { labelSmoothing: 1.5 }),
    "RangeError",
    "crossEntropy: labelSmoothing must be a number from 0 to 1: it is 1.5",
  ],
  [
    "weights of another number of classes",
    () => f.crossEntropy(ones([1, 2]), tensor(Int32Array.of(0)), { weight: ones([3]) }),
    "ShapeError",
    "crossEntropy: the weight must be [2]: it is [3]",
  ],
  [
    "weights of another shape than the losses",
    () => f.huberLoss(ones([2, 3]), ones([2, 3]), { weight: ones([3]) }),
    "ShapeError",
    "huberLoss: input and weight must have the same shape: they are [2, 3] and [3]",
  ],
  [
    "blurring by a mode that has no filter",
    () => f.interpolate(ones([1, 1, 4, 4]), { size: 2, antialias: true }),
    "TypeError",
    'interpolate: antialias needs mode "bilinear", "bicubic" or "lanczos": the mode is "nearest"',
  ],
  [
    "Lanczos's filter that would not blur",
    () => f.interpolate(ones([1, 1, 4, 4]), { size: 2, mode: "lanczos" }),
    "TypeError",
    'interpolate: mode "lanczos" needs antialias: true, and no alignCorners',
  ],
  [
    "the diagonal of a box",
    () => ones([2, 3, 2]).fillDiagonal_(1),
    "ShapeError",
    "fillDiagonal_: a matrix or cube is needed: it is [2, 3, 2]",
  ],
];

for (const [what, call, name, message] of refused) {
  Deno.test(`${what}: refused with the rule and the shapes`, () => {
    scope(() => assert.throws(call, { name, message }));
  });
}
