import assert from "node:assert/strict";
import {
  type Effect,
  effectName,
  effectSentence,
  interactions,
  levelMeans,
  mainEffects,
  signed,
  verdict,
} from "../../../cli/grid/effects.ts";
import { BEST_EPOCH, devMetric, type Measured } from "../../../cli/grid/metric.ts";
import { PAPER } from "../../../cli/grid/paper.ts";
import { referenceTrials } from "../../../cli/grid/findings.ts";
import {
  ACCURACY,
  type MadeTrial,
  madeTrial,
  normals,
  PAPER_FACTORS,
  paperTrials,
} from "./made_trials.ts";

/** The report's grid with a formula for the accuracy. */
function grid(seeds: number, accuracy: (trial: Flat) => number): Measured[] {
  return paperTrials(seeds).map((trial) => madeTrial(trial, accuracy(flat(trial))));
}

/** The options of the paper's grid, with the seed. */
interface Flat {
  layers: number;
  lrDecay: number | null;
  momentum: number | null;
  activation: string;
  seed: number;
}

function flat({ options, seed }: MadeTrial): Flat {
  return { ...options, seed } as unknown as Flat;
}

function main(trials: readonly Measured[], metric = ACCURACY): Effect[] {
  return mainEffects(PAPER_FACTORS, trials, metric);
}

function named(effects: readonly Effect[], name: string): Effect {
  const effect = effects.find((effect) => effectName(effect) === name);
  assert.ok(effect, `${name}: there is only ${effects.map(effectName).join(", ")}`);
  return effect;
}

function near(a: number, b: number): void {
  assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
}

Deno.test("main effects are the higher level minus the lower, and each factor's own", () => {
  const trials = grid(
    3,
    ({ layers, momentum, activation, seed }) =>
      0.9 - 0.01 * layers + (momentum ? 0.004 : 0) - (activation === "tanh" ? 0.003 : 0) +
      0.001 * seed,
  );
  const effects = main(trials);
  assert.deepEqual(effects.map(effectName), [
    "layers 3 instead of 2",
    "layers 5 instead of 2",
    "layers 5 instead of 3",
    "lr decay 0.5 instead of off",
    "momentum 0.9 instead of off",
    "activation tanh instead of relu",
  ]);
  [-0.01, -0.03, -0.02, 0, 0.004, -0.003].forEach((truth, i) =>
    near(effects[i]!.estimate.mean, truth)
  );
});

Deno.test("an effect's n is the number of seeds, not of pairs", () => {
  const normal = normals(1);
  for (const { estimate } of main(grid(4, normal))) assert.equal(estimate.n, 4);
  const momentum = named(main(grid(1, normal)), "momentum 0.9 instead of off");
  assert.equal(momentum.estimate.n, 12); // configurations
});

Deno.test("interactions are differences of differences", () => {
  const trials = grid(
    2,
    ({ layers, momentum, activation, seed }) =>
      (layers === 5 && momentum ? 0.01 : 0) + (activation === "tanh" ? 0.1 : 0) + seed,
  );
  const effects = interactions(PAPER_FACTORS, trials, ACCURACY);
  assert.equal(effects.length, 3 * 3 + 3);
  const of = (name: string) => named(effects, name).estimate.mean;
  const momentum = "momentum 0.9 instead of off";
  near(of(`layers 5 instead of 2 × ${momentum}`), 0.01);
  near(of(`layers 3 instead of 2 × ${momentum}`), 0);
  near(of(`${momentum} × activation tanh instead of relu`), 0);
});

/** How many of the 95 % intervals of grids without any effect hold zero, by effect. */
function coverage(seeds: number, repeats: number, favour: number): Map<string, number> {
  const normal = normals(seeds);
  const held = new Map<string, number>();
  for (let i = 0; i < repeats; i++) {
    // Good seeds, and seeds that are good for momentum in every configuration.
    const luck = Array.from({ length: seeds }, normal);
    const taste = Array.from({ length: seeds }, () => favour * normal());
    const trials = grid(
      seeds,
      ({ seed, momentum }) => luck[seed]! + (momentum ? taste[seed]! : 0) + normal(),
    );
    for (const effect of main(trials)) {
      const { mean, half } = effect.estimate;
      const holds = Math.abs(mean) <= half ? 1 : 0;
      const name = effectName(effect);
      held.set(name, (held.get(name) ?? 0) + holds / repeats);
    }
  }
  return held;
}

Deno.test("where nothing has an effect, 95 in 100 intervals hold zero", () => {
  // Seeds that favour a level everywhere are seen in the intervals of two seeds and more.
  for (const [seeds, favour] of [[1, 0], [2, 1], [3, 0], [3, 1]] as const) {
    for (const [name, share] of coverage(seeds, 2000, favour)) {
      // Three standard deviations of the share are 0.0146.
      assert.ok(Math.abs(share - 0.95) < 0.0146, `${seeds} seeds, ${name}: ${share}`);
    }
  }
});

Deno.test("a sentence claims a difference only where the interval leaves zero out", () => {
  const wobble = [0, 0.0004, -0.0003];
  const trials = paperTrials(3).map((trial) => {
    const { momentum, lrDecay, activation, layers, seed } = flat(trial);
    const accuracy = 0.97 + (momentum ? 0.004 + wobble[seed]! : 0) + (lrDecay ? wobble[seed]! : 0) -
      (activation === "tanh" ? 0.003 - wobble[seed]! : 0);
    return madeTrial(trial, accuracy, (momentum ? 6 : 8) + (layers === 2 ? seed % 2 : 0));
  });
  assert.deepEqual(main(trials).slice(3).map(effectSentence), [
    "lr decay 0.5 instead of off shows no difference in dev accuracy (0.00 ± 0.09 points)",
    "momentum 0.9 instead of off raises dev accuracy by 0.40 ± 0.09 points",
    "activation tanh instead of relu lowers dev accuracy by 0.30 ± 0.09 points",
  ]);
  const epoch = main(trials, BEST_EPOCH);
  assert.equal(
    effectSentence(named(epoch, "layers 3 instead of 2")),
    "layers 3 instead of 2 shows no difference in the epoch of the best (-0.33 ± 1.43)",
  );
  // The same in all three seeds: no spread, so no claim.
  assert.equal(
    effectSentence(named(epoch, "momentum 0.9 instead of off")),
    "momentum 0.9 instead of off: too few values to tell a difference in the epoch of the " +
      "best (-2.00 ± 0.00)",
  );
});

Deno.test("an interaction's sentence says with which level an effect is higher", () => {
  const wobble = [0, 0.001, -0.001];
  const trials = grid(
    3,
    ({ layers, momentum, activation, seed }) =>
      (layers === 5 && momentum ? 0.02 + wobble[seed]! : 0) +
      (momentum && activation === "tanh" ? -0.03 + wobble[seed]! : 0),
  );
  const all = interactions(PAPER_FACTORS, trials, ACCURACY);
  const of = (name: string) => effectSentence(named(all, name));
  const momentum = "momentum 0.9 instead of off";
  assert.deepEqual([
    of(`layers 5 instead of 2 × ${momentum}`),
    of(`${momentum} × activation tanh instead of relu`),
    of("lr decay 0.5 instead of off × activation tanh instead of relu").replace(/ \(.*/, ""),
  ], [
    "layers 5 instead of 2: its effect on dev accuracy is 2.00 ± 0.25 points higher with " +
    "momentum 0.9 than with momentum off",
    `${momentum}: its effect on dev accuracy is 3.00 ± 0.25 points lower with activation tanh ` +
    "than with activation relu",
    "lr decay 0.5 instead of off × activation tanh instead of relu: too few values to tell " +
    "an interaction in dev accuracy",
  ]);
});

Deno.test("of accuracies more is better, of losses and errors less, with a unit of their own", () => {
  for (const name of ["accuracy", "R²", "f1"]) assert.ok(devMetric(name).isHigherBetter, name);
  for (const name of ["loss", "mean absolute error"]) {
    assert.ok(!devMetric(name).isHigherBetter, name);
  }
  const trials = [1, 2, 3].flatMap((seed) =>
    [0.1, 0.01].map((lr) => ({
      options: { lr },
      seed,
      dev: { loss: lr + 0.001 * seed * lr },
      bestEpoch: 0,
    }))
  );
  const [effect] = mainEffects([{ key: "lr", levels: [0.1, 0.01] }], trials, devMetric("loss"));
  assert.equal(
    effectSentence(effect!),
    "lr 0.1 instead of 0.01 raises dev loss by 0.0902 ± 0.0002",
  );
});

Deno.test("a verdict needs the whole interval on one side", () => {
  const of = (mean: number, half: number) => verdict({ n: 3, sd: 1, mean, half });
  assert.equal(of(1, 0.9), "higher");
  assert.equal(of(-1, 0.9), "lower");
  assert.equal(of(1, 1.1), "none");
  assert.equal(of(-1, 1.1), "none");
  assert.equal(of(1, NaN), "unknown");
});

Deno.test("the order of trials changes no bit of effects and means", () => {
  const normal = normals(7);
  const trials = grid(3, () => 0.97 + 0.001 * normal());
  const turned = trials.toReversed();
  for (const metric of [ACCURACY, BEST_EPOCH]) {
    for (const effects of [mainEffects, interactions, levelMeans]) {
      assert.deepEqual(
        effects(PAPER_FACTORS, turned, metric),
        effects(PAPER_FACTORS, trials, metric),
      );
    }
  }
});

Deno.test("a pair with a trial missing is left out, the others count", () => {
  const trials = grid(2, ({ momentum, seed }) => (momentum ? 1 : 0) + seed);
  const torn = trials.filter(({ options, seed }) => !(options.layers === 5 && seed === 1));
  near(named(main(torn), "momentum 0.9 instead of off").estimate.mean, 1);
  const names = main(torn).map(effectName);
  assert.ok(!names.includes("layers 5 instead of 2"));
  assert.ok(names.includes("layers 3 instead of 2"));
  assert.deepEqual(main([]), []);
});

Deno.test("the paper's own table gives the figures of its section 4", () => {
  const paper = referenceTrials(PAPER_FACTORS, grid(3, () => 0.97), PAPER);
  assert.equal(paper.length, 24);
  const means = (metric: typeof ACCURACY) => levelMeans(PAPER_FACTORS, paper, metric);
  const of = (name: string) => means(BEST_EPOCH).find((mean) => mean.name === name)!.estimate.mean;
  assert.equal(of("momentum 0.9").toFixed(2), "7.17");
  assert.equal(of("momentum off").toFixed(2), "8.17");
  assert.equal(means(ACCURACY)[0]!.estimate.mean.toFixed(4), "0.9761");
  near(named(main(paper, BEST_EPOCH), "momentum 0.9 instead of off").estimate.mean, -1);
});

Deno.test("the paper's table is not compared with a grid of other factors", () => {
  const factors = [...PAPER_FACTORS, { key: "hidden", levels: [50, 100] }];
  const trials = paperTrials(1).flatMap(({ options, seed }) =>
    [50, 100].map((hidden) => madeTrial({ options: { ...options, hidden }, seed }, 0.97))
  );
  assert.deepEqual(referenceTrials(factors, trials, PAPER), []);
  assert.equal(
    effectName(mainEffects(factors, trials, ACCURACY).at(-1)!),
    "hidden 100 instead of 50",
  );
});

Deno.test("signs stand before every difference but zero", () => {
  assert.deepEqual([0.00012, -0.00012, 0.00003, -0.00003, 0].map((x) => signed(x, 4)), [
    "+0.0001",
    "-0.0001",
    "0.0000",
    "0.0000",
    "0.0000",
  ]);
});
