/**
 * Values as text, as `console.log` of Deno and Node shows them, in a line.
 *
 * @module
 */

/** A value as text. Objects of the library print as `String` says, which they do everywhere. */
export function inspect(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[${value.name || "function"}]`;
  if (typeof value !== "object" || value === null) {
    return Object.is(value, -0) ? "-0" : String(value);
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (Array.isArray(value)) return `[${value.map(inspect).join(", ")}]`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const numbers = Array.from(value as unknown as ArrayLike<number>, inspect);
    return `${value.constructor.name}(${numbers.length}) [${numbers.join(", ")}]`;
  }
  if (value instanceof Map) {
    const entries = Array.from(value, ([key, item]) => `${inspect(key)} => ${inspect(item)}`);
    return `Map(${value.size}) {${entries.join(", ")}}`;
  }
  if (value instanceof Set) return `Set(${value.size}) {${Array.from(value, inspect).join(", ")}}`;
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isPlain && String(value) !== "[object Object]") return String(value);
  const fields = Object.entries(value).map(([key, item]) => `${key}: ${inspect(item)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
