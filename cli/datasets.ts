/** MNIST, another data set in its format, or data of one's own, for experiments. */
import { data, type DeviceName, indexSelect, rand, type Tensor, tensor } from "@glim/glim";
import type { Data } from "./experiment.ts";
import { path } from "./flags.ts";
import { mnistPackageFolder } from "./mnist_package.ts";

/** The option that names the folder of MNIST's files. */
export const dataDir: ReturnType<typeof path> = path(
  "MNIST's four files, plain or .gz (default: looks for them)",
);

/** MNIST and what is known of it. */
export interface MnistData extends Data {
  /** What the data are called: "MNIST" by their checksums, else "unverified". */
  readonly name: "MNIST" | "unverified";
  /** Their folder. */
  readonly dir: string;
  /** Rows and columns. */
  readonly imageShape: readonly [rows: number, columns: number];
  /** As many as the highest label says; of MNIST 10. */
  readonly classes: number;
}

/** The four files' contents; see `data.readMnist`. */
export function mnistFiles(options: { dataDir?: string | null } = {}): data.MnistFiles {
  return data.readMnist(placeOf(options));
}

function placeOf({ dataDir = null }: { dataDir?: string | null }): data.MnistOptions {
  return { dir: dataDir ?? undefined, fallback: mnistPackageFolder() };
}

/**
 * MNIST's images as rows of pixels, x [b, rows · columns]; from a folder, or where they usually are.
 * Throws DataError as `data.mnist` does.
 */
export function mnist(options: { dataDir?: string | null } = {}): MnistData {
  const set = data.mnist(placeOf(options));
  return { ...set, classes: 10 };
}

/** The same as pictures, x [b, 1, rows, columns], in as many classes as there are labels. */
export function mnistPictures(options: { dataDir?: string | null } = {}): MnistData {
  const set = mnist(options);
  const { train, dev, test, imageShape } = set;
  const parts = [train, dev, test!];
  const [trained, compared, tested] = parts.map((part) =>
    new Mapped(part, ([x, y]) => [x.reshape(...x.shape.slice(0, -1), 1, ...imageShape), y])
  );
  const classes = 1 + Math.max(...parts.map(highestLabel));
  return { ...set, train: trained!, dev: compared!, test: tested!, classes };
}

function highestLabel(set: data.Dataset): number {
  let highest = 0;
  for (const [_, y] of new data.DataLoader(set, { batchSize: 1000 })) {
    highest = Math.max(highest, y.max().item());
  }
  return highest;
}

/** Samples and batches of another set, each changed as it is asked for. */
class Mapped extends data.Dataset {
  readonly length: number;
  readonly #set: data.Dataset;
  readonly #change: (sample: [x: Tensor, y: Tensor]) => [x: Tensor, y: Tensor];

  constructor(set: data.Dataset, change: (sample: [x: Tensor, y: Tensor]) => [Tensor, Tensor]) {
    super();
    this.length = set.length;
    this.#set = set;
    this.#change = change;
  }

  override to(device: DeviceName): Mapped {
    return new Mapped(this.#set.to(device), this.#change);
  }

  get(index: number): [x: Tensor, y: Tensor] {
    return this.#change(this.#set.get(index));
  }

  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    return this.#change(this.#set.batch(indices));
  }
}

/** The three parts: what is learnt from, what is compared by, and what is looked at once. */
export type Parts = Readonly<Record<"train" | "dev" | "test", data.TensorDataset>>;

/**
 * Divides samples x [n, …] and targets y [n, …] at random. Each part has at least one sample.
 * RangeError where there are fewer than three, or the shares leave nothing to learn from.
 *
 * @param shares.dev The share that is compared by. Default: 0.15.
 * @param shares.test The share that is tested on. Default: 0.15.
 */
export function split(
  x: Tensor,
  y: Tensor,
  { dev = 0.15, test = 0.15 }: { dev?: number; test?: number } = {},
): Parts {
  const n = x.shape[0] ?? 0;
  const [compared, tested] = [dev, test].map((share) => Math.max(1, Math.round(share * n)));
  const learnt = n - compared! - tested!;
  if (!(learnt >= 1)) {
    throw new RangeError(
      `split: needs samples for all three parts: there are ${n}, of which dev takes ${compared} ` +
        `and test ${tested}`,
    );
  }
  const keys = rand([n]).toTypedArray();
  const order = tensor(Int32Array.from(keys.keys()).sort((i, j) => keys[i]! - keys[j]!));
  const part = (at: number, length: number) => {
    const indices = order.narrow(0, at, length);
    return new data.TensorDataset(indexSelect(x, 0, indices), indexSelect(y, 0, indices));
  };
  return {
    train: part(0, learnt),
    dev: part(learnt, compared!),
    test: part(learnt + compared!, tested!),
  };
}
