/** A worker that ends when it is asked for a sample. */
import { data } from "../../../mod.ts";

data.serveDataset({
  length: 3,
  get() {
    setTimeout(() => {
      throw new Error("out of paper");
    });
    return new Promise<never>(() => {});
  },
});
