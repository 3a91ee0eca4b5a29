/**
 * What deno.json says of the library.
 *
 * @module
 */

/** The repository's folder. */
export const REPOSITORY: URL = new URL("../../", import.meta.url);

const library = JSON.parse(Deno.readTextFileSync(new URL("deno.json", REPOSITORY)));

/** As it is imported. */
export const NAME: string = library.name;

/** The files that are imported, by what follows the library's name after a dot: `./nn`. */
export const entryPoints: Readonly<Record<string, string>> = library.exports;
