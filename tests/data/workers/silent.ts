/** A worker's file that waits, and forgets to serve. */
await new Promise((resolve) => setTimeout(resolve, 20));
