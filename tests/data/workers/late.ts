/** A worker's file that serves after it has waited. */
import { arange, data } from "../../../mod.ts";

await new Promise((resolve) => setTimeout(resolve, 50));
data.serveDataset(new data.TensorDataset(arange(3), arange(3)));
