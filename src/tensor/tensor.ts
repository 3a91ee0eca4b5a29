/**
 * Tensor: a buffer that knows how it was made. Its methods are the ops.
 *
 * @module
 */
import { isRecording, type Node, type Pair, setRecording } from "../autograd/autograd.ts";
import { backward, type BackwardOptions } from "../autograd/backward.ts";
import { addHook, type GradientHook } from "../autograd/gradient_hooks.ts";
import { endHistory, renew } from "../autograd/history.ts";
import { attachGrad, definePutGrad, letGo, owned } from "../autograd/leaf_gradient.ts";
import { Buffer, makeBuffersAs, notATensor, releasedError } from "../device/buffer.ts";
import type { HookHandle } from "../core/hook_list.ts";
import type { DType, TypedArray } from "../core/dtype.ts";
import { currentScope, nearestOpen, type Scope } from "../device/current_scope.ts";
import { DTypeError, GradientError, ShapeError, show } from "../core/errors.ts";
import { read, readFirst, readNow } from "../device/transfer.ts";
import { displayAs, inspectAsString } from "../core/inspect.ts";
import type { DeviceName } from "../devices.ts";
import * as binary from "../ops/of_two.ts";
import * as compare from "../ops/compare.ts";
import { asFloat } from "../ops/cast.ts";
import { checkTensor } from "../ops/check.ts";
import type { NewMethods } from "./create.ts";
import * as layout from "../ops/layout_methods.ts";
import { cpu } from "../ops/to.ts";
import type { MethodsOf } from "../ops/methods_of.ts";
import * as inPlace from "../ops/inplace_functions.ts";
import { type InPlaceMethods, inPlaceMethods } from "../ops/inplace_layout.ts";
import * as methods from "../ops/methods.ts";
import * as ops from "../ops/mod.ts";
import * as unary from "../ops/of_one.ts";
import { atMost, callable, check, flag } from "../core/options.ts";
import { display } from "./display.ts";
import { print } from "./print.ts";
import { axisOf, numelOf, type Shape } from "../core/shape.ts";
import { outside } from "../scope/outside.ts";
import { runInScope } from "../scope/scope.ts";

/** What `toArray` returns: a number (or, of a bool, a boolean) in as many arrays as dimensions. */
export type NestedArray = number | boolean | NestedArray[];

export type { TypedArray };

/** Puts another gradient in place and returns the one that was there, which stays as it is. */
export let exchangeGrad: (tensor: Tensor, gradient: Tensor | null) => Tensor | null;

/**
 * An n-dimensional array that remembers how it was computed, so that `backward()` can compute
 * gradients.
 *
 * Tensors are released when the scope they were made in ends: a turn of a loop over a `DataLoader`
 * or `steps(n)`, a `scope`, a `noGrad`. Nothing needs to be disposed by hand.
 *
 * @example
 * ```ts
 * import { tensor } from "@glim/glim";
 * const w = tensor([1, 2, 3], { requiresGrad: true });
 * w.mul(w).sum().backward();
 * console.log(w.grad?.toArray()); // [2, 4, 6]
 * ```
 */
export class Tensor extends Buffer {
  /** How it was made; null for a leaf. The engine's. */
  node: Node | null = null;
  /** The engine's: false while an op still computes it, when it is only a buffer. */
  isMade = false;
  /** Of a view: what it looks at, and its gradient with respect to that. The engine's. */
  look: Pair | null = null;
  /** The recorded changes in place of its memory that its node knows of. The engine's. */
  rewrites: number = this.storage.rewrites;
  #grad: Tensor | null = null;
  #scopeOfGrad: Scope | null = null;
  #requiresGrad = false;

  /** The name of the device that it is on: `"cpu"`, `"webgpu"` or `"reference"`. */
  get device(): DeviceName {
    return this.storage.device.name as DeviceName;
  }

  /** Whether `backward()` computes a gradient for this tensor, or through it. */
  get requiresGrad(): boolean {
    if (this.rewrites !== this.storage.rewrites) renew(this);
    return this.#requiresGrad || this.node !== null;
  }

  /** Can be set on leaves of float32; DTypeError and GradientError elsewhere. */
  set requiresGrad(on: boolean) {
    if (!on && !this.isLeaf) {
      throw new GradientError(
        "requiresGrad: only leaves can be told: this is the result of " +
          `${this.node!.name}: detach() it`,
      );
    }
    if (on && this.dtype !== "float32") {
      throw new DTypeError(
        `requiresGrad: only float32 has gradients: it is ${this.dtype}: make it with ` +
          `{ requiresGrad: true } or { dtype: "float32" }`,
      );
    }
    this.#requiresGrad = on;
    if (on) this.#endGradWithScope();
  }

  /** The gradient that `backward()` has accumulated, or null. */
  get grad(): Tensor | null {
    return this.#grad;
  }

  /**
   * Takes a gradient of this tensor's shape, float32, or null for none; what was there is released,
   * unless it was told to `keep()`. The gradient is this tensor's from here on and lives as long. One
   * that is a view, a parameter or kept by somebody else is copied.
   *
   * GradientError where shape or dtype differ, ReleasedError where its memory is gone.
   */
  set grad(gradient: Tensor | null) {
    const before = this.#grad;
    if (gradient === before) return;
    this.#grad = gradient === null ? null : owned(this, gradient);
    if (before !== null && before.storage !== this.#grad?.storage) {
      letGo(this, before, gradient === null ? "grad = null" : "another gradient");
    }
  }

  /** Whether nothing recorded made it: its gradient is kept in `grad`. */
  get isLeaf(): boolean {
    return !this.requiresGrad || this.node === null;
  }

  /** Its graph ends with the scope it leaves; its gradient goes along. */
  override leave(scope: string): void {
    if (this.node !== null) this.node.leftScope = scope;
    this.#takeGradAlong();
  }

  /**
   * The engine's: for a view of what lives longer, the scope with which its gradient ends. No storage
   * can say so: a view's storage is that of the tensor it is a view of.
   */
  get scopeOfGrad(): Scope | null {
    return this.#scopeOfGrad === null ? null : nearestOpen(this.#scopeOfGrad);
  }

  #endGradWithScope(): void {
    if (this.storage.owner !== this) this.#scopeOfGrad = currentScope();
  }

  #takeGradAlong(): void {
    const grad = this.#grad;
    if (grad !== null && grad.storage.leaf === this.storage) attachGrad(this, grad);
  }

  // Reading

  /**
   * The one element as a number. ShapeError unless there is exactly one, RangeError for an int64 that
   * no number holds exactly: `toTypedArray` gives it. DeviceError on a GPU: `(await t.data())[0]`.
   */
  item(): number {
    atMost(0, arguments.length, "item()");
    if (this.storage.block === null) throw releasedError(this);
    if (this.numel !== 1) {
      throw new ShapeError(
        `item: a tensor of one element is needed: it is ${show(this.shape)}: use toArray()`,
      );
    }
    const element = readFirst("item", this);
    return typeof element === "number" ? element : exactNumber("item", element);
  }

  /**
   * A copy of the elements, row-major, in the array that JavaScript has for the dtype: a Uint8Array for
   * bool, a Float32Array for bfloat16, and for float16 too where the engine has no Float16Array.
   *
   * TypeScript does not know the dtype and takes it for an array of numbers unless told otherwise: for
   * int64 write `toTypedArray<BigInt64Array>()`.
   */
  toTypedArray<
    A extends TypedArray | BigInt64Array | ArrayLike<number> | Iterable<number> = TypedArray,
  >(): A;
  /** A copy of the elements as numbers. */
  toTypedArray(): TypedArray;
  toTypedArray(): TypedArray | BigInt64Array {
    atMost(0, arguments.length, "toTypedArray()");
    return readRows("toTypedArray", this);
  }

  /**
   * The elements as nested arrays, [2, 3] as two arrays of three; a scalar as a number; bools as
   * booleans. RangeError for an int64 that no number holds exactly: `toTypedArray` gives it.
   */
  toArray(): NestedArray {
    atMost(0, arguments.length, "toArray()");
    return readNested("toArray", this);
  }

  /** What `toArray` gives. */
  tolist(): NestedArray {
    atMost(0, arguments.length, "tolist()");
    return readNested("tolist", this);
  }

  /** Like `toTypedArray`, but as a promise, which works on every device. */
  data<
    A extends TypedArray | BigInt64Array | ArrayLike<number> | Iterable<number> = TypedArray,
  >(): Promise<A>;
  /** The same as numbers. */
  data(): Promise<TypedArray>;
  data(): Promise<TypedArray | BigInt64Array> {
    atMost(0, arguments.length, "data()");
    if (this.isContiguous) return outside(read(this));
    const copy = noGrad(() => ops.contiguous(this));
    return outside(read(copy).finally(() => copy.storage.release("data()")));
  }

  /** What `JSON.stringify` writes: the elements as nested arrays, null for what is not finite. */
  toJSON(): NestedArray {
    return this.toArray();
  }

  /** As PyTorch prints it: `tensor([[1., 2.], [3., 4.]])`. */
  override toString(): string {
    return print(this);
  }

  /** What `x + y`, `x < y` and `+x` ask for: a TypeError, as JavaScript has no operators of tensors. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      `tensor: JavaScript's operators do not compute with tensors: write x.add(y), x.lt(y) …, or ` +
        `take the number by item(): it is ${show(this.shape)}`,
    );
  }

  /** The lengths of all dimensions: what `shape` is. */
  size(): Shape;
  /** The length of one, counted from the end if negative. ShapeError where there is none. */
  size(dim: number): number;
  size(dim?: number): Shape | number {
    atMost(1, arguments.length, "size(dim)");
    return dim === undefined ? this.shape : this.shape[axisOf("size", dim, this.ndim)]!;
  }

  /** How many dimensions there are: what `ndim` is. */
  dim(): number {
    atMost(0, arguments.length, "dim()");
    return this.ndim;
  }

  // Gradients

  /**
   * Computes the gradient of this tensor with respect to all leaves it depends on, and adds it to
   * their `grad`.
   *
   * Throws GradientError where there is no graph, where it was used before or ended with its scope,
   * and where a value it needs was changed in place.
   *
   * @param gradient This tensor's own gradient, of its shape. Default: 1 for a tensor of one element;
   * others need it.
   * @param options `retainGraph: true` to call it again on the same graph, `createGraph: true` to
   * have gradients of gradients.
   */
  backward(gradient?: Tensor, options: BackwardOptions = {}): void {
    atMost(2, arguments.length, "backward(gradient, options)");
    backward(this, gradient, options);
  }

  /**
   * Calls a function with this tensor's gradient in every backward pass, once the pass has summed it
   * up. The function may return another gradient to go on with. What it makes belongs to the scope that
   * `backward()` is called in. The hook of an op's result ends with the graph.
   *
   * GradientError where the tensor does not require a gradient, and in the pass where what is returned
   * does not fit.
   *
   * @returns A handle whose `remove()` ends it.
   *
   * @example
   * ```ts
   * import { tensor } from "@glim/glim";
   * const w = tensor([1, 2], { requiresGrad: true });
   * w.registerHook((gradient) => gradient.mul(10));
   * w.sum().backward();
   * console.log(w.grad?.toArray()); // [10, 10]
   * ```
   */
  registerHook(hook: GradientHook): HookHandle {
    atMost(1, arguments.length, "registerHook(hook)");
    check("registerHook", "the hook", hook, callable);
    if (!this.requiresGrad) {
      throw new GradientError("registerHook: the tensor does not require a gradient");
    }
    return addHook(this, hook);
  }

  /** A view of the same memory, without the graph: no gradient goes through it. */
  detach(): Tensor {
    atMost(0, arguments.length, "detach()");
    return ops.detach(this);
  }

  /** Forgets how the tensor was made: from now on it is a leaf without a gradient. */
  detach_(): this {
    atMost(0, arguments.length, "detach_()");
    endHistory(this);
    this.#requiresGrad = false;
    return this;
  }

  static {
    exchangeGrad = (tensor, gradient) => {
      const before = tensor.#grad;
      tensor.#grad = gradient;
      return before;
    };
  }

  /** Makes `backward()` keep the gradient in `grad` even though the tensor is not a leaf. */
  retainGrad(): this {
    atMost(0, arguments.length, "retainGrad()");
    if (!this.requiresGrad) {
      throw new GradientError("retainGrad: the tensor does not require a gradient");
    }
    if (this.node !== null) this.node.retains = this;
    this.#endGradWithScope();
    return this;
  }

  /** Sets `requiresGrad`, with its errors, and returns the tensor itself. */
  requiresGrad_(on = true): this {
    atMost(1, arguments.length, "requiresGrad_(on)");
    check("requiresGrad_", "on", on, flag);
    this.requiresGrad = on;
    return this;
  }

  /** Releases `grad` and sets it to null. */
  zeroGrad(): void {
    atMost(0, arguments.length, "zeroGrad()");
    const before = this.#grad;
    this.#grad = null;
    if (before !== null) letGo(this, before, "zeroGrad()");
  }

  // Lifetime

  /**
   * Takes the tensor out of every scope: it lives until you dispose of it, with `using` or
   * `[Symbol.dispose]()`.
   */
  keep(): this {
    atMost(0, arguments.length, "keep()");
    if (this.storage.block === null) throw releasedError(this);
    this.storage.own();
    this.storage.owner = this;
    this.#takeGradAlong();
    return this;
  }

  /** Releases the memory now. Disposing of a view does not affect the tensor that it looks at. */
  [Symbol.dispose](): void {
    if (this.storage.owner !== this) return;
    this.zeroGrad();
    this.storage.release("disposal");
  }

  // Arithmetic

  /** −this. */
  neg(): Tensor {
    atMost(0, arguments.length, "neg()");
    return ops.neg(this);
  }
  /** this ^ exponent, element by element, broadcasting. */
  pow(exponent: ops.Operand): Tensor {
    atMost(1, arguments.length, "pow(exponent)");
    return ops.pow(this, exponent);
  }
  /** At least `min` and at most `max`: `clamp(0, 1)`, `clamp({ min: 0 })`. */
  clamp(min?: ops.Operand | ops.ClampOptions | null, max?: ops.Operand | null): Tensor {
    atMost(2, arguments.length, "clamp(min, max)");
    return ops.clamp(this, min, max);
  }

  /** This where the condition (bool) is true, other elsewhere; all three broadcast. */
  where(condition: Tensor, other: ops.Operand): Tensor {
    atMost(2, arguments.length, "where(condition, other)");
    return ops.where(condition, this, other);
  }

  // Activations

  /** `exp(x) / Σ exp(x)` along a dimension. */
  softmax(dim: number, dtype?: DType): Tensor {
    atMost(2, arguments.length, "softmax(dim, dtype)");
    return ops.softmax(this, dim, dtype);
  }
  /** `x − log Σ exp(x)` along a dimension. */
  logSoftmax(dim: number, dtype?: DType): Tensor {
    atMost(2, arguments.length, "logSoftmax(dim, dtype)");
    return ops.logSoftmax(this, dim, dtype);
  }

  // Reductions

  /**
   * The sum of all elements, a scalar, or along one dimension or several: [2, 3] along 0 → [3], or
   * [1, 3] with `keepdim`. Integers and bools give int32, unless `dtype` says otherwise.
   */
  sum(dim?: ops.Dims, keepdim?: boolean, dtype?: DType): Tensor {
    atMost(3, arguments.length, "sum(dim, keepdim, dtype)");
    return ops.sum(this, dim, keepdim, dtype);
  }
  /** The mean of all elements, or along dimensions, as in `sum`. Integers give float32. */
  mean(dim?: ops.Dims, keepdim?: boolean, dtype?: DType): Tensor {
    atMost(3, arguments.length, "mean(dim, keepdim, dtype)");
    return ops.mean(this, dim, keepdim, dtype);
  }
  /** The largest element, a scalar. */
  max(): Tensor;
  /** The largest elements along a dimension, and their positions there: `{ values, indices }`. */
  max(dim: number, keepdim?: boolean): ops.ValuesAndIndices;
  max(dim?: number, keepdim?: boolean): Tensor | ops.ValuesAndIndices {
    atMost(2, arguments.length, "max(dim, keepdim)");
    return ops.max(this, dim as number, keepdim);
  }
  /** The smallest element, a scalar. */
  min(): Tensor;
  /** The smallest elements along a dimension, and their positions there: `{ values, indices }`. */
  min(dim: number, keepdim?: boolean): ops.ValuesAndIndices;
  min(dim?: number, keepdim?: boolean): Tensor | ops.ValuesAndIndices {
    atMost(2, arguments.length, "min(dim, keepdim)");
    return ops.min(this, dim as number, keepdim);
  }
  /** The largest element of all, or along dimensions; equal ones share the gradient. */
  amax(dim?: ops.Dims, keepdim?: boolean): Tensor {
    atMost(2, arguments.length, "amax(dim, keepdim)");
    return ops.amax(this, dim, keepdim);
  }
  /** The smallest element of all, or along dimensions; equal ones share the gradient. */
  amin(dim?: ops.Dims, keepdim?: boolean): Tensor {
    atMost(2, arguments.length, "amin(dim, keepdim)");
    return ops.amin(this, dim, keepdim);
  }
  /** The position of the first largest element, int32: along a dimension, or among all, row-major. */
  argmax(dim?: number, keepdim?: boolean): Tensor {
    atMost(2, arguments.length, "argmax(dim, keepdim)");
    return ops.argmax(this, dim, keepdim);
  }
  /** The position of the first smallest element, int32: along a dimension, or among all, row-major. */
  argmin(dim?: number, keepdim?: boolean): Tensor {
    atMost(2, arguments.length, "argmin(dim, keepdim)");
    return ops.argmin(this, dim, keepdim);
  }

  // Products

  /**
   * Matrix product: [m, k] · [k, n] → [m, n]. A vector counts as one row on the left and one column on
   * the right; leading dimensions are batches and broadcast. ShapeError where the two k differ.
   */
  matmul(other: Tensor): Tensor {
    atMost(1, arguments.length, "matmul(other)");
    return ops.matmul(this, other);
  }

  // Shapes

  /** The transpose of a matrix, [m, n] → [n, m]: a view. */
  t(): Tensor {
    atMost(0, arguments.length, "t()");
    return ops.t(this);
  }
  /** Two dimensions swapped: a view. */
  transpose(dim0: number, dim1: number): Tensor {
    atMost(2, arguments.length, "transpose(dim0, dim1)");
    return ops.transpose(this, dim0, dim1);
  }
  /**
   * Dimensions in another order, given as an array or as numbers: [2, 3, 4] by (2, 0, 1) → [4, 2, 3].
   * A view.
   */
  permute(...dims: number[] | [readonly number[]]): Tensor {
    return ops.permute(this, listOf("permute(dims)", dims));
  }
  /**
   * The same elements, row-major, in another shape, given as an array or as numbers; one length may be
   * -1 and follows from the others. A view where strides allow it, else a copy. ShapeError where the
   * numbers of elements differ.
   */
  reshape(...shape: number[] | [Shape]): Tensor {
    return ops.reshape(this, listOf("reshape(shape)", shape));
  }
  /** Dimensions from `startDim` to `endDim` (default: all) merged into one, as `reshape` does. */
  flatten(startDim?: number, endDim?: number): Tensor {
    atMost(2, arguments.length, "flatten(startDim, endDim)");
    return ops.flatten(this, startDim, endDim);
  }
  /** All dimensions in reverse order: the transpose of a matrix. A view. */
  get T(): Tensor {
    return ops.permute(this, this.shape.map((_, i) => this.ndim - 1 - i));
  }
  /** The last two dimensions swapped: the transpose of each matrix of a batch. A view. */
  get mT(): Tensor {
    return ops.transpose(this, -2, -1);
  }
  /** Without its dimensions of length 1 (all, one, or those of a list): a view. */
  squeeze(dim?: number | readonly number[]): Tensor {
    atMost(1, arguments.length, "squeeze(dim)");
    return ops.squeeze(this, dim);
  }
  /** With one more dimension, of length 1, at `dim`: a view. */
  unsqueeze(dim: number): Tensor {
    atMost(1, arguments.length, "unsqueeze(dim)");
    return ops.unsqueeze(this, dim);
  }
  /** Dimensions of length 1 repeated up to a shape, given as an array or as numbers; -1 keeps one. A view. */
  expand(...shape: number[] | [Shape]): Tensor {
    return ops.expand(this, listOf("expand(shape)", shape));
  }
  /** `length` positions from `start` on, along a dimension: a view. */
  narrow(dim: number, start: number | Tensor, length: number): Tensor {
    atMost(3, arguments.length, "narrow(dim, start, length)");
    return ops.narrow(this, dim, start, length);
  }
  /** One position along a dimension, which is left out: [2, 3] along 0 → [3]. A view. */
  select(dim: number, index: number): Tensor {
    atMost(2, arguments.length, "select(dim, index)");
    return ops.select(this, dim, index);
  }
  /**
   * The positions along a dimension that a vector of indices [k] names, int32 or uint8: [n, 3] along
   * 0 → [k, 3]. RangeError where there is no such position.
   */
  indexSelect(dim: number, index: Tensor): Tensor {
    atMost(2, arguments.length, "indexSelect(dim, index)");
    return ops.indexSelect(this, dim, index);
  }
  /**
   * For each element of the index, the element of this tensor at that position along the dimension:
   * y[i][j] = x[i][index[i][j]] along 1. It has the index's shape.
   */
  gather(dim: number, index: Tensor): Tensor {
    atMost(2, arguments.length, "gather(dim, index)");
    return ops.gather(this, dim, index);
  }

  // Copies

  /** A copy, with memory of its own and with gradients. */
  clone(): Tensor {
    atMost(0, arguments.length, "clone()");
    return ops.clone(this);
  }
  /** Itself if its elements lie row-major without gaps, else a copy whose elements do. */
  contiguous(): Tensor {
    atMost(0, arguments.length, "contiguous()");
    return ops.contiguous(this);
  }
  /** On another device, in another dtype, or both (device first); itself where it is so already. */
  to(target: DType | DeviceName, dtype?: DType): Tensor {
    atMost(2, arguments.length, "to(device, dtype)");
    return ops.to(this, target, dtype);
  }
  /**
   * A copy on the CPU, where the host reads it at once; this tensor itself where it is there. Unlike
   * `to("cpu")` it can wait for a GPU.
   */
  cpu(): Promise<Tensor> {
    atMost(0, arguments.length, "cpu()");
    return cpu(this);
  }
  /** In the dtype of another tensor. */
  typeAs(other: Tensor): Tensor {
    atMost(1, arguments.length, "typeAs(other)");
    checkTensor("typeAs", other, "the other");
    return ops.to(this, other.dtype);
  }
  /** In float32. */
  float(): Tensor {
    atMost(0, arguments.length, "float()");
    return ops.to(this, "float32");
  }
  /** In float16. */
  half(): Tensor {
    atMost(0, arguments.length, "half()");
    return ops.to(this, "float16");
  }
  /** In bfloat16. */
  bfloat16(): Tensor {
    atMost(0, arguments.length, "bfloat16()");
    return ops.to(this, "bfloat16");
  }
  /** In float64. */
  double(): Tensor {
    atMost(0, arguments.length, "double()");
    return ops.to(this, "float64");
  }
  /** In int32. */
  int(): Tensor {
    atMost(0, arguments.length, "int()");
    return ops.to(this, "int32");
  }
  /** In int64. */
  long(): Tensor {
    atMost(0, arguments.length, "long()");
    return ops.to(this, "int64");
  }
  /** In int8. */
  char(): Tensor {
    atMost(0, arguments.length, "char()");
    return ops.to(this, "int8");
  }
  /** In uint8. */
  byte(): Tensor {
    atMost(0, arguments.length, "byte()");
    return ops.to(this, "uint8");
  }
  /** In bool. */
  bool(): Tensor {
    atMost(0, arguments.length, "bool()");
    return ops.to(this, "bool");
  }

  // In place

  /** this ← this + alpha · other. */
  add_(other: ops.Operand, alpha?: number): this {
    atMost(2, arguments.length, "add_(other, alpha)");
    ops.add_(this, other, alpha);
    return this;
  }
  /** this ← this − alpha · other. */
  sub_(other: ops.Operand, alpha?: number): this {
    atMost(2, arguments.length, "sub_(other, alpha)");
    ops.sub_(this, other, alpha);
    return this;
  }
  /** this ← this · other. */
  mul_(other: ops.Operand): this {
    atMost(1, arguments.length, "mul_(other)");
    ops.mul_(this, other);
    return this;
  }
  /** this ← other. */
  copy_(other: Tensor): this {
    atMost(1, arguments.length, "copy_(other)");
    ops.copy_(this, other);
    return this;
  }
  /** this ← value everywhere. */
  fill_(value: number | boolean): this {
    atMost(1, arguments.length, "fill_(value)");
    ops.fill_(this, value);
    return this;
  }
  /** this ← 0 everywhere. */
  zero_(): this {
    atMost(0, arguments.length, "zero_()");
    ops.zero_(this);
    return this;
  }
}

/** The functions that a row each declares are methods, too, and those of lists. */
export interface Tensor
  extends
    ops.MethodsOfOne,
    ops.MethodsOfTwo,
    ops.CompareMethods,
    layout.LayoutMethods,
    layout.ShapeMethods,
    NewMethods,
    MethodsOf<typeof methods>,
    MethodsOf<typeof inPlace>,
    InPlaceMethods {}

/** Adds a method to all tensors. */
export function addMethod(name: string, value: (this: Tensor, ...args: never[]) => unknown): void {
  Object.defineProperty(value, "name", { value: name });
  const property = { value, writable: true, configurable: true };
  Object.defineProperty(Tensor.prototype, name, property);
}

const { data } = Tensor.prototype;
Object.defineProperty(Tensor.prototype, "data", {
  get: () => data,
  set() { // as PyTorch's programs do: it would hide the method and change no element
    throw new TypeError("data: write noGrad(() => x.copy_(y))");
  },
});

const ofOne: Readonly<Record<keyof ops.MethodsOfOne, ops.Unary>> = unary;
for (const [name, op] of Object.entries(ofOne)) {
  const call = `${name}()`;
  addMethod(name, function (): Tensor {
    atMost(0, arguments.length, call);
    return op(this);
  });
}

type OfTwo = keyof ops.MethodsOfTwo | keyof ops.CompareMethods;
const ofTwo: Readonly<Record<OfTwo, ops.Binary>> = { ...binary, ...compare };
for (const [name, op] of Object.entries(ofTwo)) {
  const call = `${name}(other)`;
  addMethod(name, function (other: ops.Operand): Tensor {
    atMost(1, arguments.length, call);
    return op(this, other);
  });
}

for (const [name, op] of [...Object.entries(layout.ofLayout), ...inPlaceMethods]) {
  addMethod(name, function (...args: unknown[]): unknown {
    return op(this, ...args);
  });
}

for (const [name, op] of Object.entries(layout.ofShapes)) {
  addMethod(name, function (...sizes: number[] | [Shape]): unknown {
    return op(this, listOf(`${name}(sizes)`, sizes));
  });
}

// those of two that take more
addMethod("add", function (other: ops.Operand, alpha?: number): Tensor {
  atMost(2, arguments.length, "add(other, alpha)");
  return ops.add(this, other, alpha);
});
addMethod("sub", function (other: ops.Operand, alpha?: number): Tensor {
  atMost(2, arguments.length, "sub(other, alpha)");
  return ops.sub(this, other, alpha);
});
addMethod("div", function (other: ops.Operand, options?: ops.DivOptions): Tensor {
  atMost(2, arguments.length, "div(other, { roundingMode })");
  return ops.div(this, other, options);
});

for (const [name, f] of Object.entries<(...args: never[]) => unknown>({ ...methods, ...inPlace })) {
  addMethod(name, function (...rest: unknown[]): unknown {
    return f(this as never, ...rest as never[]);
  });
}

makeBuffersAs(Tensor);
definePutGrad(exchangeGrad);

inspectAsString(Tensor);
displayAs(Tensor.prototype, display);

/** A tensor that a module learns: it requires a gradient and belongs to no scope. */
export class Parameter extends Tensor {
  /**
   * Takes over the memory of a float32 tensor; integers are copied. DTypeError for dtypes that are only
   * stored.
   */
  constructor(data: Tensor, requiresGrad = true) {
    atMost(2, arguments.length, "Parameter(data, requiresGrad)");
    check("Parameter", "requiresGrad", requiresGrad, flag);
    if (!Buffer.is(data)) {
      throw new TypeError(`Parameter: a tensor is needed: it is ${notATensor(data)}`);
    }
    data = asFloat("Parameter", data);
    const { storage, shape, strides, offset, dtype, isContiguous, numel } = data;
    super(storage, shape, strides, offset, dtype, isContiguous, numel);
    this.isMade = true;
    this.keep();
    this.requiresGrad = requiresGrad;
    this.storage.madeBy = "Parameter";
  }
}

/**
 * Runs a synchronous function without recording operations, in a scope of its own: everything that it
 * makes is released, except what it returns.
 *
 * @example
 * ```ts
 * import { noGrad, tensor } from "@glim/glim";
 * const w = tensor([1, 2], { requiresGrad: true });
 * noGrad(() => w.mul_(0.5));
 * ```
 */
export function noGrad<T>(fn: () => T): T {
  atMost(1, arguments.length, "noGrad(fn)");
  check("noGrad", "the function", fn, callable);
  const was = setRecording(false);
  try {
    return runInScope("noGrad()", fn, "put noGrad around what is between the awaits");
  } finally {
    setRecording(was);
  }
}

/** Runs a function with recording, inside `noGrad` too. */
export function enableGrad<T>(fn: () => T): T {
  atMost(1, arguments.length, "enableGrad(fn)");
  check("enableGrad", "the function", fn, callable);
  const was = setRecording(true);
  try {
    return fn();
  } finally {
    setRecording(was);
  }
}

/**
 * Runs a function with recording or without it, as `enableGrad` or `noGrad` do; without a function:
 * switches recording, until it is switched again or a `noGrad` around ends.
 *
 * @example
 * ```ts
 * import { nn, ones, setGradEnabled } from "@glim/glim";
 * const model = new nn.Linear(2, 1);
 * for (const phase of ["train", "val"]) {
 *   setGradEnabled(phase === "train", () => {
 *     const loss = model.forward(ones([4, 2])).mean();
 *     if (phase === "train") loss.backward();
 *   });
 * }
 * ```
 */
export function setGradEnabled(on: boolean): void;
/** Runs a function with recording or without it, and returns what it returns. */
export function setGradEnabled<T>(on: boolean, fn: () => T): T;
export function setGradEnabled<T>(on: boolean, fn?: () => T): T | void {
  atMost(2, arguments.length, "setGradEnabled(on, fn)");
  check("setGradEnabled", "on", on, flag);
  if (fn === undefined) return void setRecording(on);
  check("setGradEnabled", "the function", fn, callable);
  return on ? enableGrad(fn) : noGrad(fn);
}

/** Whether operations are being recorded: false inside `noGrad`. */
export function isGradEnabled(): boolean {
  atMost(0, arguments.length, "isGradEnabled()");
  return isRecording();
}

/** Numbers that were given one by one, or as one array. */
function listOf(call: string, args: number[] | [readonly number[]]): readonly number[] {
  if (typeof args[0] !== "object") return args as number[];
  atMost(1, args.length, call);
  return args[0];
}

/** A copy of the elements, row-major. */
function readRows(op: string, x: Tensor): TypedArray | BigInt64Array {
  return x.isContiguous ? readNow(op, x) : noGrad(() => readNow(op, ops.contiguous(x))); // the copy goes at once
}

/** The elements as nested arrays. */
function readNested(op: string, x: Tensor): NestedArray {
  const flat: (number | boolean)[] = Array.from(
    readRows(op, x) as ArrayLike<number | bigint>,
    (v) => x.dtype === "bool" ? v !== 0 : typeof v === "bigint" ? exactNumber(op, v) : v,
  );
  return nest(flat, x.shape, 0, 0);
}

/** An int64 as a number. */
function exactNumber(op: string, element: bigint): number {
  const value = Number(element);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(
    `${op}: an int64 beyond 2^53 is no exact number: one is ${element}: use toTypedArray()`,
  );
}

function nest(flat: (number | boolean)[], shape: Shape, depth: number, at: number): NestedArray {
  if (depth === shape.length) return flat[at]!;
  const step = numelOf(shape.slice(depth + 1));
  return Array.from(
    { length: shape[depth]! },
    (_, i) => nest(flat, shape, depth + 1, at + i * step),
  );
}
