/** Columns of texts as numbers: how often each of some words stands in a text. */
import { cat, data, fromTypedArray, nn, type Tensor } from "@glim/glim";

/** The words of a column of texts that a network knows. */
export interface Words {
  readonly name: string;
  readonly vocabulary: readonly string[];
}

/** Words that a network knows at most, those in most texts first, and in how many texts one must be. */
const MOST = 2000, LEAST = 3;

/** Words that a text has on the average, where a column of texts is learnt from. */
const LONG = 8;

/** The words of a text: letters and digits, in small letters. */
function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Whether a column's texts are long enough to be learnt from. */
export function areLong({ texts }: data.Column): boolean {
  const some = texts.slice(0, 500);
  return some.reduce((sum, text) => sum + wordsIn(text).length, 0) >= LONG * some.length;
}

/** The words that are in most of the texts that are learnt from. */
export function vocabularyOf({ name, texts, values }: data.Column, rows: Int32Array): Words {
  const found = new Map<string, number>();
  for (const row of rows) {
    if (Number.isNaN(values[row])) continue;
    for (const word of new Set(wordsIn(texts[values[row]!]!))) {
      found.set(word, 1 + (found.get(word) ?? 0));
    }
  }
  const order = [...found].filter(([_, count]) => count >= LEAST)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return { name, vocabulary: order.slice(0, MOST).map(([word]) => word) };
}

/** How often each known word stands in a text, by its number; words that are not there are left out. */
export type Counts = ReadonlyMap<number, number>;

/** Counts the known words of texts. */
export function counter({ vocabulary }: Words): (text: string) => Counts {
  const numbers = new Map(vocabulary.map((word, i) => [word, i]));
  return (text) => {
    const counts = new Map<number, number>();
    for (const word of wordsIn(text)) {
      const i = numbers.get(word);
      if (i !== undefined) counts.set(i, 1 + (counts.get(i) ?? 0));
    }
    return counts;
  };
}

/** Rows of a table, with counts of words behind their columns. */
export class Rows extends data.Dataset {
  readonly length: number;
  readonly table: data.Table;
  readonly #counts: { offset: number; rows: readonly Counts[] }[];
  readonly #width: number;

  constructor(table: data.Table, words: readonly Words[]) {
    super();
    this.table = table;
    this.length = table.length;
    let offset = 0;
    this.#counts = words.map((of) => {
      const { texts, values } = table.column(of.name);
      const count = counter(of);
      const each = texts.map(count);
      const begin = offset;
      offset += of.vocabulary.length;
      return { offset: begin, rows: Array.from(values, (code) => each[code] ?? new Map()) };
    });
    this.#width = offset;
  }

  get(index: number): [x: Tensor, y: Tensor] {
    const [x, y] = this.batch(Int32Array.of(index));
    return [x.select(0, 0), y.select(0, 0)];
  }

  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const [x, y] = this.table.batch(indices);
    if (this.#width === 0) return [x, y];
    const [n, width] = [indices.length, this.#width];
    const all = new Float32Array(n * width);
    indices.forEach((row, i) => {
      for (const { offset, rows } of this.#counts) {
        for (const [word, count] of rows[row]!) all[i * width + offset + word] = count;
      }
    });
    const counts = fromTypedArray(all, [n, width]);
    return [this.table.features.length === 0 ? counts : cat([x, counts], 1), y];
  }
}

/** The first layer where there are texts: columns are encoded, counts become log(1 + count). */
export class EncodeWithWords extends nn.Module<[x: Tensor]> {
  /** Null where there are no columns but texts. */
  readonly encode: data.Encoder | null;
  readonly columns: number;
  readonly words: number;
  readonly outFeatures: number;

  constructor(plan: data.FittedPlan, words: number) {
    super();
    this.columns = plan.features.length;
    this.encode = this.columns === 0 ? null : new data.Encoder(plan);
    this.words = words;
    this.outFeatures = words + (this.encode?.outFeatures ?? 0);
  }

  forward(x: Tensor): Tensor {
    const counts = x.narrow(1, this.columns, this.words).add(1).log();
    if (this.encode === null) return counts;
    return cat([this.encode.forward(x.narrow(1, 0, this.columns)), counts], 1);
  }
}
