/**
 * Weights as a file that tells what network they belong to, so that it can be opened alone: by
 * `predict` and `eval`, and in the page.
 *
 * @module
 */
import { basename } from "node:path";
import { io, type nn } from "@glim/glim";
import type { Config } from "./run_folder.ts";

/** What of a run's config tells of its network, and of how training might go on. */
const KEPT = [
  "recipe",
  "network",
  "layers",
  "hidden",
  "width",
  "activation",
  "lr",
  "momentum",
  "batchSize",
  "seed",
  "imageShape",
  "classes",
];

/**
 * A model's weights as a safetensors file, whose metadata has the run's config as `config`: without
 * places and times, so that the same training gives the same file anywhere.
 */
export function encodeWeights(
  model: nn.Module,
  config: Config,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const state = model.stateDict();
  try {
    return io.encodeSafetensors(state, { ...metadata, config: JSON.stringify(kept(config)) });
  } finally {
    for (const tensor of state.values()) tensor[Symbol.dispose]();
  }
}

function kept(config: Config): Config {
  const { arch, data } = config;
  const { name, isCentred } = Object(data) as Config;
  return {
    ...Object.fromEntries(
      KEPT.filter((key) => config[key] !== undefined).map((key) => [key, config[key]]),
    ),
    // a file's own name only: nobody's module is loaded because some weights name it
    ...(typeof arch === "string" ? { architecture: basename(arch) } : {}),
    data: { name, isCentred },
  };
}
