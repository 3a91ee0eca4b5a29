/**
 * A grid that cannot go on.
 *
 * @module
 */

/** Something outside the program is in the way; what was finished is kept, and the exit code is 1. */
export class GridError extends Error {
  /** The error's name, for logs. */
  override name = "GridError";
}
