import { pad, type PadMode } from "../ops/mod.ts";
import { ShapeError, show } from "../core/errors.ts";
import { anyNumber, atMost, check, either, integer, type Kind, listOf } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../ops/check.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** Lengths before and behind: one for all, or a pair of each dimension, the last first. */
export type PadLengths = number | readonly number[];

/** What paddings share. */
export abstract class PadLayer extends Module<[x: Tensor]> {
  /** Lengths before and behind, the last dimension first. */
  readonly padding: readonly number[];
  private readonly mode: PadMode;
  /** What stands around, where the layer was told. */
  private readonly value: number | undefined;

  /** Lengths of `dims` dimensions. */
  constructor(name: string, padding: PadLengths, dims: number, mode: PadMode, value?: number) {
    const kind: Kind = either(integer, listOf(integer, 2 * dims));
    check(name, "the padding", padding, kind);
    super();
    this.padding = typeof padding === "number"
      ? new Array<number>(2 * dims).fill(padding)
      : [...padding];
    this.mode = mode;
    this.value = value;
  }

  /** [n, c, …] or [c, …] → the same, larger. */
  forward(x: Tensor): Tensor {
    const name = this.constructor.name;
    atMost(1, arguments.length, `${name}.forward(x)`);
    checkTensor(name, x);
    const dims = this.padding.length / 2;
    if (x.ndim !== dims + 1 && x.ndim !== dims + 2 && this.mode !== "constant") {
      throw new ShapeError(
        `${name}: x must have ${dims + 1} or ${dims + 2} dimensions: it is ${show(x.shape)}`,
      );
    }
    return pad(x, this.padding, { mode: this.mode, value: this.value ?? 0 });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const padding = python(this.padding);
    return this.value === undefined ? padding : `padding=${padding}, value=${python(this.value)}`;
  }
}

/** Zeros around [n, c, l]. */
export class ZeroPad1d extends PadLayer {
  /** One length, or [left, right]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "ZeroPad1d(padding)");
    super("ZeroPad1d", padding, 1, "constant");
  }
}

/** What is mirrored at the edges, around [n, c, l]. */
export class ReflectionPad1d extends PadLayer {
  /** One length, or [left, right]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "ReflectionPad1d(padding)");
    super("ReflectionPad1d", padding, 1, "reflect");
  }
}

/** The edges again, around [n, c, l]. */
export class ReplicationPad1d extends PadLayer {
  /** One length, or [left, right]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "ReplicationPad1d(padding)");
    super("ReplicationPad1d", padding, 1, "replicate");
  }
}

/** What comes around from the other end, around [n, c, l]. */
export class CircularPad1d extends PadLayer {
  /** One length, or [left, right]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "CircularPad1d(padding)");
    super("CircularPad1d", padding, 1, "circular");
  }
}

/** One value around [n, c, l]. */
export class ConstantPad1d extends PadLayer {
  /** What stands around. */
  readonly fill: number;

  /** One length, or [left, right]; and the value. */
  constructor(padding: PadLengths, value: number) {
    atMost(2, arguments.length, "ConstantPad1d(padding, value)");
    check("ConstantPad1d", "the value", value, anyNumber);
    super("ConstantPad1d", padding, 1, "constant", value);
    this.fill = value;
  }
}

/** Zeros around [n, c, h, w]. */
export class ZeroPad2d extends PadLayer {
  /** One length, or [left, right, top, bottom]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "ZeroPad2d(padding)");
    super("ZeroPad2d", padding, 2, "constant");
  }
}

/** What is mirrored at the edges, around [n, c, h, w]. */
export class ReflectionPad2d extends PadLayer {
  /** One length, or [left, right, top, bottom]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "ReflectionPad2d(padding)");
    super("ReflectionPad2d", padding, 2, "reflect");
  }
}

/** The edges again, around [n, c, h, w]. */
export class ReplicationPad2d extends PadLayer {
  /** One length, or [left, right, top, bottom]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "ReplicationPad2d(padding)");
    super("ReplicationPad2d", padding, 2, "replicate");
  }
}

/** What comes around from the other end, around [n, c, h, w]. */
export class CircularPad2d extends PadLayer {
  /** One length, or [left, right, top, bottom]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "CircularPad2d(padding)");
    super("CircularPad2d", padding, 2, "circular");
  }
}

/** One value around [n, c, h, w]. */
export class ConstantPad2d extends PadLayer {
  /** What stands around. */
  readonly fill: number;

  /** One length, or [left, right, top, bottom]; and the value. */
  constructor(padding: PadLengths, value: number) {
    atMost(2, arguments.length, "ConstantPad2d(padding, value)");
    check("ConstantPad2d", "the value", value, anyNumber);
    super("ConstantPad2d", padding, 2, "constant", value);
    this.fill = value;
  }
}

/** Zeros around [n, c, d, h, w]. */
export class ZeroPad3d extends PadLayer {
  /** One length, or [left, right, top, bottom, front, back]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "ZeroPad3d(padding)");
    super("ZeroPad3d", padding, 3, "constant");
  }
}

/** What is mirrored at the edges, around [n, c, d, h, w]. */
export class ReflectionPad3d extends PadLayer {
  /** One length, or [left, right, top, bottom, front, back]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "ReflectionPad3d(padding)");
    super("ReflectionPad3d", padding, 3, "reflect");
  }
}

/** The edges again, around [n, c, d, h, w]. */
export class ReplicationPad3d extends PadLayer {
  /** One length, or [left, right, top, bottom, front, back]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "ReplicationPad3d(padding)");
    super("ReplicationPad3d", padding, 3, "replicate");
  }
}

/** What comes around from the other end, around [n, c, d, h, w]. */
export class CircularPad3d extends PadLayer {
  /** One length, or [left, right, top, bottom, front, back]. */
  constructor(padding: PadLengths) {
    atMost(1, arguments.length, "CircularPad3d(padding)");
    super("CircularPad3d", padding, 3, "circular");
  }
}

/** One value around [n, c, d, h, w]. */
export class ConstantPad3d extends PadLayer {
  /** What stands around. */
  readonly fill: number;

  /** One length, or [left, right, top, bottom, front, back]; and the value. */
  constructor(padding: PadLengths, value: number) {
    atMost(2, arguments.length, "ConstantPad3d(padding, value)");
    check("ConstantPad3d", "the value", value, anyNumber);
    super("ConstantPad3d", padding, 3, "constant", value);
    this.fill = value;
  }
}
