/** Which of three spirals does a point of the plane lie on? The data are made here. */
import { nn, optim, randn, tensor } from "@glim/glim";
import { accuracy, confusion, defineExperiment, split } from "@glim/cli";

const CLASSES = 3;

export default defineExperiment({
  title: "Three spirals",
  options: { epochs: 30, batchSize: 32, lr: 0.01, hidden: 64, points: 1500, noise: 0.1 },
  data({ options: { points, noise } }) {
    const noises = randn([points]).toTypedArray();
    const rows = Array.from(noises, (value, i) => {
      const radius = i / points;
      const angle = 4 * radius + 2 * Math.PI * (i % CLASSES) / CLASSES + noise * value;
      return [radius * Math.sin(angle), radius * Math.cos(angle)];
    });
    const labels = Int32Array.from({ length: points }, (_, i) => i % CLASSES);
    return { ...split(tensor(rows), tensor(labels)), name: "spirals", classes: CLASSES };
  },
  build({ options: { hidden, lr } }) {
    const model = new nn.Sequential(
      new nn.Linear(2, hidden),
      new nn.ReLU(),
      new nn.Linear(hidden, hidden),
      new nn.ReLU(),
      new nn.Linear(hidden, CLASSES),
    );
    const optimizer = new optim.Adam(model.parameters(), { lr });
    return { model, optimizer, loss: new nn.CrossEntropyLoss() };
  },
  metrics: [accuracy(), confusion()],
});
