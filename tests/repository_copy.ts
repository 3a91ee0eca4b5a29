/** A copy of the repository in which files may be changed, until the `using` block ends. */
import { root, temporaryFolder } from "./subprocess.ts";

/** Of these folders, `deno.json` and `mod.ts`; packages are links. */
export function copyRepository(folders: readonly string[]): ReturnType<typeof temporaryFolder> {
  const folder = temporaryFolder();
  for (const name of [...folders, "deno.json", "mod.ts"]) {
    copy(root + name, `${folder.path}/${name}`);
  }
  return folder;
}

/** Copies files, and folders with all that is in them; of packages a link does. */
export function copy(from: string, to: string): void {
  if (from.endsWith("/node_modules")) return Deno.symlinkSync(from, to);
  if (Deno.statSync(from).isFile) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to, { recursive: true });
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}
