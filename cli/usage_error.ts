/**
 * A command that was called wrongly.
 *
 * @module
 */

/** What the user typed cannot be done; the command ends with exit code 2. */
export class UsageError extends Error {
  /** The error's name, for logs. */
  override name = "UsageError";
}
