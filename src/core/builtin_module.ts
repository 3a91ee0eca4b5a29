/**
 * A built-in module of Deno, Node and Bun (`node:zlib`), looked up at the call: a static `node:` import
 * would break a bundle for the browser. Undefined where there is none.
 */
export function builtinModule(name: string): unknown {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): unknown };
  };
  return process?.getBuiltinModule?.(name);
}
