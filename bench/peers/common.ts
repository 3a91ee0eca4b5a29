/**
 * What the libraries in JavaScript share: the protocol, and the known losses. Their packages are named
 * in `deno.json` beside this file; what names them there is no literal in an import, since nothing else
 * of the repository needs them.
 *
 * @module
 */
import { CheckError, checkNear } from "../check.ts";
import { readFrom } from "../mnist.ts";
import { type Answer, type Request, serve } from "../protocol.ts";
import type { Row } from "../rows.ts";
import { GPT_LOSS, KNOWN_LOSS } from "../spec.ts";

export { initialCnn, initialMlp, transposed } from "./initial.ts";

/** Number of threads. */
export const THREADS: number = Number(Deno.args[0]);

/** Which of the libraries that a program serves. */
export const PEER: string = Deno.args[2]!;

readFrom(Deno.args[1]!);

/** What a package without types gives. */
// deno-lint-ignore no-explicit-any
export type Any = any;

/** A package of `deno.json`. */
export async function load(name: string): Promise<Any> {
  return await import(name);
}

/** Does the work k times; what runs later is waited for. */
export type Work = (k: number) => void | Promise<void>;

/** For a row what is timed, or its result; null where the library has nothing like it. */
export type Ways = (row: Row) => Promise<Work | number | null> | Work | number | null;

/** Answers requests until there are no more. */
export async function serveRows(waysOf: Ways): Promise<never> {
  let work: Work | null = null;
  const begin = async (row: Row): Promise<Answer> => {
    try {
      const way = await waysOf(row);
      if (typeof way === "number") return { value: way };
      work = way;
      return way === null ? { cannot: `${PEER} has nothing like it` } : { variants: [""] };
    } catch (error) {
      if (!(error instanceof CheckError)) throw error;
      return { wrong: error.message };
    }
  };
  await serve(async (request: Request) => {
    if (request.do === "begin") return await begin(request.row);
    if (request.do !== "time") throw new Error(`${PEER} has no ${request.do}`);
    const began = performance.now();
    await work!(request.k);
    return { seconds: (performance.now() - began) / 1000 };
  });
  Deno.exit();
}

/** The mean of the last ten losses. Throws CheckError where it is not the known one. */
export async function checkedLoss(
  net: "mlp" | "cnn" | "gpt",
  step: () => number | Promise<number>,
): Promise<number> {
  const { steps, mean, tolerance } = net === "gpt" ? GPT_LOSS : KNOWN_LOSS[net].known;
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push(await step());
  const loss = losses.slice(-10).reduce((sum, value) => sum + value) / 10;
  checkNear(`mean loss of steps ${steps - 9} to ${steps}`, loss, mean, tolerance);
  return loss;
}

/** Rows of samples, one behind another. */
export function gather(x: Float32Array, rows: Int32Array, width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(x.subarray(row * width, (row + 1) * width), i * width));
  return out;
}
