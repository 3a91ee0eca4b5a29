/**
 * How a tensor prints: PyTorch's form, with long dimensions cut.
 *
 * @module
 */
import { DTYPES } from "../core/dtype.ts";
import { canLook } from "../device/transfer.ts";
import type { Tensor } from "./tensor.ts";

/** Longer tensors show only the ends of each dimension. */
const MAX_ELEMENTS = 1000;
const EDGE = 3;

/** `tensor([[1., 2.], [3., 4.]], requiresGrad: true)`. */
export function print(x: Tensor): string {
  const notes = [
    x.dtype === "float32" ? "" : `dtype: ${x.dtype}`,
    x.device === "cpu" ? "" : `device: ${x.device}`,
    x.numel === 0 && x.shape.length !== 1 ? `shape: [${x.shape.join(", ")}]` : "",
    x.isLeaf ? x.requiresGrad ? "requiresGrad: true" : "" : `made by: ${x.node!.name}`,
  ].filter((note) => note !== "");
  if (x.storage.block === null) return `tensor(released by ${x.storage.releasedBy})`;
  if (!canLook(x)) return `tensor(${[`shape: [${x.shape.join(", ")}]`, ...notes].join(", ")})`;
  const flat = x.toTypedArray(); // of int64 BigInts, which `String` writes out as well
  // Without elements there may still be any number of rows.
  const cut = flat.length > MAX_ELEMENTS || x.numel === 0 && x.shape.some((n) => n > MAX_ELEMENTS);
  let cell: (v: number) => string;

  const rows = (depth: number, at: number, indent: string): string => {
    if (depth === x.shape.length) return cell(flat[at]!);
    const n = x.shape[depth]!;
    const step = x.shape.slice(depth + 1).reduce((a, b) => a * b, 1);
    const isLast = depth === x.shape.length - 1;
    const parts: string[] = [];
    for (let i = 0; i < n; i++) {
      if (cut && n > 2 * EDGE && i === EDGE) {
        parts.push("...");
        i = n - EDGE;
      }
      parts.push(rows(depth + 1, at + i * step, indent + " "));
    }
    return `[${parts.join(isLast ? ", " : `,\n${indent} `)}]`;
  };

  // Once to see what is shown, which decides the format, and once to show it.
  const shown: number[] = [];
  cell = (v) => (shown.push(v), "");
  rows(0, 0, "");
  const { kind } = DTYPES[x.dtype];
  const format = kind === "float"
    ? floatFormat(shown)
    : kind === "bool"
    ? (v: number) => v !== 0 ? "true" : "false"
    : String;
  const width = x.ndim === 0 ? 0 : shown.reduce((most, v) => Math.max(most, format(v).length), 0);
  cell = (v) => format(v).padStart(width);
  return `tensor(${[rows(0, 0, "       "), ...notes].join(", ")})`;
}

/** Whole numbers as `1.`; others with four decimals, or in scientific notation where they vary. */
function floatFormat(flat: number[]): (v: number) => string {
  const finite = flat.filter((v) => Number.isFinite(v));
  if (finite.every((v) => Number.isInteger(v) && Math.abs(v) < 1e8)) {
    return (v) => Number.isFinite(v) ? `${v}.` : special(v);
  }
  const sizes = finite.map(Math.abs).filter((v) => v > 0);
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  if (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000 && largest > 1000) {
    return (v) => Number.isFinite(v) ? v.toExponential(4) : special(v);
  }
  return (v) => Number.isFinite(v) ? v.toFixed(4) : special(v);
}

function special(v: number): string {
  return Number.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf";
}
