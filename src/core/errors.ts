/**
 * The errors that Glim throws, and how they are worded:
 * `action: what was needed: what was given`.
 *
 * @module
 */

/** Shapes or dimensions that do not fit an operation. */
export class ShapeError extends TypeError {
  /** The error's name, for logs. */
  override name = "ShapeError";
}

/** An element type that an operation cannot take. */
export class DTypeError extends TypeError {
  /** The error's name, for logs. */
  override name = "DTypeError";
}

/** A gradient was asked for where there is none, or where it would be wrong. */
export class GradientError extends Error {
  /** The error's name, for logs. */
  override name = "GradientError";
}

/** A tensor was used after its memory went back to the pool. */
export class ReleasedError extends ReferenceError {
  /** The error's name, for logs. */
  override name = "ReleasedError";
}

/** Tensors are not on the device on which they are needed. */
export class DeviceError extends Error {
  /** The error's name, for logs. */
  override name = "DeviceError";
}

/** A device has no more memory. */
export class OutOfMemoryError extends RangeError {
  /** The error's name, for logs. */
  override name = "OutOfMemoryError";
}

/** A file, a data set or a state dict that is not what it should be. */
export class DataError extends Error {
  /** The error's name, for logs. */
  override name = "DataError";
}

/** A training run that cannot go on: its loss is no longer a number. */
export class DivergedError extends Error {
  /** The error's name, for logs. */
  override name = "DivergedError";
}

/** A shape as messages show it: `[64, 784]`. */
export function show(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** Control characters, and those that change lines or the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * A text out of a file or from the network as a message may have it: a terminal would obey some
 * characters, which are written as `\u{1b}` instead.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** What an error says; of anything else that was thrown, its text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
