/**
 * Connectionist temporal classification: a group of threads has a sample, its threads share the states,
 * labels with blanks around them, and go through the steps together.
 *
 * Logarithms of probabilities are at least −1e30, which stands for that of 0: sums of many of them are
 * still numbers.
 *
 * @module
 */
import type { Losses } from "../device/kernels.ts";
import { EXP, LOG, NUMBERS } from "./functions.ts";
import { floatsAt, gpuOf, intsAt } from "./place.ts";
import { shader } from "./shader.ts";

const STATES = `${NUMBERS}${EXP}${LOG}
const NOTHING = -1e30;
fn log_add(a: f32, b: f32) -> f32 {
  let most = larger(a, b);
  if (most < -1e29) { return NOTHING; }
  return most + log_of(1.0 + exp_of(smaller(a, b) - most));
}
// of state s: blanks and labels in turn
fn label_of(start: u32, s: u32) -> u32 {
  if ((s & 1u) == 0u) { return p.blank; }
  return min(labels_at(start + s / 2u), p.classes - 1u);
}
fn row_of(t: u32, sample: u32) -> u32 { return (t * p.n + sample) * p.classes; }
fn logp_of(row: u32, label: u32) -> f32 {
  return larger(NOTHING, x_at(row + label));
}
`;

/** What all kernels of it are told, and the sizes that it begins with. */
const FRAME = {
  operands: {
    x: "f32",
    labels: "u32",
    starts: "u32",
    inputs: "u32",
    lengths: "u32",
    losses: "f32",
    ways: "f32",
  },
  numbers: {
    n: "u32",
    steps: "u32",
    classes: "u32",
    states: "u32",
    all: "u32",
    blank: "u32",
    finite: "u32",
    begin: "u32", // which steps are gone through in this call
    end: "u32",
  },
} as const;

/** Of a sample: the numbers of its steps, labels and states, and whether it can be spelled at all. */
const SAMPLE = `let first = local.x;
  for (var sample = group.x; sample < p.n; sample += groups.x) {
    let count = inputs_at(sample);
    let length = lengths_at(sample);
    let start = starts_at(sample);
    // negative numbers are large ones here
    let fits = count <= p.steps && length <= p.all && start <= p.all - length;
    let own = 2u * length + 1u;
    let isSpelled = fits && own <= p.states; // else there are fewer steps than labels
    let base = sample * p.steps * p.states;`;

/** log of all ways of a sample. */
const TOTAL = `var total = NOTHING;
    if (isSpelled && count > 0u) {
      let last = base + (count - 1u) * p.states;
      total = ways_at(last + own - 1u);
      if (own > 1u) { total = log_add(total, ways_at(last + own - 2u)); }
    } else if (fits && own == 1u) { total = 0.0; }
    let isLost = total < -1e29;`;

/** `ways` [n, steps, states]: the logarithms of all ways from the first step on. At the last, losses. */
const ahead = shader({
  name: "ctcLoss",
  ...FRAME,
  blames: true,
  declarations: STATES,
  main: `${SAMPLE}
    if (p.begin == 0u) {
      if (!fits && first == 0u) { blame(sample, length); }
      if (fits) {
        for (var k = first; k < length; k += 256u) {
          if (labels_at(start + k) >= p.classes) { blame(p.n + sample, labels_at(start + k)); }
        }
      }
    }
    for (var t = p.begin; t < p.end; t++) {
      if (isSpelled && t < count) {
        let row = row_of(t, sample);
        let here = base + t * p.states;
        let last = here - p.states;
        for (var s = first; s < own; s += 256u) {
          let label = label_of(start, s);
          var way = NOTHING;
          if (t == 0u) {
            if (s < 2u) { way = 0.0; }
          } else {
            way = ways_at(last + s);
            if (s > 0u) { way = log_add(way, ways_at(last + s - 1u)); }
            // blanks may be left out between two labels that differ
            if (s > 1u && (s & 1u) == 1u && label != label_of(start, s - 2u)) {
              way = log_add(way, ways_at(last + s - 2u));
            }
          }
          set_ways(here + s, way + logp_of(row, label));
        }
      }
      storageBarrier();
    }
    if (p.end == p.steps && first == 0u) {
      ${TOTAL}
      var loss = -total;
      if (isLost) { loss = select(infinity(), 0.0, p.finite != 0u); }
      set_losses(sample, select(nan(), loss, fits));
    }
  }`,
});

/**
 * slope: how a sample's loss changes with each log-probability. `ends` [n, 2, states] are the logarithms
 * of all ways from the last step back, of two steps.
 */
const behind = shader({
  name: "ctcLoss's gradient",
  ...FRAME,
  operands: { ...FRAME.operands, slope: "f32", ends: "f32" },
  declarations: STATES,
  main: `${SAMPLE}
    ${TOTAL}
    let isZero = isLost && p.finite != 0u;
    for (var k = p.begin; k < p.end; k++) { // from the last step on, then those behind it
      let isIn = fits && k < count;
      let t = select(k, count - 1u - k, isIn);
      let row = row_of(t, sample);
      for (var c = first; c < p.classes; c += 256u) {
        set_slope(row + c, select(0.0, exp_of(x_at(row + c)), isIn && !isZero));
      }
      let here = (sample * 2u + (k & 1u)) * p.states;
      let next = (sample * 2u + (1u - (k & 1u))) * p.states;
      if (isIn && isSpelled) {
        for (var s = first; s < own; s += 256u) {
          let label = label_of(start, s);
          var way = NOTHING;
          if (k == 0u) {
            if (s + 2u >= own) { way = 0.0; }
          } else {
            way = ends_at(next + s);
            if (s + 1u < own) { way = log_add(way, ends_at(next + s + 1u)); }
            if (s + 2u < own && (s & 1u) == 1u && label != label_of(start, s + 2u)) {
              way = log_add(way, ends_at(next + s + 2u));
            }
          }
          set_ends(here + s, way + logp_of(row, label));
        }
      }
      storageBarrier();
      if (isIn && !isZero) {
        // the first state of a label takes what all of them have
        for (var s = first; s < own; s += 256u) {
          let label = label_of(start, s);
          var before = 0u;
          while (before < s && label_of(start, before) != label) { before++; }
          if (before < s) { continue; }
          var share = 0.0;
          if (isLost) { share = nan(); } else {
            let at = logp_of(row, label);
            let line = base + t * p.states;
            for (var j = s; j < own; j++) {
              if (label_of(start, j) == label) {
                share += exp_of(ways_at(line + j) + ends_at(here + j) - at - total);
              }
            }
          }
          set_slope(row + label, slope_at(row + label) - share);
        }
      }
      storageBarrier();
    }
  }`,
});

/** Turns of its loops that a thread is given in one call: what takes long is cut, so that a GPU stays free. */
const TURNS = 16384;

/** The loss of sequences. */
export const sequences: Required<Pick<Losses, "ctcLoss">> = {
  ctcLoss(logProbs, labels, starts, inputs, lengths, losses, slope, rule, blame) {
    const op = "ctcLoss";
    const [steps, n, classes] = logProbs.shape as [number, number, number];
    const gpu = gpuOf(losses);
    const states = 2 * Math.min(rule.most, steps) + 1;
    const labelsCount = labels.numel;
    const places = [
      floatsAt(logProbs, steps * n * classes, op, "the log-probabilities"),
      intsAt(labels, labelsCount, op, "the targets"),
      intsAt(starts, n, op, "the targets' begins"),
      intsAt(inputs, n, op, "the input lengths"),
      intsAt(lengths, n, op, "the target lengths"),
      floatsAt(losses, n, op, "the result"),
    ];
    const sizes = [n, steps, classes, states, labelsCount, rule.blank, rule.zeroInfinity ? 1 : 0];
    const entry = gpu.entryFor(blame);
    const groups = Math.min(n, 65535);
    const eachSample = Math.ceil(n / groups);
    /** Goes through all steps, in calls of so many that no thread turns too often. */
    const inParts = (turns: number, call: (from: number, to: number) => void) => {
      const each = Math.max(1, Math.floor(TURNS / (turns * eachSample)));
      for (let from = 0; from < steps; from += each) call(from, Math.min(steps, from + each));
      if (steps === 0) call(0, 0);
    };
    const rounds = Math.ceil(states / 256);
    gpu.withScratch(n * (steps + 2) * states, (ways) => {
      inParts(1 + rounds, (from, to) => {
        gpu.run(ahead, groups, 1, 1, [...places, ways, ...sizes, from, to, entry]);
      });
      if (slope === null) return;
      const slopeAt = floatsAt(slope, steps * n * classes, op, "the slope");
      const ends = ways + n * steps * states;
      inParts(1 + Math.ceil(classes / 256) + rounds * (2 + states), (from, to) => {
        gpu.run(behind, groups, 1, 1, [...places, ways, slopeAt, ends, ...sizes, from, to]);
      });
    });
  },
};
