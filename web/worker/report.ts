/**
 * How a network does: its confusion matrix and its worst mistakes.
 *
 * @module
 */
import { noGrad, outside, scope } from "@glim/glim";
import * as functional from "@glim/glim/functional";
import { CLASSES } from "../shared/network.ts";
import type { Mistake, Report } from "../shared/protocol.ts";
import { EVALUATION_BATCH, type Session } from "./session.ts";

/** Mistakes that are shown. */
const WORST = 12;

/**
 * Evaluates a network on the first `images` of its dev set. The worst mistakes are those whose right
 * answer the network gave least probability.
 */
export async function report(
  { model, device, sets: { dev: set } }: Session,
  images: number,
): Promise<Omit<Report, "steps">> {
  const confusion = new Array<number>(CLASSES * CLASSES).fill(0);
  const wrong: { index: number; guess: number; confidence: number; loss: number }[] = [];
  const wasTraining = model.training;
  let loss = 0;
  model.eval();
  for (let begin = 0; begin < images; begin += EVALUATION_BATCH) {
    const n = Math.min(EVALUATION_BATCH, images - begin);
    const labels = new Int32Array(n);
    const scores = scope(() =>
      noGrad(() => {
        const [x, y] = set.batch(Int32Array.from({ length: n }, (_, i) => begin + i));
        labels.set(y.toTypedArray());
        return functional.logSoftmax(model.forward(x.to(device)), 1).keep();
      })
    );
    const logProbs = await outside(scores.data());
    scores[Symbol.dispose]();
    for (let i = 0; i < n; i++) {
      const row = logProbs.subarray(i * CLASSES, (i + 1) * CLASSES);
      const label = labels[i]!;
      let guess = 0;
      for (let c = 1; c < CLASSES; c++) if (row[c]! > row[guess]!) guess = c;
      confusion[label * CLASSES + guess]!++;
      loss -= row[label]!;
      if (guess === label) continue;
      wrong.push({
        index: begin + i,
        guess,
        confidence: Math.exp(row[guess]!),
        loss: -row[label]!,
      });
    }
  }
  model.train(wasTraining);
  wrong.sort((a, b) => b.loss - a.loss);
  const mistakes: Mistake[] = wrong.slice(0, WORST).map(({ index, guess, confidence }) => ({
    ...set.raw(index),
    guess,
    confidence,
  }));
  const right = confusion.reduce((sum, n, i) => i % (CLASSES + 1) === 0 ? sum + n : sum, 0);
  return { images, loss: loss / images, accuracy: right / images, confusion, mistakes };
}
