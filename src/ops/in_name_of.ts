/**
 * Errors of ops that are made of other ops.
 *
 * @module
 */

/** Runs what an op is made of; what that refuses is told in the op's own name. */
export function inNameOf<T>(op: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replace(/^\w+: /, `${op}: `);
    throw error;
  }
}
