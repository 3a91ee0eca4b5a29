/**
 * What a run in the page is made of. The page, its workers and Deno build the same run from it.
 *
 * @module
 */

/** The kinds of network that the page trains. */
export type NetworkKind = "mlp" | "cnn";

/** What stands between the layers. */
export type Activation = "relu" | "tanh" | "gelu";

/** Everything that a run begins with. */
export interface RunConfig {
  /** `mlp`: linear layers on the pixels; `cnn`: convolutions, then two linear layers. */
  network: NetworkKind;
  /** Hidden layers of an MLP, 0 to 4 (0 is a linear classifier); convolutions of a CNN, 1 to 3. */
  layers: number;
  /** Units of each hidden layer; channels of the first convolution, doubled by each that follows. */
  width: number;
  /** What stands between the layers. */
  activation: Activation;
  /** Learning rate at the beginning; it may change while the run goes on. */
  lr: number;
  /** Momentum at the beginning; it may change while the run goes on. */
  momentum: number;
  /** Samples a step. */
  batchSize: number;
  /** The seed of the weights and of the order of the samples. */
  seed: number;
}

/** The lowest and highest value of each number. */
export const RANGES: Readonly<
  Record<NetworkKind, Readonly<Record<"layers" | "width", readonly [min: number, max: number]>>>
> = {
  mlp: { layers: [0, 4], width: [8, 512] },
  cnn: { layers: [1, 3], width: [4, 32] },
};

/** What the page begins with, for each kind of network. */
export const DEFAULTS: Readonly<Record<NetworkKind, RunConfig>> = {
  mlp: {
    network: "mlp",
    layers: 2,
    width: 128,
    activation: "relu",
    lr: 0.05,
    momentum: 0.9,
    batchSize: 64,
    seed: 1,
  },
  cnn: {
    network: "cnn",
    layers: 2,
    width: 8,
    activation: "relu",
    lr: 0.05,
    momentum: 0.9,
    batchSize: 64,
    seed: 1,
  },
};

/**
 * A run's configuration out of anything: a form, or a file. Throws RangeError naming the setting
 * that is not as it must be.
 */
export function checkConfig(value: unknown): RunConfig {
  const given = (typeof value === "object" && value !== null ? value : {}) as Partial<RunConfig>;
  const network = oneOf("network", given.network, ["mlp", "cnn"]);
  const [minLayers, maxLayers] = RANGES[network].layers;
  const [minWidth, maxWidth] = RANGES[network].width;
  return {
    network,
    layers: whole("layers", given.layers, minLayers, maxLayers),
    width: whole("width", given.width, minWidth, maxWidth),
    activation: oneOf("activation", given.activation, ["relu", "tanh", "gelu"]),
    lr: checkRate("learning rate", given.lr, 10),
    momentum: checkRate("momentum", given.momentum, 0.999),
    batchSize: whole("batch size", given.batchSize, 1, 1024),
    seed: whole("seed", given.seed, 0, Number.MAX_SAFE_INTEGER),
  };
}

/** A number from 0 to `max`. Throws RangeError for anything else. */
export function checkRate(name: string, value: unknown, max: number): number {
  if (typeof value === "number" && value >= 0 && value <= max) return value;
  throw new RangeError(`${name}: a number from 0 to ${max} is needed: it is ${String(value)}`);
}

/** A configuration in a few words: "CNN, 2 × 8, ReLU", "linear classifier". */
export function describe({ network, layers, width, activation }: RunConfig): string {
  if (network === "mlp" && layers === 0) return "linear classifier";
  const name = { relu: "ReLU", tanh: "tanh", gelu: "GELU" }[activation];
  return `${network.toUpperCase()}, ${layers} × ${width}, ${name}`;
}

/** A whole number from `min` to `max`. Throws RangeError for anything else. */
export function whole(name: string, value: unknown, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value as number >= min && value as number <= max) {
    return value as number;
  }
  throw new RangeError(
    `${name}: a whole number from ${min} to ${max} is needed: it is ${String(value)}`,
  );
}

function oneOf<W extends string>(name: string, value: unknown, words: readonly W[]): W {
  const word = words.find((word) => word === value);
  if (word !== undefined) return word;
  throw new RangeError(`${name}: ${words.join(" or ")} is needed: it is ${String(value)}`);
}
