/** LZ4 frames, as Arrow files have them: the packages at hand read blocks alone. */
import { DataError } from "../../core/errors.ts";

const MAGIC = 0x184d2204;

/** The bytes that a frame stands for, of which there are `length`. DataError where it is damaged. */
export function unpackLz4Frame(frame: Uint8Array, length: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) throw damaged("it begins otherwise");
  if (length > 255 * frame.length) throw damaged(`${frame.length} bytes are not ${length}`);
  const flags = frame[4]!;
  const hasChecksums = (flags & 0x10) !== 0;
  let at = 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
  const out = new Uint8Array(length);
  for (let made = 0;;) {
    if (at + 4 > frame.length) throw damaged("its end is missing");
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) {
      if (made !== length) throw damaged(`it has ${made} bytes of ${length}`);
      return out;
    }
    const end = at + (head & 0x7fffffff);
    if (end > frame.length) throw damaged("its end is missing");
    if (head >>> 31 === 0) made = unpackBlock(frame, at, end, out, made);
    else {
      if (made + end - at > length) throw damaged("it has too many bytes");
      out.set(frame.subarray(at, end), made);
      made += end - at;
    }
    at = end + (hasChecksums ? 4 : 0);
  }
}

/** Unpacks a block behind what is there, which it may repeat; where that ends. */
function unpackBlock(
  from: Uint8Array,
  begin: number,
  end: number,
  to: Uint8Array,
  made: number,
): number {
  let at = begin;
  /** A length of 15 goes on in the bytes that follow, up to one that is not 255. */
  const longer = (length: number): number => {
    if (length < 15) return length;
    let byte: number;
    do length += byte = from[at++] ?? 0; while (byte === 255 && at < end);
    return length;
  };
  while (at < end) {
    const token = from[at++]!;
    const literals = longer(token >> 4);
    if (at + literals > end || made + literals > to.length) throw damaged("a run is too long");
    to.set(from.subarray(at, at + literals), made);
    at += literals;
    made += literals;
    if (at >= end) break;
    const back = from[at]! | from[at + 1]! << 8;
    at += 2;
    const length = longer(token & 15) + 4;
    if (back === 0 || back > made || at > end || made + length > to.length) {
      throw damaged("it repeats what is not there");
    }
    // what is repeated may overlap what is made
    for (let i = 0; i < length; i++, made++) to[made] = to[made - back]!;
  }
  return made;
}

function damaged(what: string): DataError {
  return new DataError(`LZ4: ${what}`);
}
