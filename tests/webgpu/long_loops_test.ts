/**
 * Long rows, windows and chains. llvmpipe lets a thread turn 65,535 times in all its loops together and
 * goes on without a word, and a real GPU is taken away from a program whose call takes seconds: no
 * kernel may have a thread turn more often, whatever its operands are.
 */
import { cdist, functional as F, type Tensor, tensor } from "../../mod.ts";
import { assertNear, type Given, valuesOn } from "./both.ts";
import { gpuTest, variable } from "./running.ts";

/** Longer than a thread may turn. */
const LONG = 66_049; // 257²

interface Row {
  readonly given: readonly Given[];
  readonly op: (...inputs: Tensor[]) => Tensor;
  /** Of each list's largest value. Default: 1e-5. */
  readonly part?: number;
}

function row(
  shapes: readonly (readonly number[])[],
  op: Row["op"],
  part = 1e-5,
): Row {
  return { given: shapes.map((shape, i) => ({ shape, of: i + 1 })), op, part };
}

/** int32 [n], all the same. */
function same(like: Tensor, n: number, value: number): Tensor {
  return tensor(new Int32Array(n).fill(value), { dtype: "int32", device: like.device });
}

const ROWS: Readonly<Record<string, Row>> = {
  "sum of all": row([[LONG]], (x) => x.sum()),
  "sum of many columns": row([[2 * LONG, 3]], (x) => x.sum(0)),
  "mean of rows": row([[2, LONG]], (x) => x.mean(1)),
  "largest": row([[LONG]], (x) => x.max()),
  "largest of columns": row([[LONG, 2]], (x) => x.max(0).values),
  "product": row([[LONG]], (x) => x.mul(1e-3).add(1).prod(), 1e-3),
  "variance": row([[LONG, 2]], (x) => x.var(0)),
  "norm": row([[LONG]], (x) => x.norm()),
  "logsumexp": row([[1, LONG]], (x) => x.logsumexp(1)),
  "softmax": row([[1, LONG]], (x) => F.softmax(x, 1)),
  "logSoftmax": row([[2, LONG]], (x) => F.logSoftmax(x, 1)),
  "crossEntropy": row([[2, LONG]], (x) => F.crossEntropy(x, same(x, 2, LONG - 1))),
  "nllLoss": row([[LONG, 2]], (x) => F.nllLoss(x, same(x, LONG, 1))),
  "layerNorm": row([[1, LONG], [LONG], [LONG]], (x, w, b) => {
    return F.layerNorm(x, [LONG], { weight: w, bias: b });
  }),
  "layerNorm of many rows": row([[LONG, 2], [2], [2]], (x, w, b) => {
    return F.layerNorm(x, [2], { weight: w, bias: b });
  }, 1e-4),
  "batchNorm": row([[1, 1, 257, 257], [1], [1]], (x, weight, bias) => {
    return F.batchNorm(x, null, null, { weight, bias, training: true });
  }, 1e-4),
  "groupNorm": row([[1, 2, LONG]], (x) => F.groupNorm(x, 1), 1e-4),
  "cumsum of one line": row([[LONG]], (x) => x.cumsum(0), 1e-4),
  "cumsum of columns": row([[LONG, 2]], (x) => x.cumsum(0), 1e-4),
  "cumsum of many lines": row([[300, 1500]], (x) => x.cumsum(1)),
  "cummax": row([[LONG]], (x) => x.cummax(0).values),
  "logcumsumexp": row([[LONG]], (x) => x.logcumsumexp(0)),
  "sort": row([[LONG]], (x) => x.sort().values),
  "topk": row([[2, LONG]], (x) => x.topk(5).values),
  "median": row([[LONG]], (x) => x.median()),
  "kthvalue": row([[1, LONG]], (x) => x.kthvalue(LONG - 3).values),
  "indexSelect of one": row([[3, 2]], (x) => x.indexSelect(0, same(x, LONG, 1)), 1e-4),
  "embedding of one": row([[3, 2]], (x) => F.embedding(same(x, LONG, 2), x), 1e-4),
  "gather of one": row([[4]], (x) => x.gather(0, same(x, LONG, 2)), 1e-4),
  "scatterAdd to one": row([[3], [LONG]], (x, y) => x.scatterAdd(0, same(x, LONG, 1), y), 1e-4),
  "scatter's largest": row([[3], [LONG]], (x, y) => {
    return x.scatterReduce(0, same(x, LONG, 1), y, "amax");
  }),
  "indexPut": row([[3], [LONG]], (x, y) => {
    return x.indexPut([same(x, LONG, 1)], y, { accumulate: true });
  }, 1e-4),
  "a put by a mask": row([[LONG], [LONG]], (x, y) => {
    return x.indexPut([tensor(new Uint8Array(LONG).fill(1), { dtype: "bool" }).to(x.device)], y);
  }),
  "maskedScatter": row([[LONG], [LONG]], (x, y) => x.maskedScatter(x.gt(0.5), y)),
  "matmul": row([[2, LONG], [LONG, 2]], (a, b) => a.matmul(b), 1e-4),
  "linear of many rows": row([[LONG, 2], [3, 2], [3]], (x, w, b) => F.linear(x, w, b), 1e-4),
  "conv2d of many channels": row([[1, LONG, 1, 2], [2, LONG, 1, 1]], (x, w) => {
    return F.conv2d(x, w);
  }, 1e-4),
  "conv2d of a large image": row([[1, 1, 258, 258], [1, 1, 2, 2], [1]], (x, w, b) => {
    return F.conv2d(x, w, b);
  }, 1e-4),
  "maxPool2d": row([[1, 2, 257, 257]], (x) => F.maxPool2d(x, 257)),
  "maxPool2d whose windows overlap": row([[1, 1, 134, 536]], (x) => {
    return F.maxPool2d(x, [130, 530], { stride: 1 });
  }),
  "maxPool1d": row([[1, 1, LONG + 2]], (x) => F.maxPool1d(x, LONG, { stride: 1 })),
  "avgPool2d": row([[1, 2, 257, 257]], (x) => F.avgPool2d(x, 257)),
  "avgPool2d whose windows overlap": row([[1, 1, 134, 536]], (x) => {
    return F.avgPool2d(x, [130, 530], { stride: 1 });
  }),
  "avgPool1d": row([[1, 1, LONG + 2]], (x) => F.avgPool1d(x, LONG, { stride: 1 })),
  "adaptiveAvgPool2d": row([[1, 2, 300, 257]], (x) => F.adaptiveAvgPool2d(x, 1)),
  "adaptiveMaxPool2d": row([[1, 2, 300, 257]], (x) => F.adaptiveMaxPool2d(x, 1)),
  "adaptiveAvgPool3d": row([[1, 1, 41, 41, 41]], (x) => F.adaptiveAvgPool3d(x, 1)),
  "lpPool2d": row([[1, 1, 257, 257]], (x) => F.lpPool2d(x, 2, 257), 1e-4),
  "attention of many keys": row([[1, 1, 3, 4], [1, 1, 9000, 4], [1, 1, 9000, 4]], (q, k, v) => {
    return F.scaledDotProductAttention(q, k, v);
  }),
  "attention of long vectors": row([[1, 3, 2048], [1, 70, 2048], [1, 70, 2048]], (q, k, v) => {
    return F.scaledDotProductAttention(q, k, v);
  }),
  "attention of many queries": row([[1, 9000, 4], [1, 3, 4], [1, 3, 4]], (q, k, v) => {
    return F.scaledDotProductAttention(q, k, v, { isCausal: true });
  }, 1e-4),
  "ctcLoss": row([[300, 1, 5]], (x) => {
    const labels = tensor(Array.from({ length: 120 }, (_, i) => 1 + i % 4), {
      shape: [1, 120],
      dtype: "int32",
      device: x.device,
    });
    return F.ctcLoss(F.logSoftmax(x, 2), labels, [300], [120]);
  }, 1e-4),
  "cosineSimilarity": row([[1, LONG], [1, LONG]], (a, b) => F.cosineSimilarity(a, b)),
  "cdist": row([[1, 2, LONG], [1, 2, LONG]], (a, b) => cdist(a, b), 1e-4),
  "interpolate": row([[1, 1, 2, 2]], (x) => F.interpolate(x, { size: [257, 257] }), 1e-4),
  "expand": row([[2]], (x) => x.expand([LONG, 2]), 1e-4),
  "repeat": row([[2]], (x) => x.repeat([LONG]), 1e-4),
  "addition that broadcasts": row([[2], [LONG, 2]], (a, b) => a.add(b), 1e-4),
};

const only = variable("GLIM_ROWS");

gpuTest("long rows, windows and chains are the CPU's, whatever the op is", async () => {
  const failures: string[] = [];
  for (const [what, each] of Object.entries(ROWS)) {
    if (!what.includes(only)) continue;
    try {
      const expected = await valuesOn("cpu", each.given, each.op);
      assertNear(what, await valuesOn("webgpu", each.given, each.op), expected, each.part!);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  if (failures.length > 0) throw new Error(failures.join("\n"));
});
