/**
 * The keys of a JSON text, which `JSON.parse` hides: it keeps the last of two equal keys without
 * a word, and moves keys like "0" to the front.
 *
 * @module
 */
import { DataError } from "../errors.ts";

/**
 * The keys of the outermost object, in the order of the text.
 * `json` must be what `JSON.parse` has accepted; throws DataError where any object has one key twice.
 */
export function jsonKeys(json: string): string[] {
  const open: Set<string>[] = [];
  let outermost: string[] = [];
  let text = "";
  for (let i = 0; i < json.length; i++) {
    switch (json[i]) {
      case '"': {
        // Strings are stepped over whole: brackets and colons inside them count for nothing.
        const begin = i++;
        while (json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
        text = json.slice(begin, i + 1);
        break;
      }
      case "{":
        open.push(new Set());
        break;
      case "}":
        outermost = [...open.pop()!];
        break;
      case ":": {
        // A colon stands only after a key.
        const key = JSON.parse(text) as string;
        const keys = open.at(-1)!;
        if (keys.has(key)) throw new DataError(`JSON: the key ${text} stands twice`);
        keys.add(key);
      }
    }
  }
  return outermost;
}
