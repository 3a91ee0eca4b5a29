/**
 * Files out of the page and into it.
 *
 * @module
 */
import { element } from "./dom.ts";

/** Hands a file to the browser's downloads. */
export function download(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A file that the user chose. */
export interface Chosen {
  name: string;
  bytes: ArrayBuffer;
}

/** Calls back with the files that are chosen in an input. */
export function onChoice(id: string, chosen: (files: Chosen[]) => void): void {
  onFiles(id, async (files) => chosen(await Promise.all(files.map(read))));
}

/**
 * Calls back with the weights and the config of a run whose folder is chosen in an input; with null
 * and the folder's name where it has no weights. No other file of it is read.
 */
export function onRunFolder(
  id: string,
  chosen: (weights: Chosen | null, config: string | undefined, folder: string) => void,
): void {
  onFiles(id, async (files) => {
    const folder = files[0]!.webkitRelativePath.split("/")[0]!;
    const find = (name: string) =>
      files.find(({ webkitRelativePath }) => webkitRelativePath === `${folder}/${name}`);
    const [weights, config] = [find("weights.safetensors"), find("config.json")];
    const found = weights === undefined ? null : { ...await read(weights), name: folder };
    chosen(found, await config?.text(), folder);
  });
}

function onFiles(id: string, chosen: (files: File[]) => Promise<void>): void {
  const input = element(id, HTMLInputElement);
  input.addEventListener("change", async () => {
    const files = Array.from(input.files ?? []);
    if (files.length > 0) await chosen(files);
    input.value = ""; // the same file may be chosen again
  });
}

async function read(file: File): Promise<Chosen> {
  return { name: file.name, bytes: await file.arrayBuffer() };
}
