/**
 * The page as static files.
 *
 * @module
 */
import type { Files } from "./bundle.ts";

/** Writes files below a folder, which is made; images are gzipped, as hosts do not do it for them. */
export async function writeSite(folder: string, files: Files): Promise<void> {
  for (const [name, bytes] of files) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, name.endsWith(".idx") ? await gzip(bytes) : bytes);
  }
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}
