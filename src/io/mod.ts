/**
 * Saving and loading weights as safetensors, the format that PyTorch reads and writes too, and
 * tensors as NumPy's npy.
 *
 * @module
 */
export { exportOnnx, saveOnnx } from "./onnx.ts";
export { decodeNpy, encodeNpy, loadNpy, saveNpy } from "./npy.ts";
export { decodePng } from "./png/decode.ts";
export { encodePng } from "./png/encode.ts";
export {
  decodeSafetensors,
  decodeSafetensorsFile,
  type DecodeSafetensorsOptions,
  encodeSafetensors,
  loadSafetensors,
  loadSafetensorsFile,
  type SafetensorsFile,
  saveSafetensors,
} from "./state_dict.ts";
export { type LoadIntoOptions, type OpenSafetensors, openSafetensors } from "./open_safetensors.ts";
export type { StoredCode } from "./stored_types.ts";
