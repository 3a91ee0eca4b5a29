/** A worker that trains. */
import { setKernelBuild, setNumThreads, train } from "@glim/glim";
import { training } from "./training.ts";

train.serveTrainer(({ strict }: { strict: boolean }) => {
  if (strict) setKernelBuild("strict");
  setNumThreads(1);
  return training();
});
