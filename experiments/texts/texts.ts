/** Texts of packages that `deno task texts` installs: no training needs them but those of texts. */
import { DataError } from "@glim/glim";

/** What stands in a JSON file of a package of this folder. */
function read(name: string, file: string): unknown {
  const url = new URL(`node_modules/@stdlib/${name}/data/${file}`, import.meta.url);
  try {
    return JSON.parse(Deno.readTextFileSync(url));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new DataError("texts are not installed: run `deno task texts` once", { cause });
  }
}

/** Herman Melville, Moby-Dick, 1851: 135 chapters, 1.2 million characters. */
export function mobyDick(): string {
  const chapters = Array.from({ length: 135 }, (_, i) => {
    const { chapter, title, text } = read("datasets-moby-dick", `chapter_${i + 1}.json`) as {
      chapter: string;
      title: string;
      text: string;
    };
    return `CHAPTER ${chapter}. ${title}\n\n${text}\n`;
  });
  return chapters.join("\n");
}

/** First names in English, in small letters, each once. */
export function firstNames(): string[] {
  const lists = ["female", "male"].map((kind) => {
    return read(`datasets-${kind}-first-names-en`, "names.json") as string[];
  });
  return [...new Set(lists.flat().map((name) => name.toLowerCase()))].sort();
}
