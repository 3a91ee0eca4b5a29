/**
 * JSON read member by member, for headers of files. `JSON.parse` would make objects of all of it
 * before anything could be refused, keeps the last of two equal keys without a word, and moves keys
 * like "0" to the front.
 *
 * @module
 */
import { DataError, printable } from "../core/errors.ts";

/** The most characters of a key, quotes included. */
export const MAX_KEY = 10_000;

const SPACE = /[ \t\n\r]*/y;
const WORD = /[^\s{}[\],:"]+/y;

/**
 * The members of the object that a text is, in its order. A value is still text: what stands in its
 * brackets is not looked at, but that they close.
 *
 * Throws DataError, which begins with `what`, where the text is no object, where a key stands twice
 * and where one has more than 10,000 characters.
 */
export function* members(
  what: string,
  json: string,
): IterableIterator<[key: string, value: string]> {
  const keys = new Set<string>();
  let at = expect(what, json, "{", 0);
  if (json[skip(SPACE, json, at)] === "}") at = expect(what, json, "}", at);
  else {
    for (;;) {
      const begin = skip(SPACE, json, at);
      at = endOfString(what, json, begin);
      const text = json.slice(begin, at);
      if (text.length > MAX_KEY) {
        throw new DataError(
          `${what}: a key has up to ${MAX_KEY} characters: this one has ${text.length}`,
        );
      }
      const key = parse(what, text) as string;
      if (keys.has(key)) throw new DataError(`${what}: the key ${clip(text)} stands twice`);
      keys.add(key);
      const value = skip(SPACE, json, expect(what, json, ":", at));
      at = endOf(what, json, value);
      yield [key, json.slice(value, at)];
      const next = skip(SPACE, json, at);
      at = next + 1;
      if (json[next] === "}") break;
      if (json[next] !== ",") throw malformed(what, next);
    }
  }
  const end = skip(SPACE, json, at);
  if (end !== json.length) throw malformed(what, end);
}

/** `JSON.parse` that throws DataErrors, which begin with `what`. */
export function parse(what: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new DataError(`${what}: ${clip(json)} is not JSON`, { cause });
  }
}

/** A text out of a file, in the length of a line: a hostile one may have megabytes, or control terminals. */
export function clip(text: string): string {
  return printable(text.length <= 100 ? text : `${text.slice(0, 100)}…`);
}

/** Where what a pattern matches at a place ends: the place itself where it does not. */
function skip(pattern: RegExp, json: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(json) ? pattern.lastIndex : at;
}

/** The place behind a mark, which spaces may stand before. */
function expect(what: string, json: string, mark: string, at: number): number {
  at = skip(SPACE, json, at);
  if (json[at] !== mark) throw malformed(what, at);
  return at + 1;
}

/** Where the value at a place ends: a word, a string, or all up to the bracket that closes. */
function endOf(what: string, json: string, begin: number): number {
  let at = begin;
  for (let depth = 0;;) {
    const mark = json[at];
    const next = skip(WORD, json, at);
    if (next > at) at = next;
    else if (mark === '"') at = endOfString(what, json, at);
    else if (mark === "{" || mark === "[") depth++, at++;
    else if (depth > 0 && (mark === "}" || mark === "]")) depth--, at++;
    else if (depth > 0 && mark !== undefined) at++;
    else throw malformed(what, at);
    if (depth === 0) return at;
  }
}

/** Where the string that begins at a place ends. */
function endOfString(what: string, json: string, begin: number): number {
  if (json[begin] !== '"') throw malformed(what, begin);
  for (let at = begin + 1;; at++) {
    at = json.indexOf('"', at);
    if (at < 0) throw malformed(what, begin);
    let escapes = 0; // an even number of backslashes are escapes of one another
    while (json[at - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
}

function malformed(what: string, at: number): DataError {
  return new DataError(`${what}: JSON ends or is malformed at character ${at}`);
}
