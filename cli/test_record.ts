/**
 * The test set is evaluated once. Whoever looks twice chooses by it, so every look is on record: in
 * `test.json` of a run or a grid, before it is taken.
 */
import { z } from "zod";
import type { WorkFolder } from "./files.ts";
import { figure, text } from "./flags.ts";
import type { Figures } from "./results.ts";

const figures = z.record(text, z.union([figure, z.array(z.array(z.number()))]))
  .transform((values) => values as Figures);

/** A look at the test set. */
const EVALUATION = z.object({
  /** The trial whose weights were evaluated; what a run has taken. */
  trial: text,
  weightHash: text,
  began: text,
  /** What it gave; null while it is not over, and for good where the process died over it. */
  figures: figures.nullable(),
});
export type TestEvaluation = z.output<typeof EVALUATION>;

const FILE = "test.json";

type Folder = Pick<WorkFolder, "read" | "write">;

/** All looks at the test set that a folder knows of. */
export function testEvaluations(folder: Folder): TestEvaluation[] {
  return folder.read(FILE, z.object({ evaluations: z.array(EVALUATION) }))?.evaluations ?? [];
}

/**
 * Evaluates the test set, unless that was done before and `again` is false. The record is written
 * before the look as well as after it. A look that nobody came to see, because the process died over
 * it, does not count as one, but stays on record.
 *
 * @returns The evaluation, and whether it was refused: then it is the one on record.
 */
export async function evaluateOnce(
  folder: Folder,
  { trial, weightHash, again = false }: { trial: string; weightHash: string; again?: boolean },
  evaluate: () => Promise<Figures>,
): Promise<{ evaluation: TestEvaluation; refused: boolean }> {
  const evaluations = testEvaluations(folder);
  const seen = evaluations.findLast(({ figures }) => figures !== null);
  if (seen !== undefined && !again) return { evaluation: seen, refused: true };
  const began = new Date().toISOString();
  const evaluation: TestEvaluation = { trial, weightHash, began, figures: null };
  evaluations.push(evaluation);
  folder.write(FILE, { evaluations });
  evaluation.figures = await evaluate();
  folder.write(FILE, { evaluations });
  return { evaluation, refused: false };
}
