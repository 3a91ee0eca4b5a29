/**
 * Random numbers as many as one element needs.
 *
 * @module
 */
import { philox, type RandomKey } from "./random.ts";

/** Random numbers of one element, a function of the key and its position. */
export class Numbers {
  readonly #key: RandomKey;
  readonly #element: number;
  readonly #block = new Uint32Array(4);
  #at = 0;

  /** Of the element at a position. */
  constructor(key: RandomKey, element: number) {
    this.#key = key;
    this.#element = element;
  }

  /** Uniform in (0, 1). */
  uniform(): number {
    const { seed, stream } = this.#key;
    const lane = this.#at & 3;
    if (lane === 0) {
      philox([this.#element, this.#at >>> 2, stream[0], stream[1]], seed, this.#block);
    }
    this.#at++;
    return (this.#block[lane]! + 0.5) / 2 ** 32;
  }

  /** Of the normal distribution: Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}
