/**
 * How backward hooks see the gradients of a module's inputs and outputs: through views that go in and
 * come out instead of the tensors, and whose gradient functions pass on what they are given.
 *
 * ```
 * x ─▶ view ─▶ forward ─▶ y ─▶ view ─▶
 *        │                       │
 *    gradInputs              gradOutputs, seen first
 * ```
 *
 * The views of one side are made one after the other. So when the first of them is reached in the
 * backward pass, all that lies behind them is done, and the gradients of the others are there, too.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { GradientError } from "../core/errors.ts";
import { describe } from "../core/options.ts";
import { viewOf } from "../device/buffer.ts";
import { currentScope } from "../device/current_scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { BackwardHook, Gradients } from "./hooks.ts";
import type { AnyModule } from "./module.ts";

/** One call of a module's `forward` whose gradients are told to hooks. */
export class GradientWatch {
  readonly #module: AnyModule;
  readonly #hooks: readonly BackwardHook<AnyModule>[];
  /** The views; null of what has no gradient. */
  #inputs: (Tensor | null)[] = [];
  #outputs: (Tensor | null)[] = [];
  /** What a pass has brought so far. */
  #gradOutputs: Gradients = [];
  #gradInputs: (Tensor | null)[] = [];
  /** What the hooks made of the inputs' gradients. */
  #replaced: (Tensor | null)[] = [];

  /** With the hooks that there are when `forward` begins. */
  constructor(module: AnyModule, hooks: readonly BackwardHook<AnyModule>[]) {
    this.#module = module;
    this.#hooks = hooks;
  }

  /** What `forward` gets in place of its inputs. */
  inputs(inputs: readonly unknown[]): unknown[] {
    this.#inputs = inputs.map((x, i) => this.#view(x, (dx) => this.#reachedInput(i, dx)));
    return inputs.map((x, i) => this.#inputs[i] ?? x);
  }

  /** What comes out in place of a tensor, or of the tensors in a list. */
  outputs(output: unknown): unknown {
    const list: readonly unknown[] = Array.isArray(output) ? output : [output];
    this.#outputs = list.map((y, i) => this.#view(y, (dy) => this.#reachedOutput(i, dy)));
    const out = list.map((y, i) => this.#outputs[i] ?? y);
    return Array.isArray(output) ? out : out[0];
  }

  #view(x: unknown, gradient: (dx: Tensor) => Tensor): Tensor | null {
    if (!(x instanceof Tensor) || !x.requiresGrad || !isRecording()) return null;
    const name = `a backward hook of ${this.#module.constructor.name}`;
    return record(name, viewOf(x, x.shape, x.strides), [[x, gradient]], { saved: [] });
  }

  #reachedOutput(i: number, dy: Tensor): Tensor {
    if (this.#gradOutputs[i] !== dy) { // the first of this pass
      this.#gradOutputs = gradientsOf(this.#outputs);
      if (this.#inputs.every((x) => x === null)) this.#tell(this.#inputs);
      else for (const g of this.#gradOutputs) if (g !== null) g.storage.holds++; // to be told later
    }
    return dy;
  }

  #reachedInput(i: number, dx: Tensor): Tensor {
    if (this.#gradInputs[i] !== dx) {
      this.#gradInputs = gradientsOf(this.#inputs);
      this.#replaced = keptForThePass(this.#tell(this.#gradInputs), i);
      for (const g of this.#gradOutputs) if (g !== null) g.storage.holds--;
    }
    this.#gradInputs[i] = null;
    return this.#replaced[i] ?? dx;
  }

  /** What the hooks make of gradients. */
  #tell(gradInputs: Gradients): Gradients {
    for (const hook of this.#hooks) {
      const others: unknown = hook(this.#module, gradInputs, this.#gradOutputs);
      if (others === undefined) continue;
      const fits = Array.isArray(others) && others.length === gradInputs.length &&
        others.every((g, i) => g === null || (g instanceof Tensor && gradInputs[i] !== null));
      if (!fits) {
        const needs = gradInputs.map((g) => g === null ? "null" : "a gradient or null");
        throw new GradientError(
          `registerFullBackwardHook: a hook of ${this.#module.constructor.name} must return nothing ` +
            `or a list, [${needs.join(", ")}]: it returns ${describe(others)}`,
        );
      }
      gradInputs = gradInputs.map((g, i) => (others[i] as Tensor | null) ?? g);
    }
    return gradInputs;
  }
}

/** The gradients that views have now. */
function gradientsOf(views: readonly (Tensor | null)[]): (Tensor | null)[] {
  return views.map((view) => view?.node?.dy ?? null);
}

/** Gradients of which number i is used at once, the others by views that are reached later. */
function keptForThePass(gradients: Gradients, i: number): (Tensor | null)[] {
  const here = currentScope(); // that of one gradient function, in that of the pass
  const storages = new Set([gradients[i]?.storage]);
  return gradients.map((g, k) => {
    if (g === null || k === i || g.storage.scope !== here) return g;
    const own = storages.has(g.storage) ? g.clone() : g;
    storages.add(own.storage);
    own.storage.moveTo(here?.parent ?? null);
    return own;
  });
}
