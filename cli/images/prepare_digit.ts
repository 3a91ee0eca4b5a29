/**
 * Drawings as MNIST has them: the digit scaled into a box of 20 × 20 pixels with its proportions
 * kept, and placed in 28 × 28 so that its centre of mass is in the middle (LeCun et al.,
 * "Gradient-based learning applied to document recognition", 1998).
 */
import { DataError, fromTypedArray, scope, type Tensor } from "@glim/glim";
import { onCpu } from "../device.ts";
import { type Ink, onBackdrop } from "./ink.ts";
import type { GreyPicture } from "./picture.ts";

/** The part of a picture's side that its digit fills, in MNIST and here. */
const BOX = 20 / 28;

/** The part of the ink that may lie outside the digit on each side: specks. */
const SPECKS = 0.001;

/** The part of the inked pixels that are below full ink. */
const FULL = 0.75;

/** Rows and columns from a first to before a last. */
interface Box {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/**
 * A drawing as pixels [rows · columns] in [0, 1], ink 1.
 *
 * The centre of mass is at the middle of pixel 14 of 28 or less than a pixel's half beside it: the
 * digit is moved by whole pixels, which keeps it sharp, and as far as the picture has room.
 * DataError where there is no ink.
 *
 * @param shape Rows and columns of the result. Default: 28 and 28.
 */
export function prepareDigit(
  drawing: Ink,
  [rows, columns]: readonly [rows: number, columns: number] = [28, 28],
): Float32Array<ArrayBuffer> {
  const box = boxOf(drawing);
  const [height, width] = [box.bottom - box.top, box.right - box.left];
  const side = Math.max(1, Math.round(BOX * Math.min(rows, columns)));
  const scale = side / Math.max(height, width);
  const h = Math.max(1, Math.round(height * scale));
  const w = Math.max(1, Math.round(width * scale));
  const digit = brighten(resize(drawing, box, h, w));
  const mass = centreOfMass(digit, w);
  const top = placeOf(mass.y, h, rows);
  const left = placeOf(mass.x, w, columns);
  const picture = new Float32Array(rows * columns);
  for (let y = 0; y < h; y++) {
    picture.set(digit.subarray(y * w, (y + 1) * w), (top + y) * columns + left);
  }
  return picture;
}

/**
 * A whole picture as pixels [rows · columns] in [0, 1], with its proportions kept and nothing found
 * or moved: for networks whose images are no digits. Light on dark, as such data are: it is inverted
 * where its border is light.
 */
export function fitPicture(
  picture: GreyPicture,
  [rows, columns]: readonly [rows: number, columns: number],
): { pixels: Float32Array<ArrayBuffer>; isInverted: boolean } {
  const { rows: height, columns: width } = picture;
  const grey = onBackdrop(picture);
  let [border, n] = [0, 0];
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step, n++) border += grey[y * width + x]!;
  }
  const isInverted = border > 127.5 * n;
  const ink = isInverted ? grey.map((level) => 255 - level) : grey;
  const scale = Math.min(rows / height, columns / width);
  const h = Math.max(1, Math.round(height * scale));
  const w = Math.max(1, Math.round(width * scale));
  const box = { top: 0, bottom: height, left: 0, right: width };
  const small = resize({ columns: width, ink }, box, h, w);
  const pixels = new Float32Array(rows * columns);
  const [top, left] = [Math.floor((rows - h) / 2), Math.floor((columns - w) / 2)];
  for (let y = 0; y < h; y++) {
    pixels.set(small.subarray(y * w, (y + 1) * w), (top + y) * columns + left);
  }
  return { pixels, isInverted };
}

/** Where a part of some length begins that has its centre of mass in the middle of a side. */
function placeOf(mass: number, length: number, side: number): number {
  return Math.min(side - length, Math.max(0, Math.round(Math.floor(side / 2) - mass)));
}

/** The box that holds all ink but specks. */
function boxOf({ rows, columns, ink }: Ink): Box {
  const byRow = new Float64Array(rows);
  const byColumn = new Float64Array(columns);
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) {
      byRow[y]! += ink[i]!;
      byColumn[x]! += ink[i]!;
    }
  }
  const total = byRow.reduce((sum, value) => sum + value, 0);
  if (total === 0) throw new DataError("there is nothing to see: the picture has no ink");
  const first = (sums: Float64Array) => {
    let left = SPECKS * total;
    return sums.findIndex((sum) => (left -= sum) < 0);
  };
  return {
    top: first(byRow),
    bottom: rows - first(byRow.toReversed()),
    left: first(byColumn),
    right: columns - first(byColumn.toReversed()),
  };
}

/** A box of a drawing in another size, in [0, 1]. */
function resize(
  { columns, ink }: Pick<Ink, "columns" | "ink">,
  { top, bottom, left, right }: Box,
  h: number,
  w: number,
): Float32Array<ArrayBuffer> {
  const [height, width] = [bottom - top, right - left];
  return scope(() =>
    onCpu(() => {
      const all = fromTypedArray(ink, [ink.length / columns, columns]);
      const box = all.narrow(0, top, height).narrow(1, left, width).to("float32");
      const small = sharesOf(height, h).matmul(box).matmul(sharesOf(width, w).t()).div(255);
      return small.toTypedArray<Float32Array<ArrayBuffer>>();
    })
  );
}

/**
 * What part each pixel of a length has in each pixel of another length: [to, from]. It is what that
 * covers of it, or where pixels become larger of the two next to its middle.
 */
function sharesOf(from: number, to: number): Tensor {
  const step = from / to;
  const reach = Math.max(step, 1) / 2;
  const shares = Float32Array.from({ length: to * from }, (_, at) => {
    const [i, k] = [Math.floor(at / from), at % from];
    const middle = Math.min(from - reach, Math.max(reach, (i + 0.5) * step));
    const covered = Math.min(k + 1, middle + reach) - Math.max(k, middle - reach);
    return Math.max(0, covered) / (2 * reach);
  });
  return fromTypedArray(shares, [to, from]);
}

/** Makes the strongest ink 1: a line that is thinner than a pixel is only partly in it. */
function brighten(pixels: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const levels = pixels.filter((value) => value > 0).sort();
  const full = levels[Math.floor(FULL * (levels.length - 1))]!;
  return pixels.map((value) => Math.min(1, value / full));
}

/** Where there is as much ink on one side as on the other, in pixels from the upper left corner. */
function centreOfMass(pixels: Float32Array, w: number): { x: number; y: number } {
  let [mass, x, y] = [0, 0, 0];
  for (const [i, value] of pixels.entries()) {
    mass += value;
    x += value * (i % w);
    y += value * Math.floor(i / w);
  }
  return { x: x / mass, y: y / mass };
}
