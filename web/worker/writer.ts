/**
 * The worker of the page of writing: what its runs are made of, and what the page asks of them.
 *
 * @module
 */
import { DataError, getKernelBuild, getNumThreads, manualSeed, setNumThreads } from "@glim/glim";
import * as data from "@glim/glim/data";
import * as nn from "@glim/glim/nn";
import * as text from "@glim/glim/text";
import * as train from "@glim/glim/train";
import type {
  AttentionOfLine,
  FromWriter,
  OpenedRun,
  WriterCalls,
  WriteRequest,
  WriterOptions,
} from "../shared/writer_protocol.ts";
import { gptTraining, textData } from "../shared/writing.ts";
import {
  checkWriting,
  MOST_CHARACTERS,
  WRITING_EXPERIMENT,
  type WritingNote,
} from "../shared/writing_config.ts";
import { attentionOf } from "./attention.ts";
import { chooseKernels } from "./kernels.ts";
import { hashOf } from "./weights.ts";

/** More threads than this gain nothing in networks as small as these. */
const MAX_THREADS = 4;

/** Windows a batch of an evaluation has: as in the command line, so that it takes the checkpoints. */
const EVALUATION_BATCH = 500;

/** Where the browser keeps the run, for the tab that has the lock of that name. */
const KEPT = "glim-writing";

/** What the worker serves. */
export type WriterService = train.TrainerService<WriterOptions, WriterCalls, FromWriter>;

type Send = (message: FromWriter) => Promise<void>;

/** Starts to take the page's orders. */
export function startWriter(): WriterService {
  let isBegun = false;
  return train.serveTrainer<WriterOptions, WriterCalls, FromWriter>((options, { send }) => {
    if (!isBegun) begin(options, send);
    isBegun = true;
    return served(options, send);
  });
}

/** What happens once: before the first run. */
function begin({ kernels }: WriterOptions, send: Send): void {
  chooseKernels(kernels);
  const threads = getNumThreads();
  // with many processors, one stays free for the page
  setNumThreads(Math.min(MAX_THREADS, threads > 2 ? threads - 1 : threads));
  void ownStorage(send);
}

/** Waits until this tab may write to the browser's storage, and tells what is there. */
async function ownStorage(send: Send): Promise<void> {
  const { locks } = navigator as { locks?: LockManager };
  await locks?.request(KEPT, async () => {
    const found = await new train.CheckpointFolder(KEPT).find().catch(() => null);
    const { checkpoint } = found ?? {};
    const run = checkpoint === undefined ? null : { steps: checkpoint.totalSteps };
    await send({ type: "storage", run });
    await new Promise(() => {}); // it is this tab's as long as there is this worker
  });
}

/**
 * A run of a configuration on a text. DataError where it is no text to learn from, DeviceError where the
 * device cannot be opened.
 */
async function served(
  { config, text: source, device }: WriterOptions,
  send: Send,
): Promise<train.ServedTraining<WriterCalls>> {
  if (source.length > MOST_CHARACTERS) throw new DataError(tooLong(source.length));
  const { train: learnt, dev, characters } = textData(source, config);
  if (device === "webgpu") await (await import("@glim/glim/webgpu")).webgpu();
  const tokenizer = new text.CharTokenizer(characters);
  const { batchSize, epochs, stepsPerEpoch, seed } = config;
  manualSeed(seed);
  const training = gptTraining(config, tokenizer.vocabularySize, epochs * stepsPerEpoch);
  const { model, optimizer } = training;
  model.to(device);
  const note: WritingNote = { experiment: WRITING_EXPERIMENT, config, text: source };
  return {
    ...training,
    // as the command line has it, so that it takes the checkpoints
    callbacks: [new train.BestWeights(model)],
    train: new data.DataLoader(learnt.to(device), { batchSize, shuffle: true }),
    dev: new data.DataLoader(dev.to(device), { batchSize: EVALUATION_BATCH }),
    config: () => note,
    calls: {
      engine: () => ({
        kernels: getKernelBuild(),
        threads: getNumThreads(),
        parameters: Array.from(model.parameters()).reduce((sum, { numel }) => sum + numel, 0),
        vocabulary: tokenizer.vocabularySize,
      }),
      async write({ id, prompt, temperature, length }: WriteRequest) {
        const [known, unknown] = split(prompt, characters);
        const begin = known === "" ? characters.includes("\n") ? "\n" : firstOf(characters) : known;
        // with a seed of its own, it draws none of the numbers of the training
        const choice = { maxNewTokens: length, temperature, seed: id };
        for await (const token of nn.generate(model, tokenizer.encode(begin), choice)) {
          await send({ type: "letters", id, text: tokenizer.decode([token]) });
        }
        return unknown;
      },
      async attention(line: string): Promise<AttentionOfLine> {
        const letters = [...split(line, characters)[0]].slice(-config.context);
        const { layers, heads } = config;
        const tokens = letters.length === 0 ? [] : tokenizer.encode(letters.join(""));
        const weights = letters.length === 0
          ? new Float32Array()
          : await attentionOf(model, tokens);
        return { letters, layers, heads, weights };
      },
      hash: () => hashOf(model),
      open({ name, bytes }) {
        try {
          return openWriting(train.decodeCheckpoint(new Uint8Array(bytes)));
        } catch (error) {
          throw new DataError(`${name}: ${error instanceof Error ? error.message : error}`);
        }
      },
      openKept: async () =>
        openWriting((await new train.CheckpointFolder(KEPT).latest()).checkpoint),
    },
    dispose() {
      model[Symbol.dispose]();
      optimizer[Symbol.dispose]();
    },
  };
}

/** The run in a checkpoint. DataError or RangeError where it is no run of writing. */
function openWriting(checkpoint: train.Checkpoint): OpenedRun {
  const { config, text } = Object(checkpoint.config) as Partial<WritingNote>;
  if (typeof text !== "string") {
    throw new DataError(
      "a checkpoint of a network that writes, with its text, is needed: this is of another",
    );
  }
  const build = checkpoint.build.kernels;
  return {
    config: checkWriting(config),
    text,
    steps: checkpoint.totalSteps,
    history: checkpoint.history,
    bytes: train.encodeCheckpoint(checkpoint),
    note: build === getKernelBuild()
      ? null
      : `The ${build} kernels made this checkpoint, so from here on the last bits differ.`,
  };
}

/** That a text has too many characters. */
function tooLong(length: number): string {
  const [has, most] = [length, MOST_CHARACTERS].map((n) => n.toLocaleString("en"));
  return `the text has ${has} characters: the page takes at most ${most}; deno task train gpt --file ` +
    "takes any";
}

/** The characters of a line that are known, and the others, each once. */
function split(line: string, characters: string): [known: string, unknown: string] {
  const all = new Set(characters);
  const letters = [...line];
  const unknown = new Set(letters.filter((letter) => !all.has(letter)));
  return [letters.filter((letter) => all.has(letter)).join(""), [...unknown].join("")];
}

function firstOf(characters: string): string {
  return [...characters][0]!;
}
