/**
 * The test set of a grid is evaluated once. Whoever looks twice chooses by it, so every look is on
 * record: in `test.json`, before it is taken.
 *
 * @module
 */
import type { GridFolder } from "./grid_folder.ts";
import { checkEvaluations } from "./schemas.ts";

/** A look at the test set. */
export interface TestEvaluation {
  /** The trial whose weights were evaluated. */
  trial: string;
  /** SHA-256 of those weights. */
  weightHash: string;
  /** When it began. */
  began: string;
  /** What it gave, by the names of the metrics; null while it is not over, and for good where the process died over it. */
  figures: Readonly<Record<string, number>> | null;
}

const FILE = "test.json";

/** All looks at the test set that a folder knows of. */
export function testEvaluations(folder: Pick<GridFolder, "read">): TestEvaluation[] {
  const bytes = folder.read(FILE);
  if (bytes === undefined) return [];
  return checkEvaluations(bytes, FILE);
}

/**
 * Evaluates the test set, unless that was done before and `again` is false. The record is written
 * before the look as well as after it. A look that nobody came to see, because the process died over
 * it, does not count as one, but stays on record.
 *
 * @returns The evaluation, and whether it was refused: then it is the one on record.
 */
export async function evaluateOnce(
  folder: Pick<GridFolder, "read" | "write">,
  { trial, weightHash, again }: { trial: string; weightHash: string; again: boolean },
  evaluate: () => Promise<Record<string, number>>,
): Promise<{ evaluation: TestEvaluation; refused: boolean }> {
  const evaluations = testEvaluations(folder);
  const seen = evaluations.findLast(({ figures }) => figures !== null);
  if (seen !== undefined && !again) return { evaluation: seen, refused: true };
  const evaluation: TestEvaluation = {
    trial,
    weightHash,
    began: new Date().toISOString(),
    figures: null,
  };
  evaluations.push(evaluation);
  const save = () => folder.write(FILE, JSON.stringify({ evaluations }, null, 2) + "\n");
  save();
  evaluation.figures = await evaluate();
  save();
  return { evaluation, refused: false };
}
