/**
 * CRC-32, the checksum of PNG, gzip and zip: it tells every change of a few bits, and all but one in
 * 2³² of others.
 *
 * @module
 */

/**
 * Eight tables, one behind the other. Table 0 has what a byte becomes after eight shifts, table k what
 * it becomes after k bytes more, so that eight bytes are taken at once ("slicing by 8": Kounavis and
 * Berry, "Novel table lookup-based algorithms for high-performance CRC generation", 2008).
 */
const TABLES: Int32Array = tables();

function tables(): Int32Array {
  const all = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
    all[byte] = c;
  }
  for (let i = 256; i < all.length; i++) {
    const before = all[i - 256]!;
    all[i] = (before >>> 8) ^ all[before & 255]!;
  }
  return all;
}

/**
 * The cyclic redundancy check of ISO 3309 over some bytes: a whole number below 2³².
 *
 * @param crc The check of the bytes before these. Default: there are none.
 */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const t = TABLES;
  let c = ~crc;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    c ^= bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24;
    c = t[1792 + (c & 255)]! ^ t[1536 + (c >>> 8 & 255)]! ^
      t[1280 + (c >>> 16 & 255)]! ^ t[1024 + (c >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^ t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^ t[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ t[(c ^ bytes[i]!) & 255]!;
  return ~c >>> 0;
}
