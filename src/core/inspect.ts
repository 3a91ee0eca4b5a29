import { show } from "./errors.ts";

/** Makes `console.log` show a class's objects as `String` does, in Deno, Node and Bun. */
export function inspectAsString(kind: { readonly prototype: object }): void {
  for (const name of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
    Object.defineProperty(kind.prototype, Symbol.for(name), {
      value(this: object): string {
        return String(this);
      },
      writable: true,
      configurable: true,
    });
  }
}

/** `SGD(lr: 0.1, betas: [0.9, 0.999])`: an object's class and what it is made of. */
export function describe(object: object, parts: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(parts)
    .filter(([_, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${textOf(value)}`);
  return `${object.constructor.name}(${texts.join(", ")})`;
}

/** A setting as text: `0.1`, `[0.9, 0.999]`. */
export function textOf(value: unknown): string {
  return Array.isArray(value) ? show(value) : String(value);
}
