import { show } from "./errors.ts";

/** What a notebook shows of a value: the same in several forms, by media type; images as base64. */
export type MediaBundle = Readonly<Record<string, string>>;

/** Makes `console.log` show a class's objects as `String` does, in Deno, Node, Bun and notebooks. */
export function inspectAsString(kind: { readonly prototype: object }): void {
  for (const name of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
    defineHidden(kind.prototype, name, function (this: object) {
      return String(this);
    });
  }
  displayAs(kind.prototype, (object) => ({ "text/plain": String(object) }));
}

/** Makes notebooks show an object, or those of a prototype, in the forms that a function gives. */
export function displayAs<T extends object>(object: T, forms: (of: T) => MediaBundle): void {
  defineHidden(object, "Jupyter.display", function (this: T) {
    return forms(this);
  });
}

function defineHidden(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, Symbol.for(name), { value, writable: true, configurable: true });
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
