import { Buffer } from "../device/buffer.ts";
import type { Scope } from "../device/current_scope.ts";
import type { Storage } from "../device/storage.ts";

/**
 * Ends the graphs of the tensors that a scope returns, in arrays, plain objects, Maps and Sets to any
 * depth, and hands each storage of that scope to `move`.
 */
export function moveOut(value: unknown, from: Scope, move: (storage: Storage) => void): void {
  if (value === null || typeof value !== "object") return;
  if (value instanceof Buffer) {
    if (value.storage.scope !== from) return;
    move(value.storage);
    return value.leave(from.name);
  }
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    if (value instanceof Buffer) {
      if (value.storage.scope === from) {
        move(value.storage);
        seen.add(value.storage);
      }
      if (seen.has(value.storage)) value.leave(from.name); // each view has a graph of its own
      return;
    }
    if (seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value) || value instanceof Set) {
      for (const item of value) visit(item);
    } else if (value instanceof Map) {
      for (const [key, item] of value) {
        visit(key);
        visit(item);
      }
    } else {
      const prototype = Object.getPrototypeOf(value);
      if (prototype === Object.prototype || prototype === null) {
        for (const item of Object.values(value)) visit(item);
      }
    }
  };
  visit(value);
}
