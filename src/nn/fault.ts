/**
 * Errors that say which layer they come from: `features.3 (Conv2d(1, 8, …)): conv2d: x must be …`.
 *
 * @module
 */
import { DTypeError, ShapeError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Module } from "./module.ts";

/** Where an error began, and what it said there. */
interface Fault {
  module: Module;
  message: string;
  stack: string | undefined;
}

const faults = new WeakMap<Error, Fault>();

/** The prototypes whose `forward` has been wrapped. */
const wrapped = new WeakSet<object>();

/**
 * Makes a class's `forward` name the module in the errors that pass through it. It is wrapped, once
 * for all its objects, because users call `forward` themselves: there is no other place that every
 * module's errors pass.
 *
 * Nothing is kept for it while all goes well. The path is looked up in the modules that the error
 * passes on its way out, so it is the path from the outermost one whose `forward` was called.
 */
export function nameFaults(prototype: Module): void {
  let owner = prototype;
  while (!Object.hasOwn(owner, "forward")) {
    owner = Object.getPrototypeOf(owner);
    if (owner === null) return; // a field, or missing
  }
  if (wrapped.has(owner)) return;
  wrapped.add(owner);
  const compute = owner.forward;
  function forward(this: Module, ...inputs: Tensor[]): Tensor {
    try {
      return compute.apply(this, inputs);
    } catch (error) {
      if (isOurs(error)) nameFault(error, this);
      throw error;
    }
  }
  Object.defineProperty(owner, "forward", { value: forward });
}

/** Whether an error tells what does not fit or not suffice; others are left as they are. */
function isOurs(error: unknown): error is Error {
  return error instanceof ShapeError || error instanceof DTypeError || error instanceof RangeError;
}

function nameFault(error: Error, passed: Module): void {
  let fault = faults.get(error);
  let path = fault && pathOf(fault.module, passed);
  if (fault === undefined || path === undefined) {
    // it begins here, or in a module that is hidden in this one: what that one said stays
    fault = { module: passed, message: error.message, stack: error.stack };
    path = "";
    faults.set(error, fault);
  }
  const name = nameOf(fault.module);
  const message = `${path === "" ? name : `${path} (${name})`}: ${fault.message}`;
  error.message = message;
  // the stack's first line has been written when the error was made
  if (fault.stack !== undefined) {
    error.stack = fault.stack.replace(fault.message, () => message);
  }
}

function pathOf(module: Module, from: Module): string | undefined {
  for (const [path, other] of from.namedModules()) if (other === module) return path;
  return undefined;
}

/** As it prints, unless it has modules of its own: then its class. */
function nameOf(module: Module): string {
  const text = String(module);
  return text.includes("\n") ? module.constructor.name : text;
}
