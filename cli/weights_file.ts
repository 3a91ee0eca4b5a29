/**
 * Weights as a file that tells what network they belong to, so that it can be opened alone: by
 * `predict` and `eval`, and in the page.
 */
import { basename } from "node:path";
import { fromTypedArray, io, type nn } from "@glim/glim";
import type { Experiment } from "./experiment.ts";
import { flagsOf } from "./flags.ts";
import { isOwn } from "./load.ts";
import type { Config } from "./run_folder.ts";

/**
 * A model's weights as a safetensors file, whose metadata has `about` as `config`: what
 * {@link networkConfig} gives.
 */
export async function encodeWeights(
  model: nn.Module,
  about: Config,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const state = model.stateDict();
  try {
    for (const [name, tensor] of state) {
      if (tensor.device === "cpu") continue; // the others may not be read at once
      const { dtype, shape } = tensor;
      state.set(name, fromTypedArray(await tensor.data(), shape, { dtype, device: "cpu" }));
      tensor[Symbol.dispose]();
    }
    return io.encodeSafetensors(state, { ...metadata, config: JSON.stringify(about) });
  } finally {
    for (const tensor of state.values()) tensor[Symbol.dispose]();
  }
}

/**
 * What of a run's config tells of its network, without places and times: the same training gives the
 * same file anywhere. Of a program only the file's own name: nobody's runs because some weights name it.
 */
export function networkConfig({ schema }: Experiment, config: Config): Config {
  const { experiment, seed, imageShape, classes, data } = config;
  const { name, isCentred, inputShape } = Object(data) as Config;
  const options = flagsOf(schema).filter(({ path }) => path === undefined || path === "program")
    .map(({ name, path }) => {
      const value = config[name];
      return [name, path === "program" && value ? basename(String(value)) : value];
    });
  const file = String(experiment);
  return {
    experiment: isOwn(file) ? file : basename(file),
    ...Object.fromEntries(options),
    seed,
    imageShape,
    classes,
    data: { name, isCentred, inputShape },
  };
}
