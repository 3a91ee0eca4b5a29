/** What a network answers to samples, one by one: what reports, thresholds and tests are made of. */
import { type data, type nn, noGrad, type Tensor } from "@glim/glim";
import { evaluationLoader } from "./results.ts";
import { rowsOf } from "./metrics.ts";

/** An answer to a sample. */
export interface Answer {
  /** Probabilities of the classes, or the number. */
  readonly values: readonly number[];
  /** The label, or the number, that is right. */
  readonly target: number;
}

/** Answers to all samples of a set, in their order; `change` makes others of each batch. */
export async function answersTo(
  model: nn.Module,
  set: data.Dataset,
  isClass: boolean,
  change: (x: Tensor) => Tensor = (x) => x,
): Promise<Answer[]> {
  model.eval();
  const answers: Answer[] = [];
  for (const [x, y] of evaluationLoader(set)) {
    const output = noGrad(() => {
      const scores = model.forward(change(x));
      return isClass ? scores.softmax(1) : scores;
    });
    const rows = await rowsOf(output.reshape(x.shape[0]!, -1));
    const targets = await y.data();
    rows.forEach((values, i) => answers.push({ values, target: Number(targets[i]) }));
  }
  return answers;
}

/** The class that is most probable. */
export function guessOf({ values }: Pick<Answer, "values">): number {
  return values.indexOf(Math.max(...values));
}

/** From which probability on an answer counts as sure, and what that was worth where it was chosen. */
export interface Threshold {
  readonly threshold: number;
  /** The share of the dev set whose answers are sure. */
  readonly covered: number;
  /** The share of those that are right. */
  readonly accuracy: number;
}

/**
 * The lowest probability above which at most half as many answers are wrong as of all. Where none is
 * wrong, the lowest there is.
 */
export function thresholdOf(answers: readonly Answer[]): Threshold {
  const sorted = answers.map((answer) => ({
    p: Math.max(...answer.values),
    right: guessOf(answer) === answer.target,
  })).sort((a, b) => b.p - a.p);
  const wrong = sorted.filter(({ right }) => !right).length;
  const allowed = wrong / sorted.length / 2;
  let best = 0, errors = 0, right = 0;
  sorted.forEach(({ p, right: isRight }, i) => {
    if (!isRight) errors++;
    const isEnd = sorted[i + 1]?.p !== p;
    if (isEnd && errors / (i + 1) <= allowed) [best, right] = [i + 1, i + 1 - errors];
  });
  if (best === 0) return { threshold: 1, covered: 0, accuracy: NaN };
  return { threshold: sorted[best - 1]!.p, covered: best / sorted.length, accuracy: right / best };
}
