/**
 * Sequences of unlike length as one tensor, and back: PyTorch's `torch.nn.utils.rnn`.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import {
  anyNumber,
  atMost,
  check,
  checkOptions,
  flag,
  isIterable,
  kind,
  type Kinds,
  listOf,
  oneOf,
  whole,
} from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { Buffer } from "../device/buffer.ts";
import { look } from "../device/transfer.ts";
import { checkTensor } from "../ops/check.ts";
import { contiguous, narrow, pad, select, stack, transpose } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of {@link padSequence}. */
export interface PadSequenceOptions {
  /** Whether the result is [n, length, …] and not [length, n, …]. Default: false, as in PyTorch. */
  batchFirst?: boolean;
  /** What stands where a sequence has no element. Default: 0. */
  paddingValue?: number;
  /** On which side of a sequence that is. Default: `"right"`. */
  paddingSide?: "right" | "left";
}

const PAD: Kinds<PadSequenceOptions> = {
  batchFirst: flag,
  paddingValue: anyNumber,
  paddingSide: oneOf("right", "left"),
};

const TENSORS = kind("a list of tensors", isIterable);

/**
 * Sequences [lengthᵢ, …] as one tensor, as long as the longest: [length, n, …], or with `batchFirst`
 * [n, length, …]. Recurrent layers take the lengths beside it, in the place of PyTorch's packed
 * sequences: `lstm.forward(x, undefined, lengths)`. ShapeError where what is one element differs.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@glim/glim";
 * const words = [tensor([1, 2, 3]), tensor([4])];
 * console.log(nn.utils.padSequence(words, { batchFirst: true }).toArray()); // [[1, 2, 3], [4, 0, 0]]
 * ```
 */
export function padSequence(
  sequences: Iterable<Tensor>,
  options: PadSequenceOptions = {},
): Tensor {
  const op = "padSequence";
  atMost(2, arguments.length, "padSequence(sequences, { batchFirst, paddingValue, paddingSide })");
  check(op, "the sequences", sequences, TENSORS);
  const { batchFirst = false, paddingValue = 0, paddingSide = "right" } = checkOptions(
    op,
    options,
    PAD,
  );
  const list = [...sequences];
  if (list.length === 0) throw new TypeError(`${op}: at least one sequence is needed`);
  list.forEach((x, i) => checkTensor(op, x, `sequence ${i}`));
  const rest = list[0]!.shape.slice(1);
  list.forEach((x, i) => {
    if (x.ndim > 0 && sameShape(x.shape.slice(1), rest)) return;
    throw new ShapeError(
      `${op}: sequences must be [length, …], alike but for the length: sequence 0 is ` +
        `${show(list[0]!.shape)}, sequence ${i} is ${show(x.shape)}`,
    );
  });
  const longest = Math.max(...list.map((x) => x.shape[0]!));
  const padded = list.map((x) => {
    const missing = longest - x.shape[0]!;
    if (missing === 0) return x;
    const ends = paddingSide === "right" ? [0, missing] : [missing, 0];
    return pad(x, [...rest.flatMap(() => [0, 0]), ...ends], paddingValue);
  });
  return stack(padded, batchFirst ? 0 : 1);
}

/** Options of {@link unpadSequence}. */
export interface UnpadSequenceOptions {
  /** Whether what is given is [n, length, …] and not [length, n, …]. Default: false. */
  batchFirst?: boolean;
}

const UNPAD: Kinds<UnpadSequenceOptions> = { batchFirst: flag };
const LENGTHS = listOf(whole(0), undefined, "a list of whole numbers of at least 0");

/** The sequences of what `padSequence` has made, [lengthᵢ, …], by their lengths: views. */
export function unpadSequence(
  padded: Tensor,
  lengths: Tensor | readonly number[],
  options: UnpadSequenceOptions = {},
): Tensor[] {
  const op = "unpadSequence";
  atMost(3, arguments.length, "unpadSequence(padded, lengths, { batchFirst })");
  checkTensor(op, padded, "what is padded");
  const { batchFirst = false } = checkOptions(op, options, UNPAD);
  if (padded.ndim < 2) {
    throw new ShapeError(`${op}: two dimensions or more are needed: it is ${show(padded.shape)}`);
  }
  const x = batchFirst ? padded : transpose(padded, 0, 1);
  const list = Buffer.is(lengths) ? Array.from(look(op, contiguous(lengths)), Number) : lengths;
  check(op, "the lengths", list, LENGTHS);
  const [n, longest] = x.shape as [number, number];
  if (list.length !== n || list.some((length) => length > longest)) {
    throw new ShapeError(
      `${op}: a length of at most ${longest} for each of ${n} sequences is needed: they are ` +
        show(list),
    );
  }
  return Array.from(list, (length, i) => narrow(select(x, 0, i), 0, 0, length));
}
