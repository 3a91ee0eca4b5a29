/**
 * Errors of ops that are made of others.
 *
 * @module
 */

/** Runs what an op is made of; what a part of it refuses is told in the op's own name. */
export function inOwnWords<T>(op: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replace(/^\w+: /, `${op}: `);
    throw error;
  }
}
