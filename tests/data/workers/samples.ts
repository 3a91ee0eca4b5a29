/** A worker whose samples are a number and what is drawn for it; number 7 cannot be read. */
import { data, rand, tensor } from "../../../mod.ts";

data.serveDataset({
  length: 12,
  async get(i: number) {
    await Promise.resolve();
    if (i === 7) throw new RangeError("no such thing as 7");
    return [rand([2]), tensor(i, { dtype: "int32" })] as never;
  },
}, { names: ["a", "b"] });
