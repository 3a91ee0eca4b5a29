/**
 * What a network answers, and where it is most wrong.
 *
 * @module
 */
import { data, type nn, noGrad } from "@glim/glim";

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

/** Options of {@link confusionAndMistakes}. */
export interface AnswerOptions {
  /** How the set's images lie in memory. */
  imageShape: readonly [rows: number, columns: number];
  /** How many mistakes to keep. */
  worst: number;
}

/**
 * Asks a model, in evaluation mode, about every image of a set: pixels in [0, 1], in any shape that
 * the model gives logits [n, classes] for. The worst mistakes are those whose right answer got the
 * least probability.
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
      const scores = noGrad(() => model.forward(x));
      const [n, classes] = scores.shape as [number, number];
      while (confusion.length < classes) confusion.push(new Array<number>(classes).fill(0));
      const [all, labels, guesses] = [scores, y, scores.argmax(1)].map((t) => t.toTypedArray());
      for (let i = 0; i < n; i++) {
        const [label, guess] = [labels![i]!, guesses![i]!];
        confusion[label]![guess]!++;
        if (guess === label) continue;
        const logits = all!.subarray(i * classes, (i + 1) * classes) as Float32Array;
        const { probabilities, loss } = certainty(logits, label);
        wrong.push({ index: at + i, label, guess, probabilities, loss });
      }
      at += n;
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
  wrong.sort((a, b) => b.loss - a.loss || a.index - b.index);
  const mistakes = wrong.slice(0, worst).map((mistake): Mistake => {
    const x = noGrad(() => set.get(mistake.index)[0].toTypedArray());
    return { ...mistake, pixels: Uint8Array.from(x, (v) => Math.round(255 * v)), rows, columns };
  });
  return { confusion, mistakes };
}

/** Probabilities and the loss of a label, in double precision: float32 would end at 1 − 10⁻⁷. */
function certainty(
  logits: Float32Array,
  label: number,
): Pick<Mistake, "probabilities" | "loss"> {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return {
    probabilities: powers.map((power) => power / sum),
    loss: Math.log(sum) - (logits[label]! - largest),
  };
}
