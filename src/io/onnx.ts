/**
 * Models as ONNX files, which other programs run.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { modesOf, restoreModes } from "../nn/modes.ts";
import { MODULE, type Module } from "../nn/module.ts";
import { checkTensor } from "../ops/check.ts";
import { atMost, check, text } from "../core/options.ts";
import { outside } from "../scope/outside.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { replaceFile } from "./file.ts";
import { BATCHES } from "./onnx/lengths.ts";
import { encodeModel } from "./onnx/model_proto.ts";
import { batchOf, stateOf } from "./onnx/inputs.ts";
import { Trace } from "./onnx/trace.ts";
import { writeGraph } from "./onnx/write_graph.ts";

/**
 * A model, as it computes in evaluation, as the bytes of an ONNX file (operators of version 17). Its
 * input is called `input`, its output `output`, weights have the names of the state dict, and the
 * first dimension of the input is a batch of any size.
 *
 * The model's `forward` runs twice, on batches of 2 and of 3 samples, and what it does is written
 * down. So any module can be exported whose ops ONNX has operators for, and which does the same
 * whatever the values and the size of the batch.
 *
 * Throws TypeError where ONNX has no operator for an op, or where the batch decides more than
 * lengths: the message names the module by its path. ShapeError where there is no sample.
 *
 * @param exampleInput At least one sample: [n, ...], of the type that the model takes.
 *
 * @example
 * ```ts
 * import { io, nn, ones } from "@glim/glim";
 * const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
 * const bytes = io.exportOnnx(model, ones([1, 4]));
 * console.log(bytes.length < 1000); // true
 * ```
 */
export function exportOnnx(
  model: Module<[x: Tensor]>,
  exampleInput: Tensor,
): Uint8Array<ArrayBuffer> {
  atMost(2, arguments.length, "exportOnnx(model, exampleInput)");
  check("exportOnnx", "the model", model, MODULE);
  checkTensor("exportOnnx", exampleInput, "the example");
  if (exampleInput.ndim === 0 || exampleInput.numel === 0) {
    throw new ShapeError(
      `exportOnnx: the example must be [n, ...] with a sample: it is ${show(exampleInput.shape)}`,
    );
  }
  const state = stateOf(model);
  const modes = modesOf(model);
  model.eval();
  try {
    return noGrad(() => {
      const [a, b] = BATCHES.map((n, i) =>
        new Trace(model, batchOf(exampleInput, n, i), state.keys())
      ) as [Trace, Trace];
      return encodeModel(writeGraph(model, state, a, b));
    });
  } finally {
    restoreModes(modes);
  }
}

/**
 * Saves a model, as it is at the call, to an ONNX file: see {@link exportOnnx}. Writes beside the
 * file and renames, so that there is never half a file under its name.
 *
 * Throws what `exportOnnx` throws, and DataError where it cannot write (it says which permission is
 * needed), or where there is no disk.
 */
export function saveOnnx(
  path: string,
  model: Module<[x: Tensor]>,
  exampleInput: Tensor,
): Promise<void> {
  atMost(3, arguments.length, "saveOnnx(path, model, exampleInput)");
  check("saveOnnx", "the path", path, text);
  check("saveOnnx", "the model", model, MODULE);
  checkTensor("saveOnnx", exampleInput, "the example");
  return outside(replaceFile(path, exportOnnx(model, exampleInput)));
}
