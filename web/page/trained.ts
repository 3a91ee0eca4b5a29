/**
 * The network that comes with the page.
 *
 * @module
 */
import { checkConfig, type RunConfig } from "../shared/run_config.ts";

/** A network that has learnt. */
export interface Trained {
  config: RunConfig;
  /** Share of MNIST's test images that it reads right; undefined where nobody has said. */
  accuracy: number | undefined;
  /** A safetensors file. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** Fetches a network with its configuration and accuracy, which are in the file's metadata. */
export async function fetchTrained(url: string): Promise<Trained> {
  const bytes = await (await fetch(url)).bytes();
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const { config, test_accuracy: accuracy } = header.__metadata__;
  return {
    config: checkConfig(JSON.parse(config)),
    accuracy: accuracy === undefined ? undefined : Number(accuracy),
    bytes,
  };
}
