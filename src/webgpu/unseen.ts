/**
 * What ops do on a GPU where values decide that the host does not see: what is wrong with these is told
 * by the next read.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, Buffer, kernelsOf } from "../device/buffer.ts";
import type { Blame } from "../device/kernels.ts";
import { canLook } from "../device/transfer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { checkShape } from "../core/shape.ts";
import { add, div, minimum, mul, sub } from "../ops/binary.ts";
import { asFloat, cast, clone } from "../ops/cast.ts";
import { checkSameDevice } from "../ops/check.ts";
import { eq, ge, gt, le, lt, ne } from "../ops/compare.ts";
import { neg } from "../ops/elementwise.ts";
import { log1p } from "../ops/exponential.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { putAt, valueOf } from "../ops/index_put.ts";
import {
  checkMask,
  constantAt,
  dimsOf,
  type IndexItem,
  picked,
  placeOf,
  Slice,
  slice,
} from "../ops/indexed.ts";
import { checkChange } from "../ops/inplace.ts";
import { logicalAnd, logicalNot } from "../ops/logical.ts";
import type { Operand } from "../ops/operand.ts";
import { topk } from "../ops/order.ts";
import { uniformLike } from "../ops/random.ts";
import { cumsum } from "../ops/scan.ts";
import { max, min } from "../ops/reduce.ts";
import { pickAt } from "../ops/select.ts";
import { expand, sum } from "../ops/sum.ts";
import type { Unseen } from "../ops/unseen.ts";
import { abs } from "../ops/unary.ts";
import { contiguous, narrow, reshape, unsqueeze } from "../ops/view.ts";
import { where } from "../ops/where.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** An index by bools that the host does not see: how many are true is not known, but where. */
interface MaskOnly {
  readonly mask: Tensor;
  /** What the other items leave, with the dimensions that the mask stands for from `first` on. */
  readonly view: Tensor;
  readonly first: number;
}

/** The mask of an index that the host does not see, if only numbers, slices and the like stand beside it. */
function unseenOf(op: string, x: Tensor, items: readonly IndexItem[]): MaskOnly | null {
  const at = items.findIndex((item) => Buffer.is(item) && item.dtype === "bool" && !canLook(item));
  const others = items.toSpliced(at, 1);
  const arePlain = others.every((item) => {
    return typeof item === "number" || item instanceof Slice || item === null || item === "...";
  });
  if (at < 0 || !arePlain) return null;
  const mask = items[at] as Tensor;
  checkSameDevice(op, mask, x, "an item");
  const rest = Math.max(0, x.ndim - items.reduce<number>((n, item) => n + dimsOf(op, item), 0));
  const lead = items.slice(0, at);
  const sum = (lengthOf: (item: IndexItem) => number) =>
    lead.reduce<number>((n, item) => n + (item === "..." ? rest : lengthOf(item)), 0);
  const { view } = placeOf(op, x, items.toSpliced(at, 1, ...mask.shape.map(() => slice())));
  checkMask(op, x, sum((item) => dimsOf(op, item)), mask.shape);
  return { mask, view, first: sum((item) => typeof item === "number" ? 0 : 1) };
}

/** How many must be true for a value to fit; null: it is the same for all, however many they are. */
function countFor({ mask, view, first }: MaskOnly, value: Operand): number | null {
  if (typeof value === "number") return null;
  const count = value.shape.at(first + mask.ndim - view.ndim - 1);
  return value.ndim < view.ndim - first - mask.ndim + 1 || count === 1 ? null : count!;
}

/** The mask in the shape of the view. */
function flagsOf({ mask, view, first }: MaskOnly): Tensor {
  const behind = view.shape.slice(first + mask.ndim).map(() => 1);
  return expand(reshape(mask, [...mask.shape, ...behind]), view.shape);
}

/** A value that is the same for all that are true, where these are. */
function putWhere(
  op: string,
  x: Tensor,
  unseen: MaskOnly,
  value: Operand,
  accumulate: boolean,
): void {
  const { mask, view, first } = unseen;
  const at = typeof value === "number" ? -1 : value.ndim - (view.ndim - first - mask.ndim) - 1;
  const one = typeof value === "number" || at < 0
    ? value
    : reshape(value, value.shape.toSpliced(at, 1, ...mask.shape.map(() => 1)));
  const from = valueOf(op, x, one, view.shape);
  checkChange(op, x);
  if (view.numel === 0) return;
  const all = accumulate ? cast(add(view, from), x.dtype) : from;
  kernelsOf(x).copy(where(flagsOf(unseen), all, view), view);
}

/** The same of bools that the host does not see, of which `count` are true: the next read throws if not. */
function firstTrue(op: string, x: Tensor, count: number): Tensor {
  const n = x.numel;
  const flags = contiguous(reshape(cast(x, "int32"), [n]));
  tellLater(reshape(ne(sum(flags), count), [1]), () =>
    new ShapeError(
      `${op}: the value must have a part for each that is true of a tensor of bools ` +
        `${show(x.shape)}: they are not ${count}`,
    ));
  const out = alloc(x, [Math.min(count, n)], "int32");
  if (out.numel > 0) kernelsOf(out).order(flags, out, 1, n, out.numel, true);
  return record(op, out, []);
}

/** Has the next read throw where an element is true, which the host does not see. */
function tellLater(isWrong: Tensor, blame: Blame): void {
  const n = isWrong.numel;
  if (n === 0) return;
  const only = alloc(isWrong, [1]), picked = alloc(isWrong, [n]);
  kernelsOf(only).fill(only, 0);
  kernelsOf(picked).gather(only, cast(isWrong, "int32"), picked, [1, 1, n, 1], blame); // 1 is outside
}

/** The ways of a GPU. */
export const unseen: Unseen = {
  tell: tellLater,

  checkChances(chances) {
    tellLater(logicalNot(logicalAnd(ge(chances, 0), le(chances, 1))), (place) => {
      return new RangeError(
        `bernoulli: probabilities must be from 0 to 1: one of the ${chances.numel} is not ` +
          `(position ${place})`,
      );
    });
  },

  multinomial(op, of, numSamples, replacement) {
    return inNameOf(op, () => drawn(op, of, numSamples, replacement));
  },

  inside(op, x, axis, at, isAlone) {
    const n = x.shape[axis]!;
    const from = add(at, mul(cast(lt(at, 0), "int32"), n));
    if (isAlone) return from;
    // several make one number of two, by which nobody could tell: each is looked up by itself
    const all = constantAt(x, Array.from({ length: n }, (_, i) => i));
    return reshape(pickAt(op, all, 0, contiguous(from)), at.shape);
  },

  put(op, x, items, value, accumulate) {
    const unseen = unseenOf(op, x.detach(), items);
    if (unseen === null) return false;
    const count = countFor(unseen, value);
    if (count === null) putWhere(op, x, unseen, value, accumulate);
    else {
      const trues = (mask: Tensor) => firstTrue(op, mask, count);
      putAt(op, x, placeOf(op, x.detach(), items, trues), value, accumulate);
    }
    return true;
  },

  putGradient(dy, items, value) {
    const op = "indexPut";
    const unseen = unseenOf(op, dy, items);
    if (unseen === null) return null;
    const count = countFor(unseen, value);
    if (count !== null) {
      return picked(op, placeOf(op, dy, items, (mask) => firstTrue(op, mask, count)));
    }
    const { mask, view, first } = unseen;
    const chosen = where(flagsOf(unseen), view, 0);
    const dims = mask.shape.map((_, d) => first + d);
    return unsqueeze(dims.length === 0 ? chosen : sum(chosen, dims), first);
  },

  maskedScatter(x, mask, source) {
    if (x.numel === 0) return clone(x);
    const flags = cast(reshape(mask, [-1]), "int32");
    // of nothing nobody may take the first, which is what those that are false do
    const before = source.numel === 0 ? flags : mul(sub(cumsum(flags, 0), 1), flags);
    const from = source.numel === 0 ? narrow(reshape(x.detach(), [-1]), 0, 0, 1) : source;
    const blame = () =>
      new ShapeError(
        `maskedScatter: the source must have an element for each that is true: there are ` +
          `${source.numel} for more`,
      );
    const picked = pickAt("maskedScatter", reshape(from, [-1]), 0, before, blame);
    return where(mask, reshape(picked, x.shape), x);
  },

  bincount(x, weights, n) {
    const op = "bincount";
    checkShape(op, [n]);
    const dtype = weights === null ? "int32" : "float32";
    const out = alloc(x, [n], dtype);
    kernelsOf(out).fill(out, 0);
    const at = contiguous(cast(x, "int32"));
    if (at.numel > 0) {
      const from = weights === null ? alloc(x, x.shape, dtype) : asFloat(op, weights).detach();
      if (weights === null) kernelsOf(from).fill(from, 1);
      const blame = (row: number, value: number) =>
        new RangeError(
          `${op}: on "${x.device}" numbers must be from 0 to ${
            n - 1
          }, below minlength: the one at ` +
            `position ${row} is ${value | 0}`,
        );
      kernelsOf(out).scatter(
        "add",
        contiguous(from as Tensor),
        at,
        out,
        [1, n, at.numel, 1],
        blame,
      );
    }
    return record(op, out, []);
  },

  bounds(x) {
    const [least, most] = [min(x), max(x)];
    tellLater(logicalNot(lt(abs(sub(most, least)), Infinity)), () => { // of NaN, too
      return new RangeError(
        "histc: bounds must be finite, the lower one first: the least or the largest element is not",
      );
    });
    const around = cast(eq(least, most), "float32");
    const [low, high] = [sub(least, around), add(most, around)];
    return [low, high, sub(high, low)];
  },
};

/** Positions drawn by weights [rows, n], in float32. */
function drawn(op: string, of: Tensor, numSamples: number, replacement: boolean): Tensor {
  const [rows, n] = of.shape as [number, number];
  const needed = replacement ? 1 : numSamples;
  tellLater(logicalNot(logicalAnd(ge(of, 0), lt(of, Infinity))), (place) => {
    return new RangeError(
      `${op}: weights must be finite and at least 0: one is not (position ${place})`,
    );
  });
  tellLater(lt(sum(gt(of, 0), 1), needed), (row) => {
    return new RangeError(
      `${op}: as many weights above 0 as samples are needed, ${needed}: row ${row} has fewer`,
    );
  });
  const draws = uniformLike(op, of, [rows, replacement ? numSamples : n]);
  if (!replacement) {
    const times = where(gt(of, 0), div(log1p(neg(draws)), neg(of)), Infinity);
    return topk(times, numSamples, 1, false).indices;
  }
  const sums = cumsum(of, 1), total = narrow(sums, 1, n - 1, 1);
  const before = (values: Tensor, right: boolean) => {
    const out = alloc(of, values.shape, "int32");
    kernelsOf(out).search!(sums, contiguous(values), out, [rows, n, values.shape[1]!], right);
    return record(op, out, []);
  };
  return minimum(before(mul(draws, total), true), before(total, false)); // for rounding may lead beyond
}
