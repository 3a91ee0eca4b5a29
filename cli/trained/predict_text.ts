/** What a network that writes makes of beginnings: text, as it comes. */
import type { Built, WritingChoice } from "../experiment.ts";
import { printable } from "../errors.ts";
import { writeLine, writeText } from "../output.ts";
import { print } from "../print.ts";

/** How it is to write, and how that is shown. */
interface Options extends Pick<WritingChoice, "length" | "temperature"> {
  readonly topK?: number | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

/** Prints what a network writes after each prompt, and without one what it begins with by itself. */
export async function predictText(
  write: NonNullable<Built["write"]>,
  heading: string,
  prompts: readonly string[],
  { length, temperature, topK, seed = Math.floor(Math.random() * 2 ** 32), json }: Options,
): Promise<void> {
  const choice = { length, temperature, seed, ...topK === undefined ? {} : { topK } };
  const texts: { prompt: string; text: string }[] = [];
  const begun = (prompts.length === 0 ? [""] : prompts).map((prompt, i) => {
    return [prompt, write(prompt, { ...choice, seed: (seed + i) % 2 ** 32 })] as const;
  });
  if (!json) print(`${heading}\n`);
  for (const [prompt, pieces] of begun) {
    let text = prompt;
    if (!json) writeText(shown(prompt));
    for await (const piece of pieces) {
      text += piece;
      if (!json) writeText(shown(piece));
    }
    if (!json) writeText("\n");
    texts.push({ prompt, text });
  }
  if (json) writeLine(JSON.stringify(texts));
}

/** A text for a terminal: what moves its cursor is named, but for new lines. */
function shown(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
