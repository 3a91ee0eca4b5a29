/**
 * Protocol buffers, as far as ONNX and TensorBoard need them: fields of varints, floats, texts, bytes and messages.
 *
 * ```
 * field = key value              key = varint(number << 3 | type)
 * type 0: varint                 7 bits a byte, the lowest first; bit 8: more follow
 * type 1: 8 bytes                a double, little-endian
 * type 2: varint(length) bytes   texts, bytes and messages
 * type 5: 4 bytes                a float, little-endian
 * ```
 *
 * @module
 */
import type { Platform } from "../../core/platform.ts";

declare const TextEncoder: Platform["TextEncoder"];

const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;
const FLOAT = 5;

/** A message that is being written. Large contents are not copied before `encode`. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** A whole number, negative ones in two's complement of 64 bits. */
  int(field: number, value: number): this {
    return this.#add(varint(field << 3 | VARINT)).#add(varint(value));
  }

  /** A number, rounded to float32. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#add(varint(field << 3 | FLOAT)).#add(bytes);
  }

  /** A number, as float64. */
  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#add(varint(field << 3 | DOUBLE)).#add(bytes);
  }

  /** A text, as UTF-8. */
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** Bytes, which must stay as they are until `encode`. */
  bytes(field: number, value: Uint8Array): this {
    return this.#add(varint(field << 3 | BYTES)).#add(varint(value.length)).#add(value);
  }

  /** A message as it is now. */
  message(field: number, value: Message): this {
    this.#add(varint(field << 3 | BYTES)).#add(varint(value.#length));
    for (const part of value.#parts) this.#add(part);
    return this;
  }

  /** All bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #add(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
