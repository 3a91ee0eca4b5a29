/** A forecast of sine waves: two LSTMs, one on the other, after PyTorch's example of time sequences. */
import { cat, data, nn, noGrad, optim, rand, scope, type Tensor, tensor } from "@glim/glim";
import { defineExperiment, rootMeanSquaredError } from "@glim/cli";
import { z } from "zod";

/** A wave takes 2π times so many steps. */
const SLOWNESS = 20;

/** Values up to now, [n, l] → the next value after each, [n, l]. */
export class Forecast extends nn.Module<[x: Tensor]> {
  readonly lstm: nn.LSTM;
  readonly out: nn.Linear;

  constructor(hidden: number) {
    super();
    this.lstm = new nn.LSTM(1, hidden, { numLayers: 2, batchFirst: true });
    this.out = new nn.Linear(hidden, 1);
  }

  forward(x: Tensor): Tensor {
    return this.out.forward(this.lstm.forward(x.unsqueeze(-1))[0]).squeeze(-1);
  }

  /** So many values that follow: each goes in again to give the next. */
  goOn(x: Tensor, count: number): Tensor {
    return noGrad(() => {
      let [y, state] = this.lstm.forward(x.unsqueeze(-1));
      let next = this.out.forward(y.narrow(1, -1, 1));
      const values = [next];
      while (values.length < count) {
        [y, state] = this.lstm.forward(next, state);
        next = this.out.forward(y);
        values.push(next);
      }
      return cat(values, 1).squeeze(-1);
    });
  }
}

/** Waves [n, l + 1] that begin anywhere. */
function waves(n: number, length: number): Tensor {
  const begins = rand([n]).toTypedArray();
  const values = Float32Array.from({ length: n * length }, (_, at) => {
    const t = 8 * SLOWNESS * begins[Math.floor(at / length)]! + at % length;
    return Math.sin(t / SLOWNESS);
  });
  return tensor(values, { shape: [n, length] });
}

function set(n: number, length: number): data.TensorDataset {
  const all = waves(n, length + 1);
  return new data.TensorDataset(
    all.narrow(1, 0, length).contiguous(),
    all.narrow(1, 1, length).contiguous(),
  );
}

export default defineExperiment({
  title: "A forecast of sine waves by two LSTMs",
  options: {
    epochs: 60,
    batchSize: 8,
    lr: 5e-3,
    hidden: 51,
    length: z.int().min(2).default(200).describe("values of a wave"),
    waves: z.int().min(8).default(96).describe("waves to learn from"),
  },
  data: ({ options: { length, waves } }) => ({
    train: set(waves, length),
    dev: set(24, length),
    test: set(24, length),
    name: "sine waves",
  }),
  build({ options: { hidden, lr, length } }) {
    const model = new Forecast(hidden);
    return {
      model,
      loss: new nn.MSELoss(),
      optimizer: new optim.Adam(model.parameters(), { lr }),
      clipNorm: 1,
      sample: () =>
        scope(() => {
          const count = Math.min(100, length);
          const values = Float32Array.from(
            { length: 2 * length },
            (_, t) => Math.sin(t / SLOWNESS),
          );
          const wave = tensor(values, { shape: [1, 2 * length] });
          const seen = model.goOn(wave.narrow(1, 0, length), count);
          const error = seen.sub(wave.narrow(1, length, count)).abs().amax().item();
          return `${count} values further it is off by ${error.toFixed(3)} at most`;
        }),
    };
  },
  metrics: [rootMeanSquaredError()],
});
