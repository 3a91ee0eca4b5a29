/**
 * Errors that say which layer they come from: `features.3 (Conv2d(1, 8, …)): conv2d: x must be …`.
 *
 * @module
 */
import { DTypeError, ShapeError } from "../core/errors.ts";
import type { AnyModule } from "./module.ts";

/** Where an error began, and what it said there. */
interface Fault {
  module: AnyModule;
  message: string;
  stack: string | undefined;
}

const faults = new WeakMap<Error, Fault>();

/**
 * Makes an error that leaves a module's `forward` name the module. Nothing is kept while all goes
 * well: the path is looked up in the modules that the error passes on its way out, so it is the path
 * from the outermost one whose `forward` was called.
 */
export function nameFault(error: unknown, passed: AnyModule): void {
  if (!isOurs(error)) return;
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

/** Whether an error tells what does not fit or not suffice; others are left as they are. */
function isOurs(error: unknown): error is Error {
  return error instanceof ShapeError || error instanceof DTypeError || error instanceof RangeError;
}

function pathOf(module: AnyModule, from: AnyModule): string | undefined {
  for (const [path, other] of from.namedModules()) if (other === module) return path;
  return undefined;
}

/** As it prints, unless it has modules of its own: then its class. */
function nameOf(module: AnyModule): string {
  const text = String(module);
  return text.includes("\n") ? module.constructor.name : text;
}
