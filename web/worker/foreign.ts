/**
 * Weights that the page did not write: the command line's, and other programs' linear layers.
 *
 * @module
 */
import { DataError, type Tensor } from "@glim/glim";
import type * as nn from "@glim/glim/nn";
import { CLASSES, SIDE } from "../shared/network.ts";
import { checkConfig, DEFAULTS, type RunConfig } from "../shared/run_config.ts";

/** Weights under the page's names, and the configuration of the network that they belong to. */
export interface ForeignWeights {
  config: RunConfig;
  state: nn.StateDict;
  /** Whether nothing told the activation, which was then taken for `config`'s. */
  isGuess: boolean;
}

/** The command line's experiment whose networks have a choice of activations. */
const PAPER = "experiments/paper.ts";

/** What the command line's config tells of a run, as far as it is of use here. */
interface RunsConfig {
  recipe?: unknown;
  experiment?: unknown;
  arch?: unknown;
  architecture?: unknown;
  activation?: unknown;
  lr?: unknown;
  momentum?: unknown;
  batchSize?: unknown;
  seed?: unknown;
}

/**
 * The weights of a multilayer perceptron on 28 × 28 pixels, whatever its layers are called before
 * their number (`layers.0.weight`). Undefined where these are none.
 *
 * DataError where the page's networks are others than this one.
 *
 * @param run The config of the run; undefined where there is none.
 */
export function perceptronOf(state: nn.StateDict, run: unknown): ForeignWeights | undefined {
  const names = Array.from(state.keys());
  const prefix = names[0]?.match(/^(.*?)\d+\.weight$/)?.[1];
  if (prefix === undefined) return undefined;
  const count = names.length / 2;
  const first = Number(names[0]!.slice(prefix.length).split(".")[0]);
  const layers: number[][] = [];
  for (let i = 0; i < count; i++) {
    const name = `${prefix}${first + 2 * i}`;
    const shape = state.get(`${name}.weight`)?.shape;
    if (shape?.length !== 2 || state.get(`${name}.bias`)?.shape[0] !== shape[0]) return undefined;
    layers.push([...shape]);
  }
  const inputs = layers[0]![1]!;
  const outputs = layers.at(-1)![0]!;
  if (inputs !== SIDE * SIDE || outputs !== CLASSES) {
    throw new DataError(
      `the page's networks take ${SIDE} × ${SIDE} pixels and know ${CLASSES} digits: this one ` +
        `takes ${inputs} numbers and knows ${outputs} classes`,
    );
  }
  const widths = new Set(layers.slice(0, -1).map(([width]) => width!));
  if (widths.size > 1) {
    throw new DataError(
      `the page's hidden layers are all as wide: these have ${[...widths].join(", ")} units`,
    );
  }
  const renamed = Array.from(state, ([name, tensor]): [string, Tensor] => {
    const [number, what] = name.slice(prefix.length).split(".");
    return [`${Number(number) - first}.${what}`, tensor];
  });
  const { recipe, experiment = PAPER, activation, lr, momentum, batchSize, seed } = Object(
    run,
  ) as RunsConfig;
  // those of other experiments that are perceptrons have ReLU
  const isRelu = recipe !== undefined || experiment !== PAPER;
  const rest = DEFAULTS.mlp;
  const isSgd = typeof lr === "number" && !isRelu;
  const beta = typeof momentum === "number" ? momentum : 0;
  return {
    config: checkConfig({
      network: "mlp",
      layers: layers.length - 1,
      width: [...widths][0] ?? rest.width,
      activation: isRelu ? "relu" : activation ?? rest.activation,
      // The command line's momentum takes 1 − β of each gradient, the page's all of it.
      lr: isSgd ? Math.min(10, lr * (1 - beta)) : rest.lr,
      momentum: isSgd ? Math.min(0.99, beta) : rest.momentum,
      batchSize: isSgd ? Math.min(1024, Number(batchSize)) : rest.batchSize,
      seed: seed ?? rest.seed,
    }),
    state: new Map(renamed),
    isGuess: !isRelu && activation === undefined && layers.length > 1,
  };
}

/** Why the page does not take a run's network, as a sentence with what does. */
export function whyNot(run: unknown, state: nn.StateDict): string {
  const { recipe, experiment, arch, architecture } = Object(run) as RunsConfig;
  const own = architecture ?? arch;
  const what = typeof own === "string"
    ? `the network of ${own.split("/").at(-1)}`
    : typeof recipe === "string"
    ? `the network of the recipe ${recipe}`
    : typeof experiment === "string"
    ? `the network of ${experiment}`
    : `a network with the weights ${Array.from(state.keys()).slice(0, 4).join(", ")}`;
  return `${what} is none that the page has, which are MLPs and its small CNNs: ` +
    `deno task train predict reads digits with it`;
}
