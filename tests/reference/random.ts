/** Random numbers. */

/** The four words of Philox4x32-10 for a counter of four words and a key of two. */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p = c0 * 0xd2511f53n, q = c2 * 0xcd9e8d57n;
    [c0, c1, c2, c3] = [
      q >> 32n ^ c1 ^ k0,
      q & 0xffffffffn,
      p >> 32n ^ c3 ^ k1,
      p & 0xffffffffn,
    ];
    k0 = k0 + 0x9e3779b9n & 0xffffffffn;
    k1 = k1 + 0xbb67ae85n & 0xffffffffn;
  }
  return [c0, c1, c2, c3].map(Number);
}

/** The seed and stream of random numbers: two words each. */
export type RandomKey = readonly [
  seedLo: number,
  seedHi: number,
  streamLo: number,
  streamHi: number,
];

function word(i: number, [seedLo, seedHi, streamLo, streamHi]: RandomKey): number {
  return philox([i >>> 2, 0, streamLo, streamHi], [seedLo, seedHi])[i & 3]!;
}

/** Element i of the uniform numbers in [0, 1), 24 bits. */
export function uniform(i: number, key: RandomKey): number {
  return (word(i, key) >>> 8) / 2 ** 24;
}

/** Element i of the standard normal numbers: Box and Muller's transform of a pair of words. */
export function normal(i: number, key: RandomKey): number {
  const radius = Math.sqrt(-2 * Math.log(uniform(i & ~1, key) + 2 ** -24));
  const angle = 2 * Math.PI * uniform(i | 1, key);
  return radius * (i & 1 ? Math.sin(angle) : Math.cos(angle));
}
