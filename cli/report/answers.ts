/** What a network answers, where it is most wrong, and what its first layer looks for. */
import { type data, nn, noGrad, scope } from "@glim/glim";
import type { Picture } from "../images/picture.ts";
import { rowsOf } from "../metrics.ts";
import type { Data } from "../experiment.ts";
import { evaluationLoader } from "../results.ts";

/** A sample that was taken for something else. */
export interface Mistake extends Picture {
  /** Its number in the set. */
  index: number;
  /** What it is. */
  label: number;
  /** What it was taken for. */
  guess: number;
  /** The probability given to each class. */
  probabilities: number[];
  /** −log of the probability given to what it is. */
  loss: number;
}

/** A network's answers to a set. */
export interface Answers {
  /** How many samples of class i were taken for class j: [i][j]. */
  confusion: number[][];
  /** The mistakes with the highest loss, the worst first. */
  mistakes: Mistake[];
}

/** Answers, and the set that was asked about: `dev` or `test`; mistakes where samples are pictures. */
export type SetAnswers = Pick<Answers, "confusion"> & Partial<Answers> & {
  set: string;
  /** What the classes are called; their numbers unless given. */
  names?: readonly string[] | undefined;
};

/**
 * Asks a model, in evaluation mode, about every image of a set: pixels in [0, 1], in any shape that
 * the model gives logits [n, classes] for. The worst mistakes are those whose right answer got the
 * least probability.
 *
 * @param options.imageShape How the set's images lie in memory.
 * @param options.worst How many mistakes to keep.
 */
export async function confusionAndMistakes(
  model: nn.Module,
  set: data.Dataset,
  { imageShape: [rows, columns], worst }: {
    imageShape: readonly [rows: number, columns: number];
    worst: number;
  },
): Promise<Answers> {
  const confusion: number[][] = [];
  const wrong: Omit<Mistake, keyof Picture>[] = [];
  const modes = Array.from(model.modules(), (module) => [module, module.training] as const);
  model.eval();
  try {
    let index = 0;
    for (const [x, y] of evaluationLoader(set)) {
      const scores = noGrad(() => model.forward(x));
      const [logits, labels, guesses] = [
        await rowsOf(scores),
        await y.data(),
        await scores.argmax(1).data(),
      ];
      for (const [i, row] of logits.entries()) {
        const [label, guess] = [labels[i]!, guesses[i]!];
        while (confusion.length < row.length) confusion.push(row.map(() => 0));
        confusion[label]![guess]!++;
        if (guess !== label) wrong.push({ index, label, guess, ...certainty(row, label) });
        index++;
      }
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
  wrong.sort((a, b) => b.loss - a.loss || a.index - b.index);
  const mistakes = await Promise.all(
    wrong.slice(0, worst).map(async (mistake): Promise<Mistake> => {
      const x = await scope(async () => await set.get(mistake.index)[0].data());
      return { ...mistake, pixels: Uint8Array.from(x, (v) => Math.round(255 * v)), rows, columns };
    }),
  );
  return { confusion, mistakes };
}

/** How many of the worst mistakes a report shows. */
const WORST = 24;

/**
 * What a network answers to the dev set. Not to the test set: who has seen its mistakes builds the
 * next network around them.
 */
export async function devAnswers(
  model: nn.Module,
  { dev, imageShape, classes, classNames: names }: Data,
  confusion?: unknown,
): Promise<SetAnswers | undefined> {
  if (imageShape !== undefined && classes !== undefined) {
    return { set: "dev", ...await confusionAndMistakes(model, dev, { imageShape, worst: WORST }) };
  }
  return Array.isArray(confusion) ? { set: "dev", confusion, names } : undefined;
}

/** Probabilities and the loss of a label, in double precision: float32 would end at 1 − 10⁻⁷. */
function certainty(
  logits: readonly number[],
  label: number,
): Pick<Mistake, "probabilities" | "loss"> {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return {
    probabilities: powers.map((power) => power / sum),
    loss: Math.log(sum) - (logits[label]! - largest),
  };
}

/**
 * The kernels of a network's first convolution, each on a scale of its own: 0 the most negative weight,
 * 128 none, 255 the most positive. None where the first convolution has not one input channel, or there
 * is no convolution.
 */
export async function firstKernels(model: nn.Module): Promise<Picture[]> {
  const first = [...model.modules()].find((module) => module instanceof nn.Conv2d);
  if (first === undefined || first.inChannels !== 1) return [];
  const [rows, columns] = first.kernelSize;
  const all = Array.from(await first.weight.data());
  return Array.from({ length: first.outChannels }, (_, i) => {
    const weights = all.slice(i * rows * columns, (i + 1) * rows * columns);
    const largest = Math.max(...weights.map(Math.abs)) || 1;
    return { pixels: Uint8Array.from(weights, (w) => 128 + 127 * w / largest), rows, columns };
  });
}
