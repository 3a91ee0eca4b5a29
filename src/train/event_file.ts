/**
 * TensorBoard's event files: records, each an event as a protocol buffer.
 *
 *     record = length (8 bytes) checksum(length) event checksum(event)
 *
 * @module
 */
import { Message } from "../io/onnx/protobuf.ts";

/** The first event of a file says which version it is of; the others have a scalar each. */
export type Event =
  & { time: number }
  & ({ version: string } | { step: number; tag: string; value: number });

/** An event as bytes. Field numbers are those of TensorFlow's `event.proto` and `summary.proto`. */
export function encodeEvent(event: Event): Uint8Array {
  const message = new Message().double(1, event.time);
  if ("version" in event) return message.text(3, event.version).encode();
  const value = new Message().text(1, event.tag).float(2, event.value);
  return message.int(2, event.step).message(5, new Message().message(1, value)).encode();
}

/** A record of a file. */
export function encodeRecord(event: Uint8Array): Uint8Array {
  const record = new Uint8Array(event.length + 16);
  const view = new DataView(record.buffer);
  view.setUint32(0, event.length, true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(event, 12);
  view.setUint32(12 + event.length, masked(crc32c(event)), true);
  return record;
}

/** A checksum as it stands in records: turned, so that a checksum of checksums is none of zeros. */
function masked(crc: number): number {
  return ((crc >>> 15 | crc << 17) + 0xa282ead8) >>> 0;
}

/** Castagnoli's cyclic redundancy check: another polynomial than that of PNG and zip. */
export function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}
