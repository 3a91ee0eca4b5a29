/** A small GPT that learns to write, character by character: nanoGPT's configuration for CPUs. */
import { createHash } from "node:crypto";
import { DataError, nn, text, train } from "@glim/glim";
import { defineExperiment, path, type WritingChoice } from "@glim/cli";
import {
  describeWriting,
  gptTraining,
  MOST_CHARACTERS,
  textData,
  WRITING_EXPERIMENT,
} from "@glim/web";
import { z } from "zod";
import { mobyDick } from "./texts/texts.ts";

/** The text in a file, or in a checkpoint of one that was learnt; Moby-Dick without one. */
function sourceOf(file: string | null): string {
  if (file === null) return mobyDick();
  const bytes = read(file);
  // what begins a safetensors file, after the eight bytes of a length
  if (new TextDecoder().decode(bytes.subarray(8, 10)) !== '{"') {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new DataError(`${file}: needs a text in UTF-8: it is in another encoding, or none`, {
        cause,
      });
    }
  }
  const { text } = Object(train.decodeCheckpoint(bytes).config) as { text?: unknown };
  if (typeof text === "string") return text;
  throw new DataError(`${file}: needs a text, or a checkpoint that has one: it has none`);
}

function read(file: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(file);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "there is no such file" : "it is no file";
    throw new DataError(`${file}: needs a text: ${why}`, { cause });
  }
}

function sha256(source: string): string {
  return createHash("sha256").update(source).digest("hex");
}

export default defineExperiment({
  title: (options) => describeWriting({ ...options, seed: 0 }),
  options: {
    epochs: z.int().min(1).default(8).describe("how often it is evaluated, and writes"),
    stepsPerEpoch: z.int().min(1).default(250).describe("steps between evaluations"),
    batchSize: 12,
    lr: 1e-3,
    weightDecay: 0.1,
    dropout: z.number().min(0).lt(1).default(0),
    context: z.int().min(1).default(64).describe("characters that it sees at most"),
    layers: z.int().min(1).default(4),
    heads: z.int().min(1).default(4),
    width: z.int().min(1).default(128),
    bias: z.boolean().default(false).describe("biases, as GPT-2 has them"),
    sample: z.int().min(0).default(200).describe("characters that it writes after each epoch"),
    file: path(
      "a text to learn from, or a checkpoint that has one (default: Moby-Dick, which " +
        "`deno task texts` installs)",
    ),
  },
  data({ options }) {
    const { file, width, heads } = options;
    if (width % heads !== 0) {
      throw new DataError(`--width: needs a multiple of the ${heads} heads: it is ${width}`);
    }
    // what a step takes at the very least: a table's rows for each token
    const gibibytes = options.batchSize * options.context * width * 4 / 2 ** 30;
    if (gibibytes >= 4) {
      throw new DataError(
        `--batch-size: needs less than ${
          Math.ceil(options.batchSize * 4 / gibibytes)
        } for a context of ` +
          `${options.context} and width ${width}, as tensors share 4 GiB: it is ${options.batchSize}`,
      );
    }
    const source = sourceOf(file);
    const name = file === null ? "Moby-Dick" : file;
    return { ...textData(source, options), name, checksums: [sha256(source)] };
  },
  build({ options, data: { characters, checksums }, sets, steps, seed }) {
    const tokenizer = new text.CharTokenizer(characters);
    const training = gptTraining(options, tokenizer.vocabularySize, steps);
    const beginning = [...characters].includes("\n") ? "\n" : characters[0]!;
    const write = (prompt: string, { length, ...choice }: WritingChoice) => {
      const tokens = tokenizer.encode(prompt === "" ? beginning : prompt);
      const next = nn.generate(training.model, tokens, { ...choice, maxNewTokens: length });
      return text.decodeStream(tokenizer, next);
    };
    const built = {
      ...training,
      write,
      async sample() {
        const written = write("", { length: options.sample, temperature: 0.8, seed });
        return (await Array.fromAsync(written)).join("");
      },
    };
    if (sets === undefined) return built;
    const { file, sample: _, ...config } = options;
    return {
      ...built,
      // what the page needs to go on with it
      note() {
        const source = sourceOf(file);
        if (source.length > MOST_CHARACTERS) return {};
        return { experiment: WRITING_EXPERIMENT, config: { ...config, seed }, text: source };
      },
      onResume(checkpoint: train.Checkpoint) {
        const { text } = Object(checkpoint.config) as { text?: unknown };
        if (typeof text !== "string" || sha256(text) === checksums?.[0]) return;
        throw new DataError("resume: the text must be the same: it is another now");
      },
    };
  },
});
