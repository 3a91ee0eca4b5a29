/**
 * An example for each name whose comment has none. `console.log(…); // text` means that it prints
 * that text: tests/docs_test.ts holds each of them to it.
 *
 * @module
 */
import {
  arange,
  data,
  DataError,
  DivergedError,
  DTypeError,
  empty,
  eye,
  fromTypedArray,
  full,
  functional,
  Generator,
  getDefaultDevice,
  getKernelBuild,
  getKernelHash,
  getNumThreads,
  GradientError,
  io,
  isGradEnabled,
  lrScheduler,
  manualSeed,
  memory,
  metrics,
  nn,
  noGrad,
  ones,
  onesLike,
  optim,
  OutOfMemoryError,
  Parameter,
  rand,
  randn,
  ReleasedError,
  scope,
  setDefaultDevice,
  setKernelBuild,
  setNumThreads,
  ShapeError,
  type Tensor,
  tensor,
  train,
  VERSION,
  zeros,
  zerosLike,
} from "@glim/glim";

/** Programs by the name that they show. */
export const examples: Record<string, () => void | Promise<void>> = {
  arange() {
    console.log(arange(4).toArray()); // [0, 1, 2, 3]
    console.log(arange(1, 2, 0.25).toArray()); // [1, 1.25, 1.5, 1.75]
  },
  empty() {
    const x = empty([2, 3]).fill_(7); // what it holds before is left over from others
    console.log(x.toArray()); // [[7, 7, 7], [7, 7, 7]]
  },
  eye() {
    console.log(eye(2).toArray()); // [[1, 0], [0, 1]]
    console.log(eye(2, 3).toArray()); // [[1, 0, 0], [0, 1, 0]]
  },
  fromTypedArray() {
    const x = fromTypedArray(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]);
    console.log(x.toArray()); // [[1, 2, 3], [4, 5, 6]]
  },
  full() {
    console.log(full([2, 2], 0.5).toArray()); // [[0.5, 0.5], [0.5, 0.5]]
    console.log(full([2], 7, { dtype: "int32" })); // tensor([7, 7], dtype: int32)
  },
  ones() {
    console.log(ones([2, 3]).toArray()); // [[1, 1, 1], [1, 1, 1]]
  },
  onesLike() {
    console.log(onesLike(tensor([4, 5])).toArray()); // [1, 1]
  },
  rand() {
    manualSeed(1);
    console.log(rand([10_000]).mean().item().toFixed(1)); // 0.5
  },
  randn() {
    manualSeed(1);
    const x = randn([10_000]);
    console.log(x.abs().max().item() > 3, x.square().mean().item().toFixed(1)); // true 1.0
  },
  zeros() {
    console.log(zeros([2]).toArray(), zeros([]).item()); // [0, 0] 0
    console.log(zeros([2], { dtype: "bool" })); // tensor([false, false], dtype: bool)
  },
  zerosLike() {
    console.log(zerosLike(tensor([[1, 2]])).toArray()); // [[0, 0]]
  },
  isGradEnabled() {
    console.log(isGradEnabled(), noGrad(() => isGradEnabled())); // true false
  },
  Parameter() {
    class Scale extends nn.Module {
      factor = new Parameter(ones([3]));
      override forward(x: Tensor) {
        return x.mul(this.factor);
      }
    }
    console.log([...new Scale().namedParameters()].map(([name]) => name)); // ["factor"]
  },
  memory() {
    const before = memory().liveBytes;
    const x = zeros([1000]);
    console.log(memory().liveBytes - before >= 4000); // true
    x[Symbol.dispose]();
    console.log(memory().liveBytes === before); // true
  },
  scope() {
    const norm = scope(() => {
      const squares = tensor([3, 4]).square(); // released at the end
      return squares.sum().sqrt(); // what is returned is not
    });
    console.log(norm.item()); // 5
  },
  getDefaultDevice() {
    console.log(getDefaultDevice()); // cpu
  },
  setDefaultDevice() {
    setDefaultDevice("reference"); // plain TypeScript in float64
    console.log(ones([2]).device); // reference
    setDefaultDevice("cpu");
  },
  Generator() {
    const [a, b] = [new Generator(1), new Generator(1)]; // as augmentations are given one
    console.log(String(a.next().stream) === String(b.next().stream)); // true
  },
  manualSeed() {
    manualSeed(1);
    const first = rand([3]).toArray();
    manualSeed(1);
    console.log(String(first) === String(rand([3]).toArray())); // true
  },
  getKernelBuild() {
    console.log(["fast", "strict", "wide"].includes(getKernelBuild())); // true
  },
  getKernelHash() {
    console.log(getKernelHash().length); // 8
  },
  setKernelBuild() {
    const before = getKernelBuild();
    setKernelBuild("strict"); // the same bits in every engine
    console.log(getKernelBuild()); // strict
    setKernelBuild(before);
  },
  DataError() {
    try {
      io.decodeSafetensors(new Uint8Array(3));
    } catch (error) {
      console.log(error instanceof DataError); // true
    }
  },
  DivergedError() {
    const error = new DivergedError("fit: the loss is NaN in epoch 0, step 3");
    console.log(error.name); // DivergedError
  },
  DTypeError() {
    try {
      tensor([1, 2], { dtype: "int64" }).exp();
    } catch (error) {
      console.log(error instanceof DTypeError); // true
    }
  },
  GradientError() {
    try {
      tensor([1, 2]).sum().backward();
    } catch (error) {
      console.log(error instanceof GradientError); // true
    }
  },
  OutOfMemoryError() {
    try {
      zeros([2 ** 31]);
    } catch (error) {
      console.log(error instanceof OutOfMemoryError); // true
    }
  },
  ReleasedError() {
    const x = ones([2]);
    x[Symbol.dispose]();
    try {
      x.toArray();
    } catch (error) {
      console.log(error instanceof ReleasedError); // true
    }
  },
  ShapeError() {
    try {
      ones([2, 3]).matmul(ones([2, 3]));
    } catch (error) {
      console.log(error instanceof ShapeError, (error as Error).message); // true matmul: inner dimensions must agree: a is [2, 3], b is [2, 3]
    }
  },
  VERSION() {
    console.log(VERSION.split(".").length); // 3
  },
  getNumThreads() {
    console.log(getNumThreads() >= 1); // true
  },
  setNumThreads() {
    const before = getNumThreads();
    setNumThreads(1); // results have the same bits for any number
    console.log(getNumThreads()); // 1
    setNumThreads(before);
  },
  "functional.add"() {
    const x = tensor([1, 2, 3]);
    console.log(x.add(10).toArray()); // [11, 12, 13]
    console.log(functional.add(x, tensor([[0], [1]])).toArray()); // [[1, 2, 3], [2, 3, 4]]
  },
  "functional.amax"() {
    console.log(tensor([[1, 5], [4, 2]]).amax(1).toArray()); // [5, 4]
  },
  "functional.amin"() {
    console.log(tensor([[1, 5], [4, 2]]).amin(0).toArray()); // [1, 2]
  },
  "functional.argmax"() {
    console.log(tensor([[1, 5], [4, 2]]).argmax(1).toArray()); // [1, 0]
    console.log(tensor([[1, 5], [4, 2]]).argmax().item()); // 1
  },
  "functional.argmin"() {
    console.log(tensor([[1, 5], [4, 2]]).argmin(1).toArray()); // [0, 1]
  },
  "functional.cat"() {
    console.log(functional.cat([tensor([[1, 2]]), tensor([[3, 4]])]).toArray()); // [[1, 2], [3, 4]]
    console.log(functional.cat([tensor([[1, 2]]), tensor([[3, 4]])], 1).toArray()); // [[1, 2, 3, 4]]
  },
  "functional.clamp"() {
    console.log(tensor([-2, 0.5, 9]).clamp({ min: 0, max: 1 }).toArray()); // [0, 0.5, 1]
  },
  "functional.clone"() {
    const x = tensor([1, 2]);
    const copy = x.clone();
    x.fill_(0);
    console.log(copy.toArray()); // [1, 2]
  },
  "functional.detach"() {
    const x = tensor([1, 2], { requiresGrad: true });
    console.log(x.mul(2).requiresGrad, x.mul(2).detach().requiresGrad); // true false
  },
  "functional.div"() {
    console.log(tensor([1, 2, 3]).div(2).toArray()); // [0.5, 1, 1.5]
  },
  "functional.eq"() {
    console.log(tensor([1, 2, 3]).eq(2).toArray()); // [false, true, false]
  },
  "functional.ne"() {
    console.log(tensor([1, 2, 3]).ne(2).toArray()); // [true, false, true]
  },
  "functional.gt"() {
    console.log(tensor([1, 2, 3]).gt(2).toArray()); // [false, false, true]
  },
  "functional.ge"() {
    console.log(tensor([1, 2, 3]).ge(2).toArray()); // [false, true, true]
  },
  "functional.lt"() {
    console.log(tensor([1, 2, 3]).lt(2).toArray()); // [true, false, false]
  },
  "functional.le"() {
    console.log(tensor([1, 2, 3]).le(2).toArray()); // [true, true, false]
  },
  "functional.flatten"() {
    console.log(ones([2, 3, 4]).flatten(1).shape); // [2, 12]
  },
  "functional.gather"() {
    const scores = tensor([[0.1, 0.9], [0.8, 0.2]]);
    const labels = tensor([[1], [0]], { dtype: "int32" });
    console.log(scores.gather(1, labels).mul(10).toArray()); // [[9], [8]]
  },
  "functional.indexSelect"() {
    const rows = tensor([2, 0], { dtype: "int32" });
    console.log(tensor([[1, 2], [3, 4], [5, 6]]).indexSelect(0, rows).toArray()); // [[5, 6], [1, 2]]
  },
  "functional.logSoftmax"() {
    console.log(tensor([[0, 0]]).logSoftmax(1).exp().toArray()); // [[0.5, 0.5]]
  },
  "functional.softmax"() {
    console.log(tensor([[1, 1, 1, 1]]).softmax(1).toArray()); // [[0.25, 0.25, 0.25, 0.25]]
  },
  "functional.matmul"() {
    console.log(tensor([[1, 2], [3, 4]]).matmul(tensor([[1], [10]])).toArray()); // [[21], [43]]
    console.log(ones([8, 2, 3]).matmul(ones([3, 4])).shape); // [8, 2, 4]
  },
  "functional.max"() {
    const x = tensor([[1, 5], [4, 2]]);
    console.log(x.max().item()); // 5
    const { values, indices } = x.max(1);
    console.log(values.toArray(), indices.toArray()); // [5, 4] [1, 0]
  },
  "functional.min"() {
    const x = tensor([[1, 5], [4, 2]]);
    console.log(x.min().item(), x.min(0).values.toArray()); // 1 [1, 2]
  },
  "functional.maximum"() {
    console.log(tensor([1, 5]).maximum(tensor([3, 2])).toArray()); // [3, 5]
  },
  "functional.minimum"() {
    console.log(tensor([1, 5]).minimum(3).toArray()); // [1, 3]
  },
  "functional.mean"() {
    const x = tensor([[1, 2], [3, 4]]);
    console.log(x.mean().item(), x.mean(0).toArray()); // 2.5 [2, 3]
  },
  "functional.sum"() {
    const x = tensor([[1, 2], [3, 4]]);
    console.log(x.sum().item(), x.sum(1).toArray()); // 10 [3, 7]
    console.log(x.sum([0, 1], true).shape); // [1, 1]
  },
  "functional.mul"() {
    console.log(tensor([1, 2]).mul(tensor([10, 100])).toArray()); // [10, 200]
  },
  "functional.sub"() {
    console.log(tensor([5, 6]).sub(1).toArray()); // [4, 5]
  },
  "functional.neg"() {
    console.log(tensor([1, -2]).neg().toArray()); // [-1, 2]
  },
  "functional.pow"() {
    console.log(tensor([1, 2, 3]).pow(2).toArray(), functional.pow(2, tensor([3])).toArray()); // [1, 4, 9] [8]
  },
  "functional.narrow"() {
    console.log(arange(6).narrow(0, 2, 3).toArray()); // [2, 3, 4]
  },
  "functional.select"() {
    console.log(tensor([[1, 2], [3, 4]]).select(0, 1).toArray()); // [3, 4]
  },
  "functional.permute"() {
    console.log(ones([2, 3, 4]).permute([2, 0, 1]).shape); // [4, 2, 3]
  },
  "functional.reshape"() {
    console.log(arange(6).reshape([2, -1]).toArray()); // [[0, 1, 2], [3, 4, 5]]
  },
  "functional.squeeze"() {
    console.log(ones([1, 2, 1]).squeeze().shape, ones([1, 2, 1]).squeeze(0).shape); // [2] [2, 1]
  },
  "functional.unsqueeze"() {
    console.log(ones([2, 3]).unsqueeze(1).shape); // [2, 1, 3]
  },
  "functional.stack"() {
    console.log(functional.stack([tensor([1, 2]), tensor([3, 4])]).toArray()); // [[1, 2], [3, 4]]
  },
  "functional.t"() {
    console.log(tensor([[1, 2], [3, 4]]).t().toArray()); // [[1, 3], [2, 4]]
  },
  "functional.transpose"() {
    console.log(ones([2, 3, 4]).transpose(0, 2).shape); // [4, 3, 2]
  },
  "functional.expand"() {
    console.log(tensor([[1], [2]]).expand([2, 3]).toArray()); // [[1, 1, 1], [2, 2, 2]]
  },
  "functional.where"() {
    const x = tensor([-1, 2]);
    console.log(functional.where(x.gt(0), x, 0).toArray()); // [0, 2]
  },
  "functional.abs"() {
    console.log(tensor([-1, 2]).abs().toArray()); // [1, 2]
  },
  "functional.exp"() {
    console.log(tensor([0, 1]).exp()); // tensor([1.0000, 2.7183])
  },
  "functional.log"() {
    console.log(tensor([1, Math.E]).log().toArray()); // [0, 1]
  },
  "functional.reciprocal"() {
    console.log(tensor([2, 4]).reciprocal().toArray()); // [0.5, 0.25]
  },
  "functional.relu"() {
    console.log(tensor([-1, 2]).relu().toArray()); // [0, 2]
  },
  "functional.sigmoid"() {
    console.log(tensor([0]).sigmoid().item()); // 0.5
  },
  "functional.sign"() {
    console.log(tensor([-3, 0, 2]).sign().toArray()); // [-1, 0, 1]
  },
  "functional.sqrt"() {
    console.log(tensor([4, 9]).sqrt().toArray()); // [2, 3]
  },
  "functional.square"() {
    console.log(tensor([2, -3]).square().toArray()); // [4, 9]
  },
  "functional.tanh"() {
    console.log(tensor([0, 100]).tanh().toArray()); // [0, 1]
  },
  "functional.silu"() {
    console.log(functional.silu(tensor([0, 100])).toArray()); // [0, 100]
  },
  "functional.gelu"() {
    console.log(functional.gelu(tensor([0, 1]))); // tensor([0.0000, 0.8413])
    console.log(functional.gelu(tensor([0, 1]), { approximate: "tanh" })); // tensor([0.0000, 0.8412])
  },
  "functional.leakyRelu"() {
    console.log(functional.leakyRelu(tensor([-4, 2]), 0.25).toArray()); // [-1, 2]
  },
  "functional.to"() {
    console.log(tensor([1.7, -1.7]).to("int32")); // tensor([ 1, -1], dtype: int32)
  },
  "functional.dropout"() {
    manualSeed(1);
    const kept = functional.dropout(ones([1000]), 0.5, true);
    console.log(kept.max().item(), kept.mean().item() > 0.9); // 2 true
    console.log(functional.dropout(ones([2]), 0.5, false).toArray()); // [1, 1]
  },
  "functional.adaptiveAvgPool2d"() {
    console.log(functional.adaptiveAvgPool2d(ones([8, 3, 13, 17]), 1).shape); // [8, 3, 1, 1]
  },
  "functional.avgPool2d"() {
    const x = tensor([[[1, 2], [3, 4.5]]]);
    console.log(functional.avgPool2d(x, 2).toArray()); // [[[2.625]]]
  },
  "functional.maxPool2d"() {
    const x = tensor([[[1, 2], [3, 4]]]);
    console.log(functional.maxPool2d(x, 2).toArray()); // [[[4]]]
    console.log(functional.maxPool2d(ones([1, 8, 28, 28]), 3, { stride: 2, padding: 1 }).shape); // [1, 8, 14, 14]
  },
  "functional.conv2d"() {
    const x = ones([1, 3, 28, 28]);
    console.log(functional.conv2d(x, ones([8, 3, 5, 5]), zeros([8]), { padding: 2 }).shape); // [1, 8, 28, 28]
    console.log(functional.conv2d(x, ones([8, 3, 3, 3]), null, { stride: 2 }).shape); // [1, 8, 13, 13]
  },
  "functional.batchNorm"() {
    const y = functional.batchNorm(tensor([[1], [3]]), null, null, { training: true });
    console.log(y.flatten()); // tensor([-1.0000,  1.0000])
  },
  "functional.layerNorm"() {
    console.log(functional.layerNorm(tensor([[1, 3]]), 2)); // tensor([[-1.0000,  1.0000]])
  },
  "functional.pad"() {
    console.log(functional.pad(tensor([[1, 2]]), [1, 0, 0, 1]).toArray()); // [[0, 1, 2], [0, 0, 0]]
  },
  "functional.shiftImages"() {
    console.log(functional.shiftImages(tensor([[1, 2], [3, 4]]), 1, 0).toArray()); // [[0, 0], [1, 2]]
  },
  "functional.embedding"() {
    const table = tensor([[0, 0], [1, 10], [2, 20]]);
    console.log(functional.embedding(tensor([2, 1], { dtype: "int32" }), table).toArray()); // [[2, 20], [1, 10]]
  },
  "functional.attend"() {
    const x = randn([2, 4, 10, 16]); // samples, heads, positions, features
    const y = functional.attend(x, x, x, { isCausal: true, keyLengths: [10, 7] });
    console.log(y.shape); // [2, 4, 10, 16]
  },
  "functional.rmsNorm"() {
    console.log(functional.rmsNorm(tensor([[3.5, 3.5]]), 2)); // tensor([[1., 1.]])
  },
  "functional.rotary"() {
    const x = tensor([[1.5, 0]]); // one position, one pair, turned by a right angle
    console.log(functional.rotary(x, tensor([[0.0001]]), tensor([[0.9999]])).shape); // [1, 2]
  },
  "functional.swiglu"() {
    console.log(functional.swiglu(tensor([2.5]), tensor([0.5]))); // tensor([0.7781])
  },
  "functional.selfAttention"() {
    const y = functional.selfAttention(randn([2, 10, 3 * 16]), 4, { isCausal: true });
    console.log(y.shape); // [2, 10, 16]
  },
  "functional.scaledDotProductAttention"() {
    const x = randn([8, 4, 10, 16]); // samples, heads, positions, features
    const y = functional.scaledDotProductAttention(x, x, x, { isCausal: true });
    console.log(y.shape); // [8, 4, 10, 16]
  },
  "functional.linear"() {
    const w = tensor([[1, 2], [3, 4]]);
    console.log(functional.linear(tensor([[1, 1]]), w, tensor([0, 10])).toArray()); // [[3, 17]]
  },
  "functional.crossEntropy"() {
    const logits = tensor([[0, 0], [0, 0]]);
    const labels = tensor([0, 1], { dtype: "int32" });
    console.log(functional.crossEntropy(logits, labels).item().toFixed(4)); // 0.6931
  },
  "functional.nllLoss"() {
    const labels = tensor([1], { dtype: "int32" });
    console.log(functional.nllLoss(tensor([[-3, -0.5]]), labels).item()); // 0.5
  },
  "functional.mseLoss"() {
    console.log(functional.mseLoss(tensor([1, 2]), tensor([1, 4])).item()); // 2
    console.log(functional.mseLoss(tensor([1, 2]), tensor([1, 4]), { reduction: "sum" }).item()); // 4
  },
  "functional.add_"() {
    const x = tensor([1, 2]);
    x.add_(tensor([10, 10]), 2);
    console.log(x.toArray()); // [21, 22]
  },
  "functional.sub_"() {
    console.log(tensor([1, 2]).sub_(1).toArray()); // [0, 1]
  },
  "functional.mul_"() {
    console.log(tensor([1, 2]).mul_(3).toArray()); // [3, 6]
  },
  "functional.copy_"() {
    console.log(zeros([2, 2]).copy_(tensor([1, 2])).toArray()); // [[1, 2], [1, 2]]
  },
  "functional.fill_"() {
    console.log(zeros([2]).fill_(7).toArray()); // [7, 7]
  },
  "functional.zero_"() {
    console.log(ones([2]).zero_().toArray()); // [0, 0]
  },
  "functional.contiguous"() {
    const x = tensor([[1, 2], [3, 4]]).t();
    console.log(functional.contiguous(x) === x, functional.contiguous(x).toArray()); // false [[1, 3], [2, 4]]
  },
  "nn.GELU"() {
    console.log(new nn.GELU().forward(tensor([0, 1]))); // tensor([0.0000, 0.8413])
  },
  "nn.LeakyReLU"() {
    console.log(new nn.LeakyReLU(0.25).forward(tensor([-4, 2])).toArray()); // [-1, 2]
  },
  "nn.LogSoftmax"() {
    console.log(new nn.LogSoftmax(1).forward(tensor([[0, 0]])).exp().toArray()); // [[0.5, 0.5]]
  },
  "nn.ReLU"() {
    console.log(new nn.ReLU().forward(tensor([-1, 2])).toArray()); // [0, 2]
  },
  "nn.Sigmoid"() {
    console.log(new nn.Sigmoid().forward(tensor([0])).item()); // 0.5
  },
  "nn.SiLU"() {
    console.log(new nn.SiLU().forward(tensor([0, 100])).toArray()); // [0, 100]
  },
  "nn.Softmax"() {
    console.log(new nn.Softmax(1).forward(tensor([[1, 1]])).toArray()); // [[0.5, 0.5]]
  },
  "nn.Tanh"() {
    console.log(new nn.Tanh().forward(tensor([0, 100])).toArray()); // [0, 1]
  },
  "nn.AdaptiveAvgPool2d"() {
    console.log(new nn.AdaptiveAvgPool2d(1).forward(ones([8, 3, 13, 17])).shape); // [8, 3, 1, 1]
  },
  "nn.AvgPool2d"() {
    console.log(new nn.AvgPool2d(2).forward(ones([8, 3, 28, 28])).shape); // [8, 3, 14, 14]
  },
  "nn.MaxPool2d"() {
    console.log(new nn.MaxPool2d(3, { stride: 2 }).forward(ones([8, 3, 28, 28])).shape); // [8, 3, 13, 13]
  },
  "nn.BatchNorm1d"() {
    const norm = new nn.BatchNorm1d(1);
    console.log(norm.forward(tensor([[1], [3]])).detach().flatten()); // tensor([-1.0000,  1.0000])
    console.log([...norm.namedBuffers()].map(([name]) => name)); // ["running_mean", "running_var", "num_batches_tracked"]
  },
  "nn.BatchNorm2d"() {
    const norm = new nn.BatchNorm2d(3).eval(); // uses what it has learnt of mean and variance
    console.log(norm.forward(ones([8, 3, 28, 28])).shape); // [8, 3, 28, 28]
  },
  "nn.LayerNorm"() {
    const y = new nn.LayerNorm(2).forward(tensor([[1, 3], [10, 30]]));
    console.log(y.detach().flatten()); // tensor([-1.0000,  1.0000, -1.0000,  1.0000])
  },
  "nn.Embedding"() {
    const words = new nn.Embedding(1000, 16);
    console.log(words.forward(tensor([[4, 8, 15]], { dtype: "int32" })).shape); // [1, 3, 16]
  },
  "nn.Flatten"() {
    console.log(new nn.Flatten().forward(ones([8, 3, 4, 4])).shape); // [8, 48]
  },
  "nn.Dropout"() {
    const dropout = new nn.Dropout(0.5);
    dropout.eval();
    console.log(dropout.forward(ones([3])).toArray()); // [1, 1, 1]
  },
  "nn.Identity"() {
    console.log(new nn.Identity().forward(tensor([1, 2])).toArray()); // [1, 2]
  },
  "nn.ModuleList"() {
    class Net extends nn.Module {
      layers = new nn.ModuleList([new nn.Linear(4, 4), new nn.Linear(4, 4)]);
      override forward(x: Tensor) {
        for (const layer of this.layers) x = layer.forward(x).relu();
        return x;
      }
    }
    console.log([...new Net().namedParameters()].length); // 4
  },
  "nn.Sequential"() {
    const net = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
    console.log(net.forward(ones([3, 4])).shape); // [3, 2]
    console.log([...net.stateDict().keys()]); // ["0.weight", "0.bias", "2.weight", "2.bias"]
  },
  "nn.CrossEntropyLoss"() {
    const loss = new nn.CrossEntropyLoss({ labelSmoothing: 0.1 });
    const labels = tensor([0, 1], { dtype: "int32" });
    console.log(loss.forward(tensor([[0, 0], [0, 0]]), labels).item().toFixed(4)); // 0.6931
  },
  "nn.MSELoss"() {
    console.log(new nn.MSELoss().forward(tensor([1, 2]), tensor([1, 4])).item()); // 2
  },
  "nn.NLLLoss"() {
    const labels = tensor([1], { dtype: "int32" });
    console.log(new nn.NLLLoss().forward(tensor([[-3, -0.5]]), labels).item()); // 0.5
  },
  "nn.init.uniform_"() {
    const x = nn.init.uniform_(empty([1000]), -1, 1);
    console.log(x.abs().max().item() <= 1); // true
  },
  "nn.init.normal_"() {
    console.log(nn.init.normal_(empty([1000]), 5, 0.01).mean().item().toFixed(1)); // 5.0
  },
  "nn.init.constant_"() {
    console.log(nn.init.constant_(empty([2]), 0.5).toArray()); // [0.5, 0.5]
  },
  "nn.init.zeros_"() {
    console.log(nn.init.zeros_(empty([2])).toArray()); // [0, 0]
  },
  "nn.init.ones_"() {
    console.log(nn.init.ones_(empty([2])).toArray()); // [1, 1]
  },
  "nn.init.xavierUniform_"() {
    const layer = new nn.Linear(4, 2);
    nn.init.xavierUniform_(layer.weight, Math.SQRT2);
    console.log(layer.weight.abs().max().item() <= Math.SQRT2); // true
  },
  "nn.init.xavierNormal_"() {
    const x = nn.init.xavierNormal_(empty([200, 200]));
    console.log(x.square().mean().sqrt().item().toFixed(2)); // 0.07
  },
  "nn.init.kaimingUniform_"() {
    const x = nn.init.kaimingUniform_(empty([10, 6]), { a: Math.sqrt(5) });
    console.log(x.abs().max().item() <= 1); // true
  },
  "nn.init.kaimingNormal_"() {
    const x = nn.init.kaimingNormal_(empty([200, 200]), { mode: "fanOut" });
    console.log(x.square().mean().sqrt().item().toFixed(2)); // 0.10
  },
  "nn.utils.clipGradValue_"() {
    const x = tensor([1, 2], { requiresGrad: true });
    x.square().sum().backward();
    nn.utils.clipGradValue_(x, 3);
    console.log(x.grad!.toArray()); // [2, 3]
  },
  "optim.swaUtils.getEmaMultiAvgFn"() {
    const model = new nn.Linear(2, 1);
    const multiAvgFn = optim.swaUtils.getEmaMultiAvgFn(0.99);
    const average = new optim.swaUtils.AveragedModel(model, { multiAvgFn });
    average.updateParameters(); // after each step of the optimizer
    console.log([...average.stateDict().keys()]); // ["n_averaged", "module.weight", "module.bias"]
  },
  "optim.swaUtils.getSwaMultiAvgFn"() {
    const model = new nn.Linear(2, 1);
    const multiAvgFn = optim.swaUtils.getSwaMultiAvgFn();
    const average = new optim.swaUtils.AveragedModel(model, { multiAvgFn });
    average.updateParameters(); // after each epoch
    average.apply(); // the model has the averages now, until restore()
    console.log(average.isApplied); // true
  },
  "lrScheduler.StepLR"() {
    const optimizer = new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 1 });
    const scheduler = new lrScheduler.StepLR(optimizer, 2, { gamma: 0.5 });
    const rates = [1, 2, 3, 4].map(() => (scheduler.step(), scheduler.getLastLr()[0]));
    console.log(rates); // [1, 0.5, 0.5, 0.25]
  },
  "lrScheduler.MultiStepLR"() {
    const optimizer = new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 1 });
    const scheduler = new lrScheduler.MultiStepLR(optimizer, [1, 3], { gamma: 0.5 });
    const rates = [1, 2, 3, 4].map(() => (scheduler.step(), scheduler.getLastLr()[0]));
    console.log(rates); // [0.5, 0.5, 0.25, 0.25]
  },
  "lrScheduler.ExponentialLR"() {
    const optimizer = new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 1 });
    const scheduler = new lrScheduler.ExponentialLR(optimizer, 0.5);
    const rates = [1, 2, 3, 4].map(() => (scheduler.step(), scheduler.getLastLr()[0]));
    console.log(rates); // [0.5, 0.25, 0.125, 0.0625]
  },
  "lrScheduler.LinearLR"() {
    const optimizer = new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 1 });
    const options = { startFactor: 0.5, endFactor: 1, totalIters: 2 };
    const scheduler = new lrScheduler.LinearLR(optimizer, options);
    const rates = [1, 2, 3].map(() => (scheduler.step(), scheduler.getLastLr()[0]));
    console.log(rates); // [0.75, 1, 1]
  },
  "lrScheduler.CosineAnnealingLR"() {
    const optimizer = new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 1 });
    const scheduler = new lrScheduler.CosineAnnealingLR(optimizer, 2);
    const rates = [1, 2].map(() => (scheduler.step(), scheduler.getLastLr()[0]!.toFixed(2)));
    console.log(rates); // ["0.50", "0.00"]
  },
  "lrScheduler.OneCycleLR"() {
    const optimizer = new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 0.1, momentum: 0.9 });
    const scheduler = new lrScheduler.OneCycleLR(optimizer, 1, { totalSteps: 10 });
    for (let step = 1; step < 10; step++) scheduler.step(); // after each batch
    console.log(scheduler.getLastLr()[0]! < 0.001); // true
  },
  "lrScheduler.ReduceLROnPlateau"() {
    const optimizer = new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 1 });
    const scheduler = new lrScheduler.ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 0 });
    for (const loss of [3, 2, 2.5]) scheduler.step(loss);
    console.log(scheduler.getLastLr()); // [0.5]
  },
  "lrScheduler.DecayOnRise"() {
    const optimizer = new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 1 });
    const scheduler = new lrScheduler.DecayOnRise(optimizer, { factor: 0.5 });
    for (const loss of [3, 2, 2.5]) scheduler.step(loss);
    console.log(scheduler.getLastLr()); // [0.5]
  },
  "metrics.meanAbsoluteError"() {
    console.log(metrics.meanAbsoluteError(tensor([1, 2]), tensor([1, 4])).item()); // 1
  },
  "metrics.meanSquaredError"() {
    console.log(metrics.meanSquaredError(tensor([1, 2]), tensor([1, 4])).item()); // 2
  },
  "metrics.r2Score"() {
    console.log(metrics.r2Score(tensor([1, 2, 3]), tensor([1, 2, 3])).item()); // 1
  },
  "data.Dataset"() {
    class Squares extends data.Dataset {
      override readonly length = 100;
      override get(i: number): [x: Tensor, y: Tensor] {
        return [tensor([i]), tensor([i * i])];
      }
    }
    const loader = new data.DataLoader(new Squares(), { batchSize: 4 });
    console.log(loader.first()[1].toArray()); // [[0], [1], [4], [9]]
  },
  "data.TensorDataset"() {
    const set = new data.TensorDataset(tensor([[0, 1], [2, 3], [4, 5]]), tensor([0, 1, 0]));
    console.log(set.length, set.get(1)[0].toArray()); // 3 [2, 3]
  },
  "data.ImageDataset"() {
    const images = zeros([10, 784], { dtype: "uint8" });
    const set = new data.ImageDataset(images, zeros([10], { dtype: "int32" }));
    console.log(set.length, set.get(0)[0].dtype); // 10 float32
  },
  "data.readIdx"() {
    const bytes = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]); // a vector of 3 bytes
    const { dtype, shape, data: values } = data.readIdx(bytes);
    console.log(dtype, shape, [...values]); // uint8 [3] [7, 8, 9]
  },
  "data.RandomErasing"() {
    const erasing = new data.RandomErasing({ p: 1, imageShape: [28, 28] });
    const x = erasing.apply(ones([4, 784]), new Generator(1)); // a loader's transform
    console.log(x.min().item(), x.max().item()); // 0 1
  },
  async "train.BestWeights"() {
    const x = rand([64, 4]);
    const set = new data.TensorDataset(x, x.argmax(1));
    const loader = new data.DataLoader(set, { batchSize: 16 });
    const model = new nn.Linear(4, 4);
    const best = new train.BestWeights(model);
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
    const loss = new nn.CrossEntropyLoss();
    const trainer = new train.Trainer({ model, loss, optimizer, callbacks: [best] });
    await trainer.fit(loader, loader, { epochs: 3 });
    best.restore();
    console.log(best.best!.epoch < 3); // true
  },
  "train.bestEpoch"() {
    const epoch = { trainLoss: 1, trainAccuracy: 0.5, devLoss: 1, learningRate: 0.1, seconds: 1 };
    const history = [0.5, 0.9, 0.8].map((devAccuracy, i) => ({ ...epoch, epoch: i, devAccuracy }));
    console.log(train.bestEpoch(history).epoch); // 1
  },
  "io.decodeNpy"() {
    const bytes = io.encodeNpy(tensor([1, 2]));
    console.log(io.decodeNpy(bytes).toArray()); // [1, 2]
  },
  "io.decodeSafetensors"() {
    const bytes = io.encodeSafetensors(new nn.Linear(2, 1).stateDict());
    console.log([...io.decodeSafetensors(bytes).keys()]); // ["weight", "bias"]
  },
  "io.decodeSafetensorsFile"() {
    const bytes = io.encodeSafetensors(new nn.Linear(2, 1).stateDict(), { made: "today" });
    console.log(io.decodeSafetensorsFile(bytes).metadata); // { made: "today" }
  },
};
