import { Buffer } from "../device/buffer.ts";
import type { Scope } from "../device/current_scope.ts";
import type { Storage } from "../device/storage.ts";

/**
 * Ends the graphs of the tensors that a scope returns, in arrays, objects, Maps and Sets to any depth,
 * and hands each storage of that scope to `move`. Of an object, a class's instance too, it follows
 * what `Object.values` tells: not its private fields.
 */
export function moveOut(value: unknown, from: Scope, move: (storage: Storage) => void): void {
  if (value === null || typeof value !== "object") return;
  if (value instanceof Buffer) {
    if (value.storage.scope !== from) return;
    move(value.storage);
    return value.leave(from.name);
  }
  const seen = new Set<unknown>();
  const found: unknown[] = [value]; // a list instead of calls: a chain of objects may be long
  for (const value of found) {
    if (value === null || typeof value !== "object") continue;
    if (value instanceof Buffer) {
      if (value.storage.scope === from) {
        move(value.storage);
        seen.add(value.storage);
      }
      if (seen.has(value.storage)) value.leave(from.name); // each view has a graph of its own
      continue;
    }
    if (seen.has(value) || ArrayBuffer.isView(value)) continue;
    seen.add(value);
    const items = Array.isArray(value) || value instanceof Set
      ? value
      : value instanceof Map
      ? [...value.keys(), ...value.values()]
      : Object.values(value);
    for (const item of items) if (typeof item === "object") found.push(item);
  }
}
