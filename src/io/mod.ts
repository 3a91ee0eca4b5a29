/**
 * Saving and loading weights as safetensors, the format that PyTorch reads and writes too.
 *
 * @module
 */
export {
  decodeSafetensors,
  decodeSafetensorsFile,
  encodeSafetensors,
  loadSafetensors,
  type SafetensorsFile,
  saveSafetensors,
} from "./state_dict.ts";
