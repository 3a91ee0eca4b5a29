/** The diffs of docs/extending.md. */
import assert from "node:assert/strict";
import { root } from "../subprocess.ts";

/** Those of a section, by the file that each changes or makes. */
function diffsOf(section: string): Map<string, string> {
  const page = Deno.readTextFileSync(`${root}docs/extending.md`);
  const [, text] = page.split(`\n## ${section}\n`);
  assert.ok(text !== undefined, `docs/extending.md has no section ${section}`);
  const [own] = text.split(/^## /m);
  const all = new Map<string, string>();
  for (const [, block] of own!.matchAll(/^```diff\n(.*?)^```$/gms)) {
    for (const diff of block!.split(/^(?=--- )/m)) {
      const [, file] = diff.match(/^\+\+\+ b\/(\S+)/m)!;
      all.set(file!, diff);
    }
  }
  return all;
}

/** Applies the diffs of a section in a copy of the repository; returns the files that they change. */
export async function applyDiffs(section: string, folder: string): Promise<string[]> {
  const diffs = diffsOf(section);
  await Deno.writeTextFile(`${folder}/a.diff`, [...diffs.values()].join(""));
  const { code, stderr } = await new Deno.Command("git", {
    args: ["apply", "a.diff"],
    cwd: folder,
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.equal(code, 0, `docs/extending.md, ${section}: ${new TextDecoder().decode(stderr)}`);
  return [...diffs.keys()].sort();
}
