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
  const input = element(id, HTMLInputElement);
  input.addEventListener("change", async () => {
    const files = await Promise.all(
      Array.from(input.files ?? [], async (file) => ({
        name: file.name,
        bytes: await file.arrayBuffer(),
      })),
    );
    input.value = ""; // the same file may be chosen again
    if (files.length > 0) chosen(files);
  });
}
