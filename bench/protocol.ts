/**
 * How the benchmark speaks with the processes that it measures, one line of JSON each way: so that
 * builds and libraries take turns on every row, whatever they are written in.
 *
 * ```
 * {"do":"next"}                              {"row":{…}} or {"leftOut":"why"} or {"done":true}
 * {"do":"begin","row":{…},"threads":1}       {"variants":["eager","compiled"]} or {"value":0.344} or {"cannot":"why"}
 * {"do":"time","variant":"eager","k":100,"threads":1}                    {"seconds":0.1}
 * {"do":"limit","kind":"fma","k":100,"threads":1}                        {"seconds":0.1,"work":0.08}
 * ```
 *
 * Only this library's processes are asked for the next row and for the limit. `begin` checks the result
 * first: `{"wrong":"why"}` where it is not what it should be.
 *
 * @module
 */
import type { LimitKind, Row } from "./rows.ts";

/** What is asked. */
export type Request =
  | { do: "next" }
  | { do: "begin"; row: Row; threads: number }
  | { do: "time"; variant: string; k: number; threads: number }
  | { do: "limit"; kind: LimitKind; k: number; threads: number };

/** What is answered: the fields that the request is about. */
export interface Answer {
  /** The next row. */
  row?: Row;
  /** There is no other. */
  done?: true;
  /** Why the rows of a workload are left out. */
  leftOut?: string;
  /** The ways in which the row can be done, each of which is timed. */
  variants?: string[];
  /** The figure of a row that is not timed. */
  value?: number;
  /** Why the row cannot be done. */
  cannot?: string;
  /** Why its result is wrong. */
  wrong?: string;
  /** Seconds that k times took. */
  seconds?: number;
  /** GFLOP or GB of doing a limit's loop once. */
  work?: number;
  /** What went wrong in another way. */
  failed?: string;
}

/** The lines of a stream of bytes. */
export async function* linesOf(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** Answers requests from the standard input until it ends. */
export async function serve(answer: (request: Request) => Promise<Answer>): Promise<void> {
  for await (const line of linesOf(Deno.stdin.readable)) {
    let told: Answer;
    try {
      told = await answer(JSON.parse(line) as Request);
    } catch (error) {
      told = { failed: (error as Error).message };
    }
    console.log(JSON.stringify(told));
  }
}
