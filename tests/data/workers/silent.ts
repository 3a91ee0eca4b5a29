/** A worker's file that waits, and forgets to serve. */
import { data } from "../../../mod.ts";

await new Promise((resolve) => setTimeout(resolve, 20));
export const forgotten = data.serveDataset;
