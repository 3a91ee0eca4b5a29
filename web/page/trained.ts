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
  const missing = "The network that comes with the page could not be fetched, so only one that " +
    "learns here can answer";
  const response = await fetch(url).catch((cause) => {
    throw new Error(`${missing}: the server does not answer.`, { cause });
  });
  if (!response.ok) throw new Error(`${missing}: the server says ${response.status}.`);
  const bytes = await response.bytes();
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const { config, test_accuracy: accuracy } = header.__metadata__;
  return {
    config: checkConfig(JSON.parse(config)),
    accuracy: accuracy === undefined ? undefined : Number(accuracy),
    bytes,
  };
}
