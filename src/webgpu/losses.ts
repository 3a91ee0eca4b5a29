/**
 * Losses of rows by their labels.
 *
 * @module
 */
import type { Losses } from "../device/kernels.ts";
import { EXP, NUMBERS } from "./functions.ts";
import { floatsAt, gpuOf, groupsFor, intsAt } from "./place.ts";
import { ROW_FUNCTIONS, ROW_STATS } from "./reductions.ts";
import { groupsOf, lanesFor, perRow } from "./rows.ts";
import { elementwise as perElement } from "./shader.ts";

const nll = perElement({
  name: "nllLoss",
  operands: { logp: "f32", labels: "u32", losses: "f32" },
  numbers: { c: "u32" },
  blames: true,
  declarations: NUMBERS,
  main: `let label = labels_at(i); // a negative one is a large one here
  var loss = nan();
  if (label < p.c) { loss = -logp_at(i * p.c + label); } else { blame(i, label); }
  set_losses(i, loss);`,
});

const nllGrad = perElement({
  name: "nllLoss's gradient",
  operands: { labels: "u32", dloss: "f32", dlogp: "f32" },
  numbers: { c: "u32", step: "u32", scale: "f32" },
  main: `let row = i / p.c;
  let d = -dloss_at(row * p.step) * p.scale;
  set_dlogp(i, select(0.0, d, i % p.c == labels_at(row)));`,
});

const crossEntropy = perRow({
  name: "crossEntropy",
  operands: { x: "f32", labels: "u32", losses: "f32", stats: "f32" },
  blames: true,
  declarations: ROW_FUNCTIONS,
  // From the difference to the maximum: the scores themselves may be large and cancel.
  main: `${ROW_STATS}
    if (lane == 0u && isThere) {
      set_stats(2u * row, top);
      set_stats(2u * row + 1u, 1.0 / sum);
      let label = labels_at(row);
      var loss = nan();
      if (label < p.n) { loss = log_of(sum) - (x_at(row * p.n + label) - top); } else { blame(row, label); }
      set_losses(row, loss);
    }`,
});

const crossEntropyGrad = perElement({
  name: "crossEntropy's gradient",
  operands: { x: "f32", labels: "u32", stats: "f32", dloss: "f32", dx: "f32" },
  numbers: { c: "u32", step: "u32", scale: "f32" },
  declarations: NUMBERS + EXP,
  main: `let row = i / p.c;
  let d = dloss_at(row * p.step) * p.scale;
  var share = exp_of(x_at(i) - stats_at(2u * row)) * stats_at(2u * row + 1u);
  if (i % p.c == labels_at(row)) { share -= 1.0; }
  set_dx(i, share * d);`,
});

/** Losses of rows by their labels. */
export const losses: Losses = {
  nll(logp, labels, losses, rows, c, blame) {
    const logpAt = floatsAt(logp, rows * c, "nllLoss", "the log-probabilities");
    const labelsAt = intsAt(labels, rows, "nllLoss", "the labels");
    const lossesAt = floatsAt(losses, rows, "nllLoss", "the losses");
    const gpu = gpuOf(losses);
    const numbers = [logpAt, labelsAt, lossesAt, rows, c, gpu.entryFor(blame)];
    gpu.run(nll, groupsFor(rows), 1, 1, numbers);
  },

  nllGrad(labels, dloss, scale, dlogp, rows, c) {
    const step = dloss.numel === 1 ? 0 : 1;
    const labelsAt = intsAt(labels, rows, "nllLoss", "the labels");
    const dlossAt = floatsAt(dloss, step === 0 ? 1 : rows, "nllLoss", "dloss");
    const dlogpAt = floatsAt(dlogp, rows * c, "nllLoss", "dlogp");
    const numbers = [labelsAt, dlossAt, dlogpAt, rows * c, c, step, scale];
    gpuOf(dlogp).run(nllGrad, groupsFor(rows * c), 1, 1, numbers);
  },

  crossEntropy(x, labels, losses, stats, rows, c, blame) {
    const op = "crossEntropy";
    const xAt = floatsAt(x, rows * c, op, "the logits");
    const labelsAt = intsAt(labels, rows, op, "the labels");
    const lossesAt = floatsAt(losses, rows, op, "the losses");
    const statsAt = floatsAt(stats, rows * 2, op, "what was saved");
    const gpu = gpuOf(losses);
    const lanes = lanesFor(c);
    const numbers = [xAt, labelsAt, lossesAt, statsAt, rows, c, lanes, gpu.entryFor(blame)];
    gpu.run(crossEntropy, groupsOf(rows, lanes), 1, 1, numbers);
  },

  crossEntropyGrad(x, labels, stats, dloss, scale, dx, rows, c) {
    const op = "crossEntropy";
    const step = dloss.numel === 1 ? 0 : 1;
    const xAt = floatsAt(x, rows * c, op, "the logits");
    const labelsAt = intsAt(labels, rows, op, "the labels");
    const statsAt = floatsAt(stats, rows * 2, op, "what was saved");
    const dlossAt = floatsAt(dloss, step === 0 ? 1 : rows, op, "dloss");
    const dxAt = floatsAt(dx, rows * c, op, "dx");
    const numbers = [xAt, labelsAt, statsAt, dlossAt, dxAt, rows * c, c, step, scale];
    gpuOf(dx).run(crossEntropyGrad, groupsFor(rows * c), 1, 1, numbers);
  },
};
