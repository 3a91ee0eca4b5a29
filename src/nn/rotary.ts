import { tensor } from "../tensor/create.ts";
import { isRecording } from "../autograd/autograd.ts";
import { checkFloat } from "../ops/check.ts";
import { rotary } from "../ops/mod.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  type Kinds,
  numberThat,
  whole,
} from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** Options of {@link Rotary}. */
export interface RotaryModuleOptions {
  /** How much slower the last pair turns than the first, about. Default: 10 000. */
  base?: number;
  /** Whether neighbours are turned together, and not halves; see `functional.rotary`. Default: false. */
  interleaved?: boolean;
}

const OPTIONS: Kinds<RotaryModuleOptions> = {
  base: numberThat("a number above 0", (value) => value > 0),
  interleaved: flag,
};

interface Tables {
  /** Whether a graph may need it. */
  isRecorded: boolean;
  readonly offset: number;
  readonly length: number;
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/**
 * Rotary positions of queries and keys: pair i of position p is turned by p · base^(−2i / d).
 *
 * @example
 * ```ts
 * import { attend, nn, randn } from "@glim/glim";
 * const positions = new nn.Rotary(8);
 * const [q, k, v] = [randn([2, 4, 16, 8]), randn([2, 4, 16, 8]), randn([2, 4, 16, 8])];
 * const y = attend(positions.forward(q), positions.forward(k), v, { isCausal: true });
 * console.log(y.shape); // [2, 4, 16, 8]
 * ```
 */
export class Rotary extends Module<[x: Tensor, offset?: number]> {
  /** Length d of a head. */
  readonly dim: number;
  /** See {@link RotaryModuleOptions.base}. */
  readonly base: number;
  /** See {@link RotaryModuleOptions.interleaved}. */
  readonly interleaved: boolean;
  /** Cosines and sines of the last call's positions: not learnt, and not saved. */
  private tables: Tables | null = null;

  /** RangeError where the length is not even. */
  constructor(dim: number, options: RotaryModuleOptions = {}) {
    atMost(2, arguments.length, "Rotary(dim, options)");
    check("Rotary", "the length", dim, EVEN);
    const { base = 10_000, interleaved = false } = checkOptions(
      "Rotary",
      options,
      OPTIONS,
    );
    super();
    this.dim = dim;
    this.base = base;
    this.interleaved = interleaved;
  }

  /** x: [..., l, d], whose first token has the position `offset` → the same turned. */
  forward(x: Tensor, offset = 0): Tensor {
    atMost(2, arguments.length, "Rotary.forward(x, offset)");
    checkFloat("Rotary.forward", x);
    check("Rotary.forward", "the offset", offset, whole(0));
    const { cos, sin } = this.#at(offset, x.shape.at(-2) ?? 0, x);
    return rotary(x, cos, sin, { interleaved: this.interleaved });
  }

  #at(offset: number, length: number, { device }: Tensor): Tables {
    const { tables } = this;
    const fits = tables !== null && tables.offset === offset && tables.length === length &&
      tables.cos.device === device;
    if (fits) {
      tables.isRecorded ||= isRecording();
      return tables;
    }
    if (tables?.isRecorded === false) release(tables); // else it may be in a graph: the collector's
    const pairs = this.dim / 2;
    const of = (f: (angle: number) => number) => {
      const values = Float32Array.from({ length: length * pairs }, (_, at) => {
        return f((offset + Math.floor(at / pairs)) * this.base ** (-(at % pairs) / pairs));
      });
      return tensor(values, { shape: [length, pairs], device }).keep();
    };
    return this.tables = {
      isRecorded: isRecording(),
      offset,
      length,
      cos: of(Math.cos),
      sin: of(Math.sin),
    };
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `${this.dim}, base=${this.base}`;
  }

  /** Releases its tables, too. */
  override [Symbol.dispose](): void {
    if (this.tables !== null) release(this.tables);
    this.tables = null;
    super[Symbol.dispose]();
  }
}

function release({ cos, sin }: Tables): void {
  cos[Symbol.dispose]();
  sin[Symbol.dispose]();
}

const EVEN = numberThat(
  "an even number of at least 2",
  (value) => Number.isSafeInteger(value) && value >= 2 && value % 2 === 0,
);
