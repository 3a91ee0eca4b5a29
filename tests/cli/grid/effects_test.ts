import assert from "node:assert/strict";
import {
  type Effect,
  effectSentence,
  interactions,
  levelMeans,
  mainEffects,
  signed,
  verdict,
} from "../../../cli/grid/effects.ts";
import type { Measured } from "../../../cli/grid/factors.ts";
import { referenceTrials } from "../../../cli/grid/reference.ts";
import type { TrialConfig } from "../../../cli/grid/trial.ts";
import { madeTrial, normals, reportConfigs } from "./made_trials.ts";

/** The report's grid with a formula for the accuracy. */
function grid(seeds: number, accuracy: (config: TrialConfig) => number): Measured[] {
  return reportConfigs(seeds).map((config) => madeTrial(config, accuracy(config)));
}

function named(effects: readonly Effect[], name: string): Effect {
  const effect = effects.find((effect) => effect.name === name);
  assert.ok(effect, `${name}: there is only ${effects.map(({ name }) => name).join(", ")}`);
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
  const effects = mainEffects(trials, "accuracy");
  assert.deepEqual(effects.map(({ name }) => name), [
    "layers 3 against 2",
    "layers 5 against 2",
    "layers 5 against 3",
    "LR decay",
    "momentum",
    "tanh against ReLU",
  ]);
  [-0.01, -0.03, -0.02, 0, 0.004, -0.003].forEach((truth, i) =>
    near(effects[i]!.estimate.mean, truth)
  );
});

Deno.test("an effect's n is the number of seeds, not of pairs", () => {
  const normal = normals(1);
  for (const effect of mainEffects(grid(4, () => normal()), "accuracy")) {
    assert.deepEqual([effect.unit, effect.estimate.n], ["seeds", 4]);
  }
  const momentum = named(mainEffects(grid(1, () => normal()), "accuracy"), "momentum");
  assert.deepEqual([momentum.unit, momentum.estimate.n], ["configurations", 12]);
});

Deno.test("interactions are differences of differences", () => {
  const trials = grid(
    2,
    ({ layers, momentum, activation, seed }) =>
      (layers === 5 && momentum ? 0.01 : 0) + (activation === "tanh" ? 0.1 : 0) + seed,
  );
  const effects = interactions(trials, "accuracy");
  assert.equal(effects.length, 3 * 3 + 3);
  near(named(effects, "layers 5 against 2 × momentum").estimate.mean, 0.01);
  near(named(effects, "layers 3 against 2 × momentum").estimate.mean, 0);
  near(named(effects, "momentum × tanh against ReLU").estimate.mean, 0);
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
    for (const { name, estimate } of mainEffects(trials, "accuracy")) {
      const holds = Math.abs(estimate.mean) <= estimate.half ? 1 : 0;
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

Deno.test("a shown effect says its direction, others that none is shown", () => {
  const wobble = [0, 0.0004, -0.0003];
  const trials = reportConfigs(3).map((config) => {
    const { momentum, lrDecay, activation, seed } = config;
    const accuracy = 0.97 + (momentum ? 0.004 + wobble[seed]! : 0) + (lrDecay ? wobble[seed]! : 0) -
      (activation === "tanh" ? 0.003 - wobble[seed]! : 0);
    return madeTrial(config, accuracy, (momentum ? 6 : 8) + (config.layers === 2 ? seed % 2 : 0));
  });
  const accuracy = mainEffects(trials, "accuracy");
  assert.deepEqual(accuracy.slice(3).map(effectSentence), [
    "LR decay: 0.0000 [-0.0008, +0.0009]: no difference shown",
    "momentum: +0.0040 [+0.0032, +0.0049]: higher",
    "tanh against ReLU: -0.0030 [-0.0038, -0.0021]: lower",
  ]);
  const epoch = mainEffects(trials, "epoch");
  assert.equal(
    effectSentence(named(epoch, "layers 3 against 2")),
    "layers 3 against 2: -0.33 [-1.77, +1.10]: no difference shown",
  );
  // The same in all three seeds: no spread, so no claim.
  assert.equal(
    effectSentence(named(epoch, "momentum")),
    "momentum: -2.00 [-2.00, -2.00]: too few values to tell",
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
  for (const metric of ["accuracy", "epoch"] as const) {
    assert.deepEqual(mainEffects(turned, metric), mainEffects(trials, metric));
    assert.deepEqual(interactions(turned, metric), interactions(trials, metric));
    assert.deepEqual(levelMeans(turned, metric), levelMeans(trials, metric));
  }
});

Deno.test("a pair with a trial missing is left out, the others count", () => {
  const trials = grid(2, ({ momentum, seed }) => (momentum ? 1 : 0) + seed);
  const torn = trials.filter(({ config }) => !(config.layers === 5 && config.seed === 1));
  near(named(mainEffects(torn, "accuracy"), "momentum").estimate.mean, 1);
  const names = mainEffects(torn, "accuracy").map(({ name }) => name);
  assert.ok(!names.includes("layers 5 against 2"));
  assert.ok(names.includes("layers 3 against 2"));
  assert.deepEqual(mainEffects([], "accuracy"), []);
});

Deno.test("the report's own table gives the figures of its section 4", () => {
  const report = referenceTrials(grid(3, () => 0.97));
  assert.equal(report.length, 24);
  const epochs = levelMeans(report, "epoch");
  const of = (level: number | null) =>
    epochs.find((m) => m.factor?.key === "momentum" && m.level === level)!.estimate.mean;
  assert.deepEqual([of(0.9).toFixed(2), of(null).toFixed(2)], ["7.17", "8.17"]);
  assert.equal(levelMeans(report, "accuracy")[0]!.estimate.mean.toFixed(4), "0.9761");
  near(named(mainEffects(report, "epoch"), "momentum").estimate.mean, -1);
});

Deno.test("the report's table is not compared with a grid of other factors", () => {
  const trials = reportConfigs(1).flatMap((config) =>
    [50, 100].map((hidden) => madeTrial({ ...config, hidden }, 0.97))
  );
  assert.deepEqual(referenceTrials(trials), []);
  assert.equal(mainEffects(trials, "accuracy")[3]!.name, "hidden 100 against 50");
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
