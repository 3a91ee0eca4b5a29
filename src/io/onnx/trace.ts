/**
 * What a model does, as a watcher sees it: which tensors are made of which, and by which kernels, with
 * which numbers. Hooks tell which module is at work. So it makes no difference who calls an op: a layer
 * of `nn`, or the `forward` of a module that a user wrote.
 *
 * @module
 */
import { Buffer, kernelsOf, viewOf } from "../../device/buffer.ts";
import type { AnyModule } from "../../nn/module.ts";
import type { Storage } from "../../device/storage.ts";
import { watched, type Watcher } from "../../device/watch.ts";
import type { RawArray } from "../../core/dtype.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { copyOf } from "../raw_tensor.ts";

/** A kernel and what it was given. */
export interface Call {
  readonly kernel: string;
  readonly args: readonly unknown[];
}

/** A tensor that was seen. Its memory may be gone since: only its form may be asked for. */
export interface Seen {
  /** Position in the order of seeing: inputs come before what is made of them. */
  readonly index: number;
  /** What made it: an op, "input", "state" (of the model) or "constant". */
  readonly op: string;
  readonly tensor: Tensor;
  /** Of which tensors it was made, where these can have gradients. */
  readonly inputs: readonly Seen[];
  /** The kernels that had worked on its memory by then. */
  readonly calls: readonly Call[];
  /** The module that was at work. */
  readonly module: AnyModule;
  /** A constant's elements. */
  readonly data: RawArray | null;
  /** By which a later change in place shows. */
  readonly version: number;
}

/** Everything that a model did with one input. */
export class Trace implements Watcher {
  /** Of what an op does its parts have operators. */
  readonly wantsParts: boolean = true;
  /** All tensors, in the order in which they were seen. */
  readonly seen: Seen[] = [];
  readonly #of: Map<Tensor, Seen> = new Map();
  readonly #calls: Map<Storage, Call[]> = new Map();
  /** Whose memory holds what another tensor was replaced by. */
  readonly #stale: Set<Tensor> = new Set();
  readonly #tables: Map<object, object> = new Map();
  /** The modules that are at work, the innermost last. */
  readonly #at: AnyModule[];
  /** What came out; null if that was no tensor. */
  readonly output: Seen | null;

  /** Runs the model. `state` are the tensors that it owns. */
  constructor(model: AnyModule, input: Tensor, state: Iterable<Tensor>) {
    this.#at = [model];
    this.#add("input", input);
    for (const tensor of state) this.#add("state", tensor);
    const hooks = [...model.modules()].flatMap((module) => [
      module.registerForwardPreHook(() => void this.#at.push(module)),
      // what has thrown, and was caught, may be above it
      module.registerForwardHook(() => void this.#at.splice(this.#at.lastIndexOf(module))),
    ]);
    try {
      const out: unknown = watched(this, () => model.forward(input));
      this.output = out instanceof Tensor ? this.#see(out) : null;
    } finally {
      for (const hook of hooks) hook.remove();
    }
  }

  /** What stands in a kernel's argument: a tensor, the one number it is full of, or else null. */
  resolve(buffer: Buffer): Seen | number | null {
    const seen = buffer instanceof Tensor ? this.#of.get(buffer) : undefined;
    if (seen !== undefined) return seen;
    const made = this.#calls.get(buffer.storage)?.[0];
    if (made?.kernel === "fill" && made.args[0] === buffer) return made.args[1] as number;
    if (made?.kernel === "copy" && made.args[1] === buffer) {
      return this.resolve(made.args[0] as Buffer);
    }
    return null;
  }

  /** The first kernel that worked on a buffer's memory: the one that wrote it. */
  firstCall(buffer: Buffer): Call | undefined {
    return this.#calls.get(buffer.storage)?.[0];
  }

  /** Notes what an op makes of which tensors. */
  made(op: string, tensor: Buffer, pairs: readonly (readonly [Buffer, ...unknown[]])[]): void {
    const made = tensor as Tensor;
    const calls = this.#calls.get(made.storage) ?? [];
    // such as a mask: made of numbers only
    if (pairs.length === 0 && calls.length > 0 && calls.every(({ kernel }) => kernel === "fill")) {
      this.#see(made);
    } else if (op === "detach") {
      this.#add(op, made, [this.#base(made)]);
    } else {
      this.#add(op, made, pairs.map(([input]) => this.#see(input as Tensor)));
    }
  }

  /** What is said of a change in place: from here on x is what it was replaced by. */
  replaced(x: Buffer, by: Buffer): void {
    const before = this.#see(x as Tensor);
    if (before.op === "state" || before.op === "constant") {
      throw new TypeError("a tensor of the model was changed in place, which has no ONNX operator");
    }
    for (const { tensor } of this.seen) { // they look at what is not there any more
      if (tensor.storage === x.storage && tensor !== x) this.#stale.add(tensor);
    }
    // kernels were given what it was
    const former = viewOf(x, x.shape, x.strides) as Tensor;
    this.#of.set(former, before);
    for (const { args } of [...this.#calls.values()].flat()) {
      args.forEach((arg, i) => arg === x && ((args as unknown[])[i] = former));
    }
    const now = this.#see(by as Tensor);
    watched(null, () => kernelsOf(x).copy(by, x));
    this.#of.set(x as Tensor, now);
  }

  #add(op: string, tensor: Tensor, inputs: readonly Seen[] = []): Seen {
    const { seen } = this;
    // at once, as it may be released soon
    const data = op === "constant" ? watched(null, () => copyOf(tensor).data) : null;
    const calls = [...this.#calls.get(tensor.storage) ?? []];
    const module = this.#at.at(-1)!;
    const { version } = tensor.storage;
    const made = { index: seen.length, op, tensor, inputs, calls, module, data, version };
    seen.push(made);
    this.#of.set(tensor, made);
    return made;
  }

  /** What is known of a tensor; one that no op made is a constant. */
  #see(tensor: Tensor): Seen {
    if (this.#stale.has(tensor)) {
      throw new TypeError(
        "what a tensor looks at was changed in place by another one, which has no ONNX operator",
      );
    }
    return this.#of.get(tensor) ?? this.#add("constant", tensor);
  }

  /** The tensor that a detached one looks at. */
  #base(view: Tensor): Seen {
    const base = this.seen.findLast(({ tensor }) =>
      tensor.storage === view.storage && tensor.offset === view.offset &&
      `${tensor.shape}|${tensor.strides}` === `${view.shape}|${view.strides}`
    );
    return base ?? this.#add("constant", view);
  }

  /** A device's kernels, each noted with what it was given. */
  kernels<K extends object>(of: K): K {
    let table = this.#tables.get(of);
    if (table === undefined) {
      table = Object.fromEntries(
        Object.entries(of).map(([kernel, run]: [string, (...args: unknown[]) => void]) => [
          kernel,
          (...args: unknown[]) => {
            run.apply(of, args);
            this.#note({ kernel, args });
          },
        ]),
      );
      this.#tables.set(of, table!);
    }
    return table as K;
  }

  #note(call: Call): void {
    for (const arg of call.args) {
      if (!(arg instanceof Buffer)) continue;
      const calls = this.#calls.get(arg.storage);
      if (calls === undefined) this.#calls.set(arg.storage, [call]);
      else if (calls.at(-1) !== call) calls.push(call);
      if (arg instanceof Tensor && arg.isMade) this.#see(arg);
    }
  }
}
