/** A worker's file that waits, and forgets to serve. */
import "../../../mod.ts"; // which tells that nothing was served: a file without it stays silent

await new Promise((resolve) => setTimeout(resolve, 20));
