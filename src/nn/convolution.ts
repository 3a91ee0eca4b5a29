/**
 * What convolutions of sequences, images and volumes share.
 *
 * @module
 */
import { numelOf, type Shape } from "../core/shape.ts";
import { check, checkOptions, describe, type Kind, type Kinds, oneOf } from "../core/options.ts";
import { pad } from "../ops/mod.ts";
import { empty } from "../tensor/create.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** What stands around the input of a convolution. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** A mode of padding. */
export const PADDING_MODE: Kind = oneOf("zeros", "reflect", "replicate", "circular");

/** A number for all dimensions, or a list of one for each. */
type Each = number | readonly number[];

/** Options of any convolution. */
export interface ConvolutionOptions {
  stride?: Each;
  padding?: Each | "same" | "valid";
  outputPadding?: Each;
  dilation?: Each;
  groups?: number;
  bias?: boolean;
  paddingMode?: PaddingMode;
}

/** What one kind of convolution is: its name, its dimensions, and what it takes. */
export interface ConvolutionForm {
  readonly name: string;
  readonly dims: number;
  readonly kernel: Kind;
  readonly options: Readonly<Record<string, Kind>>;
  readonly isTransposed?: boolean;
}

/** A convolution whose numbers are lists of one for each dimension, `Sizes`. */
export abstract class Convolution<
  Sizes extends readonly number[],
  Padding extends readonly number[] | "same" | "valid" = Sizes | "same" | "valid",
> extends Module<[x: Tensor]> {
  /** Channels of an input. */
  readonly inChannels: number;
  /** Channels of an output. */
  readonly outChannels: number;
  /** Taps of the kernel. */
  readonly kernelSize: Sizes;
  /** Steps. */
  readonly stride: Sizes;
  /** Zeros around the input; of a transposed convolution what is cut off around the result. */
  readonly padding: Padding;
  /** Distance of the taps. */
  readonly dilation: Sizes;
  /** Groups of channels. */
  readonly groups: number;
  /** What stands around the input. */
  readonly paddingMode: PaddingMode;
  /** [out, in / groups, …taps]; of a transposed convolution [in, out / groups, …taps]. */
  readonly weight: Parameter;
  /** [out], or null. */
  readonly bias: Parameter | null;

  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    { name, dims, kernel, options: kinds, isTransposed = false }: ConvolutionForm,
    inChannels: number,
    outChannels: number,
    kernelSize: Each,
    options: ConvolutionOptions,
  ) {
    const {
      stride = 1,
      padding = 0,
      dilation = 1,
      groups = 1,
      bias = true,
      paddingMode = "zeros",
    } = checkOptions(name, options, kinds as Kinds<ConvolutionOptions>);
    checkChannels(name, inChannels, outChannels, groups);
    check(name, "the kernel", kernelSize, kernel);
    super();
    const each = (value: Each) =>
      (typeof value === "number"
        ? Array.from({ length: dims }, () => value)
        : [...value]) as readonly number[] as Sizes;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = each(kernelSize);
    this.stride = each(stride);
    this.padding = (typeof padding === "string" ? padding : each(padding)) as Padding;
    this.dilation = each(dilation);
    this.groups = groups;
    this.paddingMode = paddingMode;
    const [first, second] = isTransposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [first, second / groups, ...this.kernelSize];
    [this.weight, this.bias] = kernelOf(shape, outChannels, bias);
  }

  /** The convolution of x, around which stands what the mode says. */
  protected ofPadded(
    x: Tensor,
    convolve: (
      x: Tensor,
      w: Tensor,
      b: Tensor | null,
      settings: { stride: Sizes; padding?: Padding; dilation: Sizes; groups: number },
    ) => Tensor,
  ): Tensor {
    if (this.paddingMode === "zeros") return convolve(x, this.weight, this.bias, this);
    const { stride, dilation, groups, kernelSize, padding } = this;
    const padded = pad(x, around(padding, kernelSize, dilation), { mode: this.paddingMode });
    return convolve(padded, this.weight, this.bias, { stride, dilation, groups });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, groups, bias, paddingMode } = this;
    const parts = [
      `${this.inChannels}`,
      `${this.outChannels}`,
      `kernel_size=${python(kernelSize)}`,
      `stride=${python(stride)}`,
    ];
    if (typeof padding === "string") parts.push(`padding=${padding}`);
    else if (padding.some((n) => n !== 0)) parts.push(`padding=${python(padding)}`);
    if (dilation.some((n) => n !== 1)) parts.push(`dilation=${python(dilation)}`);
    const more = (this as { outputPadding?: Sizes }).outputPadding;
    if (more?.some((n) => n !== 0)) parts.push(`output_padding=${python(more)}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (bias === null) parts.push("bias=False");
    if (paddingMode !== "zeros") parts.push(`padding_mode=${paddingMode}`);
    return parts.join(", ");
  }
}

/** A convolution's gradient with respect to its input, as a layer. */
export abstract class TransposedConvolution<Sizes extends readonly number[]>
  extends Convolution<Sizes, Sizes> {
  /** What is added at the end. */
  readonly outputPadding: Sizes;

  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    form: ConvolutionForm,
    inChannels: number,
    outChannels: number,
    kernelSize: Each,
    options: ConvolutionOptions,
  ) {
    super({ ...form, isTransposed: true }, inChannels, outChannels, kernelSize, options);
    const { outputPadding: more = 0 } = options;
    this.outputPadding =
      (typeof more === "number"
        ? this.kernelSize.map(() => more)
        : [...more]) as readonly number[] as Sizes;
  }

  /** What a transposed convolution is told. */
  protected get settings(): {
    stride: Sizes;
    padding: Sizes;
    outputPadding: Sizes;
    dilation: Sizes;
    groups: number;
  } {
    const { stride, padding, outputPadding, dilation, groups } = this;
    return { stride, padding, outputPadding, dilation, groups };
  }
}

/** RangeError unless channels are whole numbers that divide into groups. */
function checkChannels(
  layer: string,
  inChannels: number,
  outChannels: number,
  groups: number,
): void {
  for (const n of [inChannels, outChannels, groups]) {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new RangeError(
        `${layer}: channels and groups must be whole numbers of at least 1: they are ` +
          `${describe(inChannels)}, ${describe(outChannels)} and ${groups}`,
      );
    }
  }
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new RangeError(
      `${layer}: channels must divide into groups: ${inChannels} in, ${outChannels} out, ` +
        `${groups} groups`,
    );
  }
}

/** A weight and a bias as PyTorch starts them: U(±1/√fan), fan being all but the first length. */
function kernelOf(
  shape: Shape,
  outChannels: number,
  bias: boolean,
): [weight: Parameter, bias: Parameter | null] {
  const weight = new Parameter(empty(shape));
  const shift = bias ? new Parameter(empty([outChannels])) : null;
  kaimingUniform_(weight, { a: Math.sqrt(5) });
  const bound = 1 / Math.sqrt(numelOf(shape.slice(1)));
  if (shift !== null) uniform_(shift, -bound, bound);
  return [weight, shift];
}

/** Zeros before and behind, the last dimension first, that a kernel needs. */
function around(
  padding: readonly number[] | "same" | "valid",
  kernel: readonly number[],
  dilation: readonly number[],
): number[] {
  const pairs = kernel.map((k, i) => {
    if (padding === "valid") return [0, 0];
    if (padding !== "same") return [padding[i]!, padding[i]!];
    const all = dilation[i]! * (k - 1);
    return [all >> 1, all - (all >> 1)];
  });
  return pairs.reverse().flat();
}
