/**
 * Tensors as files have them: a type, a shape and an array.
 *
 * @module
 */

/** The element types, each with the array that holds it; a bool is a byte, 0 or 1. */
export interface RawTypes {
  /** F32. */
  float32: Float32Array;
  /** I32. */
  int32: Int32Array;
  /** U8. */
  uint8: Uint8Array;
  /** BOOL. */
  bool: Uint8Array;
}

/** A tensor as bytes have it: `data` is row-major and has as many elements as the shape. */
export type RawTensor = {
  [T in keyof RawTypes]: { dtype: T; shape: readonly number[]; data: RawTypes[T] };
}[keyof RawTypes];

/** Each type's name in a safetensors file, and its bytes an element. */
export const TYPES: Readonly<Record<keyof RawTypes, { code: string; size: number }>> = {
  float32: { code: "F32", size: 4 },
  int32: { code: "I32", size: 4 },
  uint8: { code: "U8", size: 1 },
  bool: { code: "BOOL", size: 1 },
};
