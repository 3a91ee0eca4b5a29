/**
 * First names, letter by letter: from counts of pairs of letters to a transformer, after Andrej Karpathy's
 * makemore.
 */
import { DataError, functional, nn, optim, type Tensor, tensor } from "@glim/glim";
import { decayGroups, defineExperiment, split, type WritingChoice } from "@glim/cli";
import { z } from "zod";
import { GPT } from "@glim/web";
import { firstNames } from "./texts/texts.ts";

/** The token before and behind a name; letters follow. */
const END = 0;

/** No target: behind a name's end. */
const NONE = -1;

type Network = nn.Module<[tokens: Tensor, cache?: nn.KVCache | undefined], Tensor>;

/** The next letter by the last one alone: what counting gives, learnt. */
class Bigram extends nn.Module<[tokens: Tensor]> {
  readonly table: nn.Embedding;

  constructor(vocabulary: number) {
    super();
    this.table = new nn.Embedding(vocabulary, vocabulary);
  }

  forward(tokens: Tensor): Tensor {
    return this.table.forward(tokens);
  }
}

/** The next letter by the last three: Bengio et al., "A neural probabilistic language model", 2003. */
class Letters extends nn.Module<[tokens: Tensor]> {
  readonly table: nn.Embedding;
  readonly hidden: nn.Linear;
  readonly out: nn.Linear;

  constructor(vocabulary: number, width: number) {
    super();
    this.table = new nn.Embedding(vocabulary, width);
    this.hidden = new nn.Linear(3 * width, 4 * width);
    this.out = new nn.Linear(4 * width, vocabulary);
  }

  forward(tokens: Tensor): Tensor {
    const x = this.table.forward(tokens);
    const [n, l, width] = x.shape as [number, number, number];
    const padded = functional.cat([this.#before(n, width), x], 1);
    const three = [0, 1, 2].map((i) => padded.narrow(1, i, l));
    return this.out.forward(this.hidden.forward(functional.cat(three, 2)).tanh());
  }

  /** Before the first letter there is the end of another name, twice. */
  #before(n: number, width: number): Tensor {
    return this.table.weight.narrow(0, END, 1).expand(n, 2, width);
  }
}

/** The next letter by all that a state remembers: Cho et al., 2014. */
class Gated extends nn.Module<[tokens: Tensor]> {
  readonly table: nn.Embedding;
  readonly gru: nn.GRU;
  readonly out: nn.Linear;

  constructor(vocabulary: number, width: number) {
    super();
    this.table = new nn.Embedding(vocabulary, width);
    this.gru = new nn.GRU(width, width, { batchFirst: true });
    this.out = new nn.Linear(width, vocabulary);
  }

  forward(tokens: Tensor): Tensor {
    return this.out.forward(this.gru.forward(this.table.forward(tokens))[0]);
  }
}

function networkOf(kind: string, vocabulary: number, context: number, width: number): Network {
  if (kind === "bigram") return new Bigram(vocabulary);
  if (kind === "mlp") return new Letters(vocabulary, width);
  if (kind === "gru") return new Gated(vocabulary, width);
  const sizes = { vocabulary, context, width, layers: 4, heads: 4, dropout: 0, bias: true };
  return new GPT(sizes);
}

export default defineExperiment({
  title: ({ model }) => `First names by a ${model}`,
  options: {
    epochs: 10,
    batchSize: 32,
    lr: z.number().positive().nullable().default(null)
      .describe("learning rate (default: 0.05 for the bigram, else 0.0005)"),
    weightDecay: 0.01,
    model: ["transformer", "bigram", "mlp", "gru"],
    width: z.int().min(4).multipleOf(4).default(64).describe("numbers of a letter"),
    sample: z.int().min(0).default(10).describe("names that it writes after each epoch"),
  },
  data() {
    const names = firstNames();
    const letters = [...new Set(names.join(""))].sort().join("");
    const length = 1 + Math.max(...names.map((name) => name.length));
    const tokens = names.map((name) => [...name].map((letter) => 1 + letters.indexOf(letter)));
    const rows = (of: (tokens: number[]) => number[], rest: number) => {
      const filled = tokens.flatMap((name) => {
        const row = of(name);
        return [...row, ...new Array(length - row.length).fill(rest)];
      });
      return tensor(Int32Array.from(filled), { shape: [names.length, length] });
    };
    const x = rows((name) => [END, ...name], END);
    const y = rows((name) => [...name, END], NONE);
    return { ...split(x, y, { dev: 0.1, test: 0.1 }), name: "first names", letters, length };
  },
  build({ options, data: { letters, length }, seed }) {
    const model = networkOf(options.model, letters.length + 1, length, options.width);
    const lr = options.lr ?? (options.model === "bigram" ? 0.05 : 5e-4);
    const groups = decayGroups(model, options.weightDecay);
    function write(prompt: string, { length: most, ...choice }: WritingChoice) {
      const tokens = [END, ...Array.from(prompt.toLowerCase(), tokenOf)];
      const left = Math.max(0, Math.min(most, length - prompt.length));
      return lettersOf(
        nn.generate(model, tokens, { ...choice, maxNewTokens: left, stopTokens: [END] }),
      );
    }
    async function* lettersOf(tokens: AsyncIterable<number>) {
      for await (const token of tokens) yield letters[token - 1] ?? "";
    }
    function tokenOf(letter: string): number {
      const at = letters.indexOf(letter);
      if (at >= 0) return 1 + at;
      throw new DataError(
        `names: a letter must be one of ${letters}: it is ${JSON.stringify(letter)}`,
      );
    }
    return {
      model,
      write,
      loss: (logits: Tensor, y: Tensor) =>
        functional.crossEntropy(logits.flatten(0, 1), y.flatten(), { ignoreIndex: NONE }),
      optimizer: new optim.AdamW(groups, { lr, betas: [0.9, 0.99] }),
      async sample() {
        const names = Array.from({ length: options.sample }, async (_, i) => {
          const written = write("", { length, temperature: 1, seed: seed + i });
          return (await Array.fromAsync(written)).join("");
        });
        return (await Promise.all(names)).join(" ");
      },
    };
  },
});
