/**
 * Lines of JSON that know whether they are whole:
 *
 *     {"sha256":"<16 hex digits>","value":…}
 *
 * The hash is over the text of the value. A program that dies while it writes leaves a line that
 * does not fit its hash, or has no end.
 */
import { sha256 } from "../files.ts";

/** A value as a line, line break included. JSON has no NaN and no infinity: they become null. */
export function encodeLine(value: unknown): string {
  const text = JSON.stringify(value);
  return `{"sha256":"${sha256(text).slice(0, 16)}","value":${text}}\n`;
}

/** What was found in a file of such lines. */
export interface Lines {
  /** The values of the whole lines. */
  values: unknown[];
  /** Numbers of the lines that are damaged, counted from 1; a torn last one is not among them. */
  damaged: number[];
  /** Bytes up to the end of the last line that has an end. */
  end: number;
  /** Whether there is a beginning of a line after it. */
  torn: boolean;
}

/** Reads a file's bytes. */
export function decodeLines(bytes: Uint8Array): Lines {
  const end = bytes.lastIndexOf(10) + 1;
  const found: Lines = { values: [], damaged: [], end, torn: end < bytes.length };
  const lines = new TextDecoder().decode(bytes.subarray(0, end)).split("\n").slice(0, -1);
  for (const [i, line] of lines.entries()) {
    const [, hash, text] = /^\{"sha256":"([0-9a-f]{16})","value":(.*)\}$/.exec(line) ?? [];
    if (text !== undefined && sha256(text).slice(0, 16) === hash) {
      found.values.push(JSON.parse(text));
    } else found.damaged.push(i + 1);
  }
  return found;
}
