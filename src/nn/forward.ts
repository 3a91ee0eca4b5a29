/**
 * What happens at each call of a module's `forward`: hooks run, and errors say where they come from.
 *
 * @module
 */
import { nameFault } from "./fault.ts";
import type { Hooks } from "./hooks.ts";
import type { AnyModule } from "./module.ts";

/** The objects whose `forward` has been wrapped. */
const wrapped = new WeakSet<object>();

/** What each wrapper wraps. */
const computed = new WeakMap<CallableFunction, unknown>();

/** The function that a module's `forward` is, hooks apart; undefined where it is not one of a class. */
export function computedBy(module: AnyModule): unknown {
  return computed.get(module.forward);
}

/**
 * Wraps the `forward` of an object, or of the prototype that it has it from: once for all objects of
 * a class. Users call `forward` themselves, so there is no other place that every call passes.
 *
 * @param hooksOf The hooks of a module; null where there are none.
 */
export function wrapForward(object: AnyModule, hooksOf: (module: AnyModule) => Hooks | null): void {
  let owner = object;
  while (!Object.hasOwn(owner, "forward")) {
    owner = Object.getPrototypeOf(owner);
    if (owner === null) return; // a field that is not there yet, or missing
  }
  if (wrapped.has(owner)) return;
  wrapped.add(owner);
  const compute = owner.forward;
  function forward(this: AnyModule, ...inputs: unknown[]): unknown {
    try {
      const hooks = hooksOf(this);
      // not when a subclass's own `forward` calls that of its base
      return hooks === null || this.forward !== forward
        ? compute.apply(this, inputs)
        : hooks.run(this, inputs, compute);
    } catch (error) {
      nameFault(error, this);
      throw error;
    }
  }
  computed.set(forward, compute);
  Object.defineProperty(owner, "forward", { value: forward });
}
