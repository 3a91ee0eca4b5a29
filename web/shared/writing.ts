/**
 * A run that learns to write. The page's worker and the command line build the same from a configuration.
 *
 * @module
 */
import { DataError, type Tensor } from "@glim/glim";
import * as data from "@glim/glim/data";
import * as functional from "@glim/glim/functional";
import * as lrScheduler from "@glim/glim/lr_scheduler";
import * as optim from "@glim/glim/optim";
import * as text from "@glim/glim/text";
import { GPT } from "./gpt.ts";
import type { WritingConfig } from "./writing_config.ts";

/** Different characters that a text has at most: each is a row of the network. */
const MOST_DIFFERENT = 4096;

/** What a text is cut into. */
export interface TextData {
  /** Windows at random places of the first nine tenths. */
  train: text.TokenDataset;
  /** At most some 400 windows of the rest. */
  dev: data.Dataset;
  /** All characters, in the order of their tokens. */
  characters: string;
}

/**
 * A text as what a run learns from and is judged by. DataError where there is nothing to learn in it, or
 * too little for the context.
 */
export function textData(
  source: string,
  { context, stepsPerEpoch, batchSize }: Pick<
    WritingConfig,
    "context" | "stepsPerEpoch" | "batchSize"
  >,
): TextData {
  if (source.trim() === "") throw new DataError("the text is empty: there is nothing to learn");
  const tokenizer = new text.CharTokenizer(source);
  const { characters, vocabularySize } = tokenizer;
  if (vocabularySize === 1) {
    throw new DataError(
      `the text is one character over and over, ${JSON.stringify(characters)}: ` +
        "there is nothing to learn",
    );
  }
  if (vocabularySize > MOST_DIFFERENT) {
    throw new DataError(
      `the text has ${vocabularySize} different characters: at most ${MOST_DIFFERENT} can be learnt`,
    );
  }
  const tokens = tokenizer.encode(source);
  const learnt = Math.floor(0.9 * tokens.length);
  if (tokens.length - learnt <= context) {
    throw new DataError(
      `the text must have at least ${
        10 * context + 1
      } characters for a context of ${context}, as a ` +
        `tenth of it is kept to judge by: it has ${tokens.length}`,
    );
  }
  const compared = new text.TokenDataset(tokens.subarray(learnt), context);
  const step = Math.ceil(compared.length / 400);
  const some = Array.from({ length: Math.ceil(compared.length / step) }, (_, i) => i * step);
  return {
    train: new text.TokenDataset(tokens.subarray(0, learnt), context, {
      randomSamples: stepsPerEpoch * batchSize,
    }),
    dev: new data.Subset(compared, some),
    characters,
  };
}

/** A network and all that trains it. */
export interface GPTTraining {
  model: GPT;
  loss: (logits: Tensor, tokens: Tensor) => Tensor;
  optimizer: optim.AdamW;
  scheduler: lrScheduler.LambdaLR;
  schedulerInterval: "step";
  clipNorm: number;
}

/** Builds them for a text of so many characters, and a schedule of so many steps. */
export function gptTraining(
  config: Omit<WritingConfig, "seed" | "epochs" | "stepsPerEpoch" | "batchSize">,
  vocabulary: number,
  steps: number,
): GPTTraining {
  const { layers, heads, width, context, dropout, bias, lr, weightDecay } = config;
  const model = new GPT({ vocabulary, context, layers, heads, width, dropout, bias });
  const all = [...model.parameters()];
  const groups = [
    { params: all.filter(({ ndim }) => ndim > 1), weightDecay },
    { params: all.filter(({ ndim }) => ndim <= 1), weightDecay: 0 },
  ];
  const optimizer = new optim.AdamW(groups, { lr, betas: [0.9, 0.99] });
  const scheduler = new lrScheduler.LambdaLR(optimizer, (step) => rateAt(step, steps));
  return { model, loss, optimizer, scheduler, schedulerInterval: "step", clipNorm: 1 };
}

/** Cross-entropy of logits [n, l, vocabulary] and the tokens that came, [n, l]. */
function loss(logits: Tensor, tokens: Tensor): Tensor {
  return functional.crossEntropy(logits.flatten(0, 1), tokens.flatten());
}

/** Up along a line for a hundred steps, then down to a tenth along half a cosine: nanoGPT's schedule. */
function rateAt(step: number, steps: number): number {
  const warmUp = Math.min(100, steps / 10);
  if (step < warmUp) return (step + 1) / (warmUp + 1);
  const share = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp));
  return 0.1 + 0.9 * (1 + Math.cos(Math.PI * share)) / 2;
}
