/**
 * W9: a training step of a small GPT, and how fast it writes. W9check: the loss after 30 steps.
 *
 * @module
 */
import { nn } from "@glim/glim";
import type { Case } from "../case.ts";
import { CheckError, checkNear } from "../check.ts";
import { GPT_PRODUCTS, GptRun, SmallGpt } from "../gpt.ts";
import { gflopOf } from "../network.ts";
import { GPT, GPT_LOSS } from "../spec.ts";

/** Tokens of a text that it writes: as many as it sees, but for the first. */
const WRITTEN = GPT.context - 1;

/** W9check, then W9. */
export function* sequences(): Generator<Case> {
  yield {
    workload: "W9check",
    params: { batch: GPT.batch, steps: GPT_LOSS.steps },
    title: `loss after ${GPT_LOSS.steps} steps`,
    unit: "nll",
    result: () => meanOfLast(GPT_LOSS.steps, GPT_LOSS.mean, GPT_LOSS.tolerance),
  };
  using training = new GptRun();
  yield {
    workload: "W9",
    params: { what: "step" },
    title: `a step of a GPT (nanoGPT's), ${GPT.batch} × ${GPT.context} tokens`,
    unit: "tokens/s",
    work: GPT.batch * GPT.context,
    limit: ["fma", gflopOf(GPT_PRODUCTS, true) * GPT.batch * GPT.context],
    notes: "the batch, clipping of gradients and AdamW included",
    check: () => void meanOfLast(10, GPT_LOSS.first, GPT_LOSS.tolerance),
    run: (k) => training.run(k),
  };
  using model = new SmallGpt().eval() as SmallGpt;
  const write = (options: nn.GenerateOptions = {}): Promise<number[]> => {
    const choice = { maxNewTokens: WRITTEN, temperature: 0, ...options };
    return Array.fromAsync(nn.generate(model, [0], choice));
  };
  yield {
    workload: "W9",
    params: { what: "writing" },
    title: `the same writes ${WRITTEN} tokens, one by one`,
    unit: "tokens/s",
    work: WRITTEN,
    notes: "with a cache of keys and values, always the likeliest token",
    check: async () => {
      const [cached, whole] = [await write(), await write({ cache: false })];
      if (cached.join() !== whole.join()) throw new CheckError("with the cache it writes others");
    },
    run: async (k) => {
      for (let i = 0; i < k; i++) await write();
    },
  };
}

/** The mean of the last ten losses of a training. Throws CheckError where it is not the known one. */
function meanOfLast(count: number, known: number, tolerance: number): number {
  using training = new GptRun();
  const loss = training.losses(count).slice(-10).reduce((sum, value) => sum + value) / 10;
  checkNear(`mean loss of steps ${count - 9} to ${count}`, loss, known, tolerance);
  return loss;
}
