/**
 * What a network answers, and where it is most wrong.
 *
 * @module
 */
import { data, type nn, noGrad, softmax } from "../../../mod.ts";

/** A sample that was taken for something else. */
export interface Mistake {
  /** Its number in the set. */
  index: number;
  /** The image, rows × columns, 0 black to 255 white. */
  pixels: Uint8Array;
  /** Its height. */
  rows: number;
  /** Its width. */
  columns: number;
  /** What it is. */
  label: number;
  /** What it was taken for. */
  guess: number;
  /** The probability given to each class. */
  probabilities: number[];
}

/** A network's answers to a set. */
export interface Answers {
  /** How many samples of class i were taken for class j: [i][j]. */
  confusion: number[][];
  /** The mistakes made with most confidence, worst first. */
  mistakes: Mistake[];
}

/** Options of {@link confusionAndMistakes}. */
export interface AnswerOptions {
  /** How the set's images lie in memory. */
  imageShape: readonly [rows: number, columns: number];
  /** How many mistakes to keep. */
  worst: number;
}

/**
 * Asks a model, in evaluation mode, about every image of a set: pixels in [0, 1], in any shape that
 * the model gives logits [n, classes] for. Mistakes are ordered by the probability that was
 * given to the wrong class.
 */
export function confusionAndMistakes(
  model: nn.Module,
  set: data.Dataset,
  { imageShape: [rows, columns], worst }: AnswerOptions,
): Answers {
  const confusion: number[][] = [];
  const wrong: Omit<Mistake, "pixels" | "rows" | "columns">[] = [];
  const modes = Array.from(model.modules(), (module) => [module, module.training] as const);
  model.eval();
  try {
    let at = 0;
    for (const [x, y] of new data.DataLoader(set, { batchSize: 500 })) {
      const scores = noGrad(() => softmax(model.forward(x), 1));
      const [n, classes] = scores.shape as [number, number];
      while (confusion.length < classes) confusion.push(new Array<number>(classes).fill(0));
      const [all, labels, guesses] = [scores, y, scores.argmax(1)].map((t) => t.toTypedArray());
      for (let i = 0; i < n; i++) {
        const [label, guess] = [labels![i]!, guesses![i]!];
        confusion[label]![guess]!++;
        if (guess === label) continue;
        const probabilities = Array.from(all!.subarray(i * classes, (i + 1) * classes));
        wrong.push({ index: at + i, label, guess, probabilities });
      }
      at += n;
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
  const confidence = ({ probabilities, guess }: typeof wrong[number]) => probabilities[guess]!;
  wrong.sort((a, b) => confidence(b) - confidence(a) || a.index - b.index);
  const mistakes = wrong.slice(0, worst).map((mistake): Mistake => {
    const x = noGrad(() => set.get(mistake.index)[0].toTypedArray());
    return { ...mistake, pixels: Uint8Array.from(x, (v) => Math.round(255 * v)), rows, columns };
  });
  return { confusion, mistakes };
}
