/**
 * Data of one's own, divided into what is learnt from, what is compared by and what is tested on.
 *
 * @module
 */
import { data, indexSelect, rand, type Tensor, tensor } from "@glim/glim";

/** The three parts. */
export interface Parts {
  /** What is learnt from. */
  readonly train: data.TensorDataset;
  /** What is compared by. */
  readonly dev: data.TensorDataset;
  /** What is looked at once. */
  readonly test: data.TensorDataset;
}

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
