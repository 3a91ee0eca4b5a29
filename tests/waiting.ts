/** Ways to let other code run. */

/** Waits for some milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Lets everything else run that is ready. */
export function macrotask(): Promise<void> {
  return sleep(0);
}
