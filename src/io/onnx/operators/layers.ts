/**
 * Products, convolution, normalisation and softmax.
 *
 * @module
 */
import type { Buffer } from "../../../device/buffer.ts";
import type { ConvSizes } from "../../../device/kernels.ts";
import { lastCall, type Operator, type Step } from "../step.ts";
import type { Call, Seen, Trace } from "../trace.ts";

/** Operators by the names of the ops. */
export const layers: Record<string, Operator> = {
  matmul: (step) => step.graph.node("MatMul", step.inputs),
  det: (step) => step.graph.node("Det", step.inputs),
  linear: (step) => step.graph.node("Gemm", step.inputs, { transB: 1 }),
  conv2d,
  batchNorm,
  layerNorm,
  softmax: (step) => step.graph.node("Softmax", step.inputs, { axis: -1 }),
  maskedSoftmax,
  logSoftmax: (step) => step.graph.node("LogSoftmax", step.inputs, { axis: -1 }),
};

/** Softmax of ONNX is NaN where all scores are −∞. */
function maskedSoftmax(step: Step): string {
  const { graph } = step;
  const weights = graph.node("Softmax", step.inputs, { axis: -1 });
  return graph.node("Where", [graph.node("IsNaN", [weights]), graph.scalar(0), weights]);
}

/** Forwards, or its gradient with respect to x, which is a transposed convolution. */
function conv2d(step: Step): string {
  const given = (of: (sizes: ConvSizes) => readonly number[]) =>
    step.given<readonly number[]>(([sizes]) => of(sizes as ConvSizes));
  const { kernel, args } = lastCall(step.seen);
  const isTransposed = kernel === "convGrad";
  if (isTransposed && args[4] === null) {
    throw new TypeError("conv2d: the gradient of a weight has no ONNX operator");
  }
  const [group] = given(({ groups }) => [groups]);
  return step.graph.node(isTransposed ? "ConvTranspose" : "Conv", step.inputs, {
    kernel_shape: given(({ kernel }) => kernel),
    strides: given(({ stride }) => stride),
    pads: given(({ padding }) => [...padding, ...padding]),
    dilations: given(({ dilation }) => dilation),
    group: group!,
    ...isTransposed && { output_padding: given(beyond) },
  });
}

/** How many more rows and columns there are than a transposed convolution gives by itself. */
function beyond({ h, w, oh, ow, kernel, stride, padding, dilation }: ConvSizes): number[] {
  return [[h, oh], [w, ow]].map(([all, from], i) =>
    all! + 2 * padding[i]! - (from! - 1) * stride[i]! - dilation[i]! * (kernel[i]! - 1) - 1
  );
}

/**
 * The kernels were: copy the running moments, scale = w / √(variance + ε), and last
 * y = (x − mean) · scale + b.
 */
function batchNorm(step: Step): string {
  const argument = (call: (seen: Seen, trace: Trace) => Call, position: number) =>
    step.vector((seen, trace) => call(seen, trace).args[position] as Buffer);
  const scaling = (seen: Seen, trace: Trace) => trace.firstCall(lastCall(seen).args[3] as Buffer)!;
  const moments = step.same((seen, trace) =>
    trace.firstCall(lastCall(seen).args[2] as Buffer)!.kernel
  );
  if (moments !== "copy") {
    throw new TypeError("batchNorm: running moments are needed: it takes the batch's own");
  }
  const epsilon = step.same((seen, trace) => scaling(seen, trace).args[4] as number);
  const [w, b] = [argument(scaling, 1), argument(lastCall, 4)];
  const [mean, variance] = [argument(lastCall, 2), argument(scaling, 0)];
  return step.graph.node("BatchNormalization", [step.input(0), w, b, mean, variance], {
    epsilon: { float: epsilon },
  });
}

function layerNorm(step: Step): string {
  const vector = (position: number) =>
    step.vector((seen) => lastCall(seen).args[position] as Buffer);
  const rank = step.same((seen) => (lastCall(seen).args[1] as Buffer).ndim);
  const epsilon = step.given<number>((args) => args[7]);
  return step.graph.node("LayerNormalization", [step.input(0), vector(1), vector(2)], {
    axis: -rank,
    epsilon: { float: epsilon },
  });
}
