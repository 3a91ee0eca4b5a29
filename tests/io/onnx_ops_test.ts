/** Every op that has operators in ONNX, alone. */
import { slice } from "../../src/ops/indexed.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import * as nn from "../../src/nn/mod.ts";
import { det } from "../../src/linalg/mod.ts";
import * as F from "../../src/ops/mod.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { uniformArray } from "../prng.ts";
import { testWith } from "../subprocess.ts";
import { checkExport, Lambda } from "./onnx_runtime.ts";

const matrix = tensor(uniformArray(9, 36), { shape: [6, 6] }).keep();
const positive = matrix.gt(0).keep();
const picks = tensor(new Int32Array([3, 0, 0])).keep();

const recurrent = { batchFirst: true };
const gru = new nn.GRU(6, 5, recurrent);
const lstm = new nn.LSTM(6, 5, { ...recurrent, bidirectional: true });
const rnn = new nn.RNN(6, 5, recurrent);
const kernel = tensor(uniformArray(3, 16), { shape: [2, 1, 2, 2, 2] }).keep();

/** Functions of x: [n, 4, 6], from −1 to 1. */
const functions: Record<string, (x: Tensor) => Tensor> = {
  "running products and extremes": (x) =>
    x.cumprod(1).add(x.cummax(2).values).sub(x.cummin(1).values),
  "medians and ranks": (x) => x.median(1).values.add(x.kthvalue(2, 1, false).values),
  "any and all": (x) =>
    F.stack([x.gt(0).any(1), x.gt(-0.9).all(1), x.add(2).all(1), x.mul(0).any(1)], 1),
  "angles, signs and the other where one is NaN": (x) => {
    const [y, z] = [
      x.narrow(1, 0, 2).mul(3).round().add(0),
      x.narrow(1, 2, 2).mul(2).round().add(0),
    ];
    const nan = F.where(y.eq(0), NaN, y);
    return F.stack([F.atan2(y, z), F.copysign(y, z), F.fmax(nan, z), F.fmin(z, nan)], 1);
  },
  "remainders and quotients": (x) =>
    F.remainder(x, 0.3).add(F.fmod(x, -0.3)).add(F.div(x, 0.3, { roundingMode: "trunc" }))
      .add(F.logaddexp2(x, 0.5)),
  "remainders and quotients of integers": (x) => {
    const i = x.mul(20).to("int32");
    const parts = [
      i.remainder(7),
      i.fmod(-7),
      i.floorDivide(7),
      i.div(7, { roundingMode: "trunc" }),
    ];
    return F.stack([...parts, F.fmax(i, 2), F.fmin(i, 2)], 1);
  },
  "diagonals and a bilinear form": (x) =>
    F.bilinear(
      x,
      x,
      kernel.reshape(1, 4, 4).expand(6, 4, 4).reshape(16, 6).narrow(0, 0, 12)
        .reshape(2, 6, 6),
    ).add(x.diagonal(1, 1, 2).sum(1).reshape(-1, 1, 1)),
  "numbers on either side": (x) => F.sub(2, x).add(1).mul(F.div(1, x.abs().add(1))).div(3),
  "powers": (x) => x.abs().pow(1.5).add(F.pow(2, x)).sub(x.abs().pow(x)).add(x.pow(2)),
  "maximum and minimum": (x) => x.maximum(-0.5).minimum(x.neg()).maximum(F.minimum(0.2, x)),
  "broadcasting": (x) => x.add(matrix.select(0, 1)).mul(x.narrow(1, 0, 1)).div(matrix.sum()),
  "integers": (x) => x.mul(9).to("int32").mul(3).add(x.gt(0)).maximum(-4).sub(F.sub(1, x.lt(0))),
  "exp, log and sqrt": (x) => x.exp().add(x.abs().add(0.1).log()).sub(x.abs().sqrt()),
  "activations": (x) => x.relu().add(x.tanh()).mul(x.sigmoid()),
  "gelu, silu and leaky relu": (x) =>
    F.gelu(x).add(F.gelu(x, { approximate: "tanh" })).add(F.silu(x)).add(F.leakyRelu(x, 0.2)),
  "reciprocal, sign and square": (x) => x.abs().add(0.5).reciprocal().add(x.sign()).mul(x.square()),
  "clamp": (x) =>
    x.clamp({ min: 0 }).add(x.clamp({ max: 0.5 })).add(x.clamp({ min: -0.1, max: 0.1 })),
  "softmax": (x) => x.softmax(-1).add(x.softmax(1)).add(x.logSoftmax(1)).add(x.logSoftmax(2)),
  "comparisons of floats": (x) =>
    F.stack([x.gt(0), x.lt(x.neg()), x.ge(0.5), x.le(matrix.select(0, 0)), x.eq(0), x.ne(x)], 1),
  "comparisons of integers": (x) => {
    const i = x.mul(3).to("int32");
    return F.cat([i.gt(0), i.eq(1), i.ne(-1), F.le(i, i.neg())], 2);
  },
  "where": (x) =>
    F.where(positive.narrow(0, 0, 4), x, -1).add(
      x.where(x.gt(0), matrix.select(1, 2).unsqueeze(0).narrow(1, 0, 1)),
    ),
  "types": (x) =>
    x.mul(5).to("int32").to("float32").add(x.abs().mul(9).to("uint8")).add(x.to("bool")),
  "copies": (x) => x.clone().detach().transpose(1, 2).contiguous().add(1),
  "reshape": (x) => x.reshape(-1, 6).add(1).reshape(x.shape[0]!, 2, 12).mul(2).reshape(-1),
  "shapes with two lengths of the batch": (x) => {
    const rows = x.flatten(1);
    return rows.matmul(rows.t()).reshape(x.shape[0]!, x.shape[0]!, 1).mul(2);
  },
  "squeeze and unsqueeze": (x) =>
    x.unsqueeze(1).narrow(2, 1, 1).squeeze(2).squeeze(1).unsqueeze(-1),
  "permute": (x) => x.permute(2, 0, 1).unsqueeze(1).permute(2, 1, 3, 0),
  "index": (x) =>
    F.cat([
      x.index([slice(), slice(null, -1, 2), [0, 2, -1]]),
      x.index([slice(), slice(1, 3), slice(-3)]),
      x.index(["...", 1, null]).index([slice(), [true, true, false, false]]).expand(-1, 2, 3),
    ], 1),
  "transposed convolutions": (x) => {
    const image = x.reshape(-1, 2, 3, 4);
    const turned = F.convTranspose2d(image, kernel.select(2, 0), null, { padding: 1, stride: 1 });
    const wide = { stride: [2, 1], padding: [1, 0], outputPadding: [1, 0], groups: 2 } as const;
    const apart = F.convTranspose2d(
      image,
      kernel.select(2, 1),
      matrix.select(0, 0).narrow(0, 0, 2),
      wide,
    );
    return F.cat([turned.flatten(1), apart.flatten(1)], 1);
  },
  "narrow and select": (x) => x.narrow(1, 1, 3).narrow(2, 2, 2).select(1, -1),
  "the first sample": (x) => x.select(0, 0),
  "expand": (x) => x.unsqueeze(1).expand(-1, 3, 4, 6).narrow(1, 1, 1),
  "a token for each sample": (x) =>
    F.cat([matrix.select(0, 0).reshape(1, 1, 6).expand(x.shape[0]!, 1, 6), x], 1),
  "zeros for each sample": (x) => F.cat([zeros([x.shape[0]!, 2, 6]), x], 1),
  "joins": (x) => F.stack([x, x.neg()], 2).add(F.cat([x, x], 0).narrow(0, 0, 1).unsqueeze(2)),
  "pad": (x) => F.pad(x, [1, 2, 0, 1], 0.5).add(F.pad(x, [4, -1, -1, 2])),
  "sums": (x) => x.sum(1).add(x.sum([0, 1])).add(x.sum()).add(x.sum([0, 2], true).sum(1).squeeze()),
  "sums of bools": (x) => x.gt(0).sum(2),
  "means": (x) => x.mean(-1, true).add(x.mean([1, 2], true)).add(x.unsqueeze(1).mean(1)),
  "extremes": (x) => x.amax(1).sub(x.amin([1, 2], true).squeeze(1)).add(x.max(1).values),
  "where extremes stand": (x) => x.argmax(2).add(x.argmin(2, true).sum(1)).add(x.max(-1).indices),
  "flips": (x) => F.flip(x, [0, -1]).add(F.fliplr(x)),
  "picking": (x) => x.indexSelect(1, picks).add(x.gather(1, x.narrow(1, 0, 3).gt(0).to("int32"))),
  "products": (x) => x.matmul(matrix).add(x.matmul(x.transpose(1, 2)).matmul(x)),
  "products that broadcast": (x) => x.unsqueeze(1).matmul(matrix.expand(2, 6, 6)),
  "products with vectors": (x) => x.matmul(matrix.select(0, 3)),
  "linear": (x) => F.linear(x, matrix, matrix.select(0, 2)).add(F.linear(x, matrix)),
  "attention": (x) => F.scaledDotProductAttention(x, x, x, { isCausal: true }),
  "attention with masks": (x) => {
    const y = x.transpose(1, 2);
    return F.scaledDotProductAttention(y, y, y, { attnMask: F.where(positive, 0, -0.5), scale: 2 })
      .add(F.scaledDotProductAttention(y, y, y, { attnMask: positive }));
  },
  "attention of queries that may see nothing": (x) => {
    const row = matrix.narrow(0, 0, 4).narrow(1, 0, 1).gt(matrix.narrow(0, 0, 4).amin());
    return F.scaledDotProductAttention(x, x, x, { attnMask: row.expand([4, 4]) });
  },
  "attention of heads in groups": (x) => {
    const [q, k] = [x.reshape(-1, 4, 2, 3), x.narrow(1, 1, 2).reshape(-1, 2, 2, 3)];
    return F.scaledDotProductAttention(q, k, k, { enableGqa: true, isCausal: true });
  },
  "powers of integers, and roots": (x) =>
    x.mul(3).to("int32").pow(2).add(x.abs().pow(0.5)).add(x.abs().add(1).pow(-0.5)),
  "what a device may do in one walk": (x) =>
    F.glu(x, 1).sum(1, true).add(F.lerp(x, x.neg(), 0.3)).add(F.addcmul(x, x, x, 0.5))
      .add(x.pow(3)).add(x.mul(3).to("int32").neg().abs().to("float32")),
  "extremes and choices of bytes": (x) => {
    const bytes = x.gt(0).to("uint8");
    const chosen = F.where(x.gt(0.5), bytes, bytes.to("int32").mul(0).to("uint8"));
    return bytes.amax(1).add(bytes.min()).add(chosen.sum(1)).to("float32").add(x.sum(1));
  },
  "convolution": (x) => F.conv2d(x.unsqueeze(1), matrix.narrow(1, 0, 4).reshape(6, 1, 2, 2)),
  "normalisation": (x) =>
    F.layerNorm(x, [4, 6]).add(F.layerNorm(x, 6, { weight: matrix.select(0, 1) })),
  "dropout in evaluation": (x) => F.dropout(x, 0.5, false),
  "activations of every kind": (x) => {
    const y = F.softplus(x, { beta: 2, threshold: 0.5 }).add(F.elu(x, 0.7)).add(F.selu(x)).add(
      F.celu(x, 0.4),
    ).add(F.mish(x));
    const z = F.hardswish(x).add(F.hardsigmoid(x)).add(F.relu6(x)).add(F.hardtanh(x, -0.2, 0.1));
    return y.add(z).add(F.logsigmoid(x)).add(F.softsign(x)).add(F.threshold(x, 0.1, 2));
  },
  "angles and errors": (x) =>
    x.sin().add(x.cos()).add(x.tan()).add(x.asin()).add(x.acos()).add(x.atan()).add(x.sinh())
      .add(x.cosh()).add(x.erf()).add(x.floor()).add(x.ceil()).add(x.round()),
  "running sums": (x) => x.cumsum(1).add(x.cumsum(-1)).add(x.cumsum(0).mul(0)),
  "orders": (x) => {
    const { values, indices } = x.topk(2, 1);
    const sorted = x.sort(2, true).values.narrow(1, 0, 2);
    return values.add(indices).add(sorted).add(x.argsort(2).narrow(1, 0, 2));
  },
  "scattering": (x) => {
    const at = x.narrow(1, 0, 2).gt(0).to("int32");
    return F.scatter(x, 1, at, 2).add(F.scatterAdd(x, 1, at, x.narrow(1, 1, 2)));
  },
  "moments and norms": (x) =>
    x.std(1).add(x.var(1, { correction: 0 })).add(x.norm(2, 1)).add(x.norm(1, 1)).add(x.norm(3, 1))
      .add(F.normalize(x, { dim: 2 }).sum(1)).add(x.logsumexp(1)).add(x.prod(1))
      .add(F.cosineSimilarity(x, x.neg().add(1), { dim: 1 })),
  "einsum": (x) => F.einsum("nij,nkj->nik", x, x).add(F.einsum("nij->ni", x).unsqueeze(2)),
  "tile, roll and triangles": (x) =>
    F.tile(x, [1, 2, 1]).narrow(1, 2, 4).add(F.roll(x, 1, 1)).add(F.tril(x)).add(F.triu(x, 1)),
  "padding of every mode": (x) =>
    F.pad(x, [2, 1], { mode: "reflect" }).add(F.pad(x, [2, 1], { mode: "replicate" }))
      .add(F.pad(x, [2, 1], { mode: "circular" })),
  "windows": (x) =>
    F.unfold(x.unsqueeze(1), 2).sum(2).add(x.unfold(2, 3, 1).sum([1, 2, 3], true).squeeze(3)),
  "enlarging": (x) => F.interpolate(x.unsqueeze(1), { scaleFactor: 2, mode: "nearest" }),
  "shrinking that blurs": (x) =>
    F.interpolate(x.unsqueeze(1), { size: [3, 2], mode: "bicubic", antialias: true }),
  "bounds that are tensors": (x) => x.clamp({ min: matrix.select(0, 1), max: x.mul(2).abs() }),
  "classes": (x) => F.oneHot(x.gt(0).to("int32").sum(1), 5),
  "logic": (x) => x.gt(0).logicalAnd(x.lt(0.5)).logicalOr(x.lt(-0.5)).logicalXor(x.gt(0.2)),
  "logarithms": (x) => F.logaddexp(x, 1).add(F.xlogy(x.abs(), x.abs().add(0.1))),
  "groups": (x) => F.groupNorm(x, 2).add(F.instanceNorm(x)).add(F.rmsNorm(x, [6])),
  "recurrent layers": (x) => {
    const [y] = gru.forward(x);
    const [z] = lstm.forward(x);
    return y.add(z.narrow(2, 0, 5)).add(rnn.forward(x)[0]);
  },
  "bits of bools": (x) => x.gt(0).bitwiseAnd(x.lt(0.5)).bitwiseXor(x.lt(-0.5)).bitwiseOr(x.gt(0.9)),
  "running logarithms of sums": (x) => x.mul(3).logcumsumexp(1),
  "bags of rows": (x) => {
    const at = x.narrow(2, 0, 3).select(1, 0).mul(3).abs().to("int32");
    const bag = (mode: "sum" | "mean" | "max") => F.embeddingBag(at, matrix, { mode });
    return bag("sum").add(bag("mean")).add(bag("max"));
  },
  "folds": (x) =>
    F.fold(x, [3, 4], 2).add(
      F.fold(x, [4, 6], 2, { stride: [2, 2], dilation: 1 })
        .narrow(2, 0, 3).narrow(3, 0, 4),
    ),
  "images at places of a grid": (x) => {
    const grid = F.affineGrid(x.narrow(1, 0, 1).reshape(-1, 2, 3), [x.shape[0]!, 1, 3, 3]);
    const image = x.reshape(-1, 2, 3, 4);
    return F.gridSample(image, grid).add(F.gridSample(image, grid, { paddingMode: "reflection" }));
  },
  "determinants": (x) => det(x.narrow(2, 0, 4)),
  "volumes": (x) =>
    F.maxPool3d(F.conv3d(x.reshape(-1, 1, 2, 3, 4), kernel, null, { padding: 1 }), 2),
  "the input itself": (x) => x,
  "a constant": () => matrix,
};

for (const [name, f] of Object.entries(functions)) {
  testWith(
    ["read"],
    `ONNX Runtime computes ${name} as Glim does`,
    () =>
      checkExport(
        name,
        new Lambda(f),
        (n) => tensor(uniformArray(n, 24 * n), { shape: [n, 4, 6] }),
      ),
  );
}
