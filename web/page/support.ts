/**
 * What a browser must have for the page to work.
 *
 * @module
 */

/** A WebAssembly module with one SIMD instruction: `v128.const; drop`. */
const SIMD = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0], // magic, version
  ...[1, 4, 1, 96, 0, 0], // one type: () → ()
  ...[3, 2, 1, 0], // one function of it
  ...[10, 23, 1, 21, 0, 253, 12, ...new Array<number>(16).fill(0), 26, 11], // its body
);

/** Why the page cannot work here, as a sentence; null where it can. */
export function unsupported(): string | null {
  if (typeof WebAssembly === "undefined") {
    return "Glim computes in WebAssembly, which this browser does not have, or which is switched " +
      "off in it.";
  }
  if (!WebAssembly.validate(SIMD)) {
    return "Glim computes with WebAssembly's SIMD instructions, which this browser does not know: " +
      "any browser of 2023 or later does.";
  }
  try {
    new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  } catch {
    return "Glim's kernels need WebAssembly memory that can be shared, which this browser does not " +
      "allow here.";
  }
  return null;
}
