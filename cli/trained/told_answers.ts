/** Answers to many inputs as CSV or JSON, each with how sure it is. */
import { DataError } from "@glim/glim";
import { type Answer, guessOf } from "../asked.ts";
import { messageOf } from "../errors.ts";
import { isFile } from "../files.ts";
import { writeLine } from "../output.ts";
import { print } from "../print.ts";
import { countOf } from "../words.ts";

/** Where answers go, and how they are told. */
export interface Output {
  /** A file; undefined: standard output. */
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** Answers, and what they are to. */
export interface Answers {
  /** What one is to: `row`, `picture`. */
  readonly what: string;
  /** What each is to. */
  readonly names: readonly string[];
  readonly answers: readonly Answer[];
  /** The classes; empty where answers are numbers. */
  readonly classNames: readonly string[];
  /** What a number is called. */
  readonly target?: string;
  /** The run's folder, which has the probability from which on an answer is sure. */
  readonly run: string;
}

/** Prints or writes answers, a row each: what it is to, and what it is. */
export function tellAnswers(
  { what, names, answers, classNames, target = "answer", run }: Answers,
  { out, json }: Output,
): void {
  const isClass = classNames.length > 0;
  const threshold = isClass ? thresholdIn(run) : 0;
  const head = isClass ? [what, "answer", "probability", "sure"] : [what, target];
  const rows = answers.map((answer, i) => {
    if (!isClass) return [names[i]!, String(answer.values[0])];
    const guess = guessOf(answer);
    const p = answer.values[guess]!;
    return [names[i]!, classNames[guess]!, p.toFixed(4), p >= threshold ? "yes" : "unsure"];
  });
  if (json) {
    const named = rows.map((row) => Object.fromEntries(row.map((text, i) => [head[i]!, text])));
    return writeLine(JSON.stringify(named));
  }
  const text = [head, ...rows].map((row) => row.map(cell).join(",")).join("\n");
  if (out === undefined) return print(text);
  try {
    Deno.writeTextFileSync(out, `${text}\n`);
  } catch (cause) {
    throw new DataError(`write ${out}: ${messageOf(cause)}`, { cause });
  }
  const unsure = rows.filter((row) => row[3] === "unsure").length;
  print(`${out}: ${countOf(rows.length, what)}${isClass ? `, of which ${unsure} unsure` : ""}`);
}

/** From which probability on an answer is sure: what was chosen on the run's dev set. */
function thresholdIn(run: string): number {
  const path = `${run}/answering.json`;
  if (!isFile(path)) return 0;
  try {
    const { threshold } = Object(JSON.parse(Deno.readTextFileSync(path))) as {
      threshold?: unknown;
    };
    return typeof threshold === "number" ? threshold : 0;
  } catch (cause) {
    throw new DataError(`read ${path}: ${messageOf(cause)}`, { cause });
  }
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
