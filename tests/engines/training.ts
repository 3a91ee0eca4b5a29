/** The training that a `Trainer` has in every engine, in a worker too. */
import { data, lrScheduler, manualSeed, nn, optim, randn, tensor, type train } from "@glim/glim";

/** Passes over its data. */
export const EPOCHS = 3;

/** A layer, and all that trains it. */
export function training(): train.ServedTraining {
  manualSeed(5);
  const model = new nn.Linear(4, 10);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.5 });
  const labels = tensor(Array.from({ length: 96 }, (_, i) => i % 10), { dtype: "int32" });
  const loader = new data.DataLoader(new data.TensorDataset(randn([96, 4]), labels), {
    batchSize: 32,
    shuffle: true,
  });
  const scheduler = new lrScheduler.CosineAnnealingLR(optimizer, EPOCHS);
  const loss = new nn.CrossEntropyLoss();
  return { model, optimizer, scheduler, loss, seed: 6, train: loader, dev: loader };
}
