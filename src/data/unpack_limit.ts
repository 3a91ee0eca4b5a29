/**
 * How much a packed file may unpack to where nobody says: a small file can stand for gigabytes.
 *
 * @module
 */

/** What any file may unpack to: 64 MiB. */
const SMALL = 2 ** 26;

/** How many times its own size a larger file may unpack to; weights and images come to 1 to 10. */
const RATIO = 32;

/** What no file may unpack to: 2 GiB. */
const MOST = 2 ** 31;

/** The most bytes that a file of so many bytes unpacks to, unless its reader is told another limit. */
export function unpackLimit(packed: number): number {
  return Math.min(Math.max(SMALL, RATIO * packed), MOST);
}
