/**
 * Checks that optimizers share.
 *
 * @module
 */

/** RangeError that names the first setting that is negative or no number. */
export function checkNotNegative(optimizer: string, settings: Record<string, number>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value >= 0) continue;
    throw new RangeError(`${optimizer}: ${name} must be at least 0: it is ${value}`);
  }
}
