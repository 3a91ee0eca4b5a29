/**
 * Elements from one dtype to another, and to and from what JavaScript has, as PyTorch converts them:
 * floats round to the nearest, a tie to the even one; integers wrap; floats towards integers are cut
 * off. Where PyTorch leaves open what becomes of a float that an integer type does not hold, int32
 * and int64 take the end of their range, uint8 and int8 the low bits, and NaN is 0.
 *
 * @module
 */
import {
  arrayDType,
  type DataArray,
  type DType,
  DTYPES,
  type RawArray,
  type Row,
  type TypedArray,
} from "./dtype.ts";

/** The values of some elements on their way: enough that a call costs little, few enough for L1. */
const BLOCK = new Float64Array(2048);

/** Writes the elements of one dtype as those of another. */
export function convert(from: DType, elements: RawArray, to: DType, out: RawArray): void {
  if (from === to) return set(out, elements);
  const source: Row<RawArray> = DTYPES[from], target: Row<RawArray> = DTYPES[to];
  for (let at = 0; at < elements.length; at += BLOCK.length) {
    const values = BLOCK.subarray(0, Math.min(BLOCK.length, elements.length - at));
    const part = elements.subarray(at, at + values.length);
    if (source.decode === undefined) set(values, part);
    else source.decode(part, values, target);
    const goal = out.subarray(at, at + values.length);
    if (target.encode === undefined) set(goal, values);
    else target.encode(values, goal);
  }
}

/** Writes numbers, booleans or what stands in a typed array as elements of a dtype. */
export function store(
  values: DataArray | ArrayLike<number | boolean>,
  dtype: DType,
  out: RawArray,
): void {
  const { encode }: Row<RawArray> = DTYPES[dtype];
  if (ArrayBuffer.isView(values)) {
    const from = arrayDType("tensor", values);
    const { array, numbers } = DTYPES[from];
    const { buffer, byteOffset, length } = values as DataArray;
    const elements = numbers ? new array(buffer, byteOffset, length) : values;
    convert(from, elements as RawArray, dtype, out);
  } else if (encode === undefined) out.set(values as never);
  else encode(new Float64Array(values as ArrayLike<number>), out);
}

/**
 * Elements, which are a copy, in the array that JavaScript has for them: that of the dtype, and for
 * bfloat16, and float16 where the engine has no Float16Array, a Float32Array.
 */
export function numbersOf(dtype: DType, elements: RawArray): TypedArray | BigInt64Array {
  const { numbers } = DTYPES[dtype];
  if (numbers === undefined) return elements as TypedArray | BigInt64Array;
  if (numbers !== null) return new numbers(elements.buffer);
  const out = new Float32Array(elements.length);
  convert(dtype, elements, "float32", out);
  return out;
}

/** `set` of arrays whose elements are of one sort: numbers, or BigInts. */
function set(to: RawArray, from: ArrayLike<number> | RawArray): void {
  (to as Float64Array).set(from as ArrayLike<number>);
}
