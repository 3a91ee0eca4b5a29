/**
 * Stands for `build/wide.ts` in the page, which is a third smaller without: no browser joins
 * neighbouring vectors.
 *
 * @module
 */

/** There is no wide build. */
export const wide: Readonly<Record<string, string>> = {};
/** There is nothing to find out. */
export const race: string = "";
