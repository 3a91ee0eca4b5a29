/**
 * What is done to compiled modules: locals are put together, and the kernels taken apart, a family a
 * module, each with the functions that it needs. What a family shares with the core it imports from
 * there, so that a program has it once; the code of a function is the same in all.
 *
 * @module
 */
import binaryen from "binaryen";

/** The family that the others import from. */
const CORE = "core";

/** Lines of a function's text up to which a copy is better than an import: some twenty instructions. */
const SMALL = 40;

/** Names of exported functions, in the order in which a family exports them; by family. */
export type Families = Readonly<Record<string, readonly string[]>>;

/** What a function is, and what it calls. */
interface Called {
  calls: Set<string>;
  lines: number;
}

function load(wasm: Uint8Array) {
  const module = binaryen.readBinary(wasm);
  module.setFeatures(binaryen.Features.All);
  return module;
}

/**
 * A module whose functions have few locals: one serves several values, one after the other. To an engine
 * that optimises it is the same code; packed it is a fifth smaller, since numbers repeat.
 */
export function withFewLocals(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const module = load(wasm);
  module.runPasses(["coalesce-locals", "reorder-locals"]);
  const bytes = new Uint8Array(module.emitBinary());
  module.dispose();
  return bytes;
}

/** The functions of a module by the compiler's names for them. */
function callsIn(text: string): Map<string, Called> {
  const functions = new Map<string, Called>();
  let called: Called | undefined;
  for (const line of text.split("\n")) {
    const [, name] = line.match(/^ \(func \$(\S+)/) ?? [];
    if (name !== undefined) functions.set(name, called = { calls: new Set(), lines: 0 });
    if (called === undefined) continue;
    called.lines++;
    for (const [, callee] of line.matchAll(/\(call \$([^\s)]+)/g)) called.calls.add(callee!);
  }
  return functions;
}

/** The modules of the families. */
export function split(wasm: Uint8Array, families: Families): Record<string, Uint8Array> {
  const whole = load(wasm);
  const functionOf = new Map<string, string>();
  for (let i = 0; i < whole.getNumExports(); i++) {
    const { name, value, kind } = binaryen.getExportInfo(whole.getExportByIndex(i));
    if (kind === binaryen.ExternalFunction) functionOf.set(name, value);
  }
  const functions = callsIn(whole.emitText());
  whole.dispose();

  /** All that functions call, themselves included, but for what `stop` says. */
  const reached = (names: readonly string[], stop = (_: string) => false): Set<string> => {
    const found = new Set<string>();
    const open = names.map((name) => functionOf.get(name)!);
    for (let name; (name = open.pop()) !== undefined;) {
      if (found.has(name)) continue;
      found.add(name);
      if (!stop(name)) open.push(...functions.get(name)!.calls);
    }
    return found;
  };

  const inCore = reached(families[CORE]!);
  const isShared = (name: string) => inCore.has(name) && functions.get(name)!.lines > SMALL;
  const imports = Object.entries(families).filter(([family]) => family !== CORE).map(
    ([family, names]) =>
      [family, [...reached(names, isShared)].filter(isShared).sort(inOrder)] as const,
  );
  const shared = [...new Set(imports.flatMap(([_, names]) => names))].sort(inOrder);
  const parts = [[CORE, []] as const, ...imports].map(([family, imported]) => {
    const module = load(wasm);
    for (const name of functionOf.keys()) module.removeExport(name);
    module.removeExport("memory");
    for (const name of families[family]!) module.addFunctionExport(functionOf.get(name)!, name);
    for (const name of imported) {
      const { params, results } = binaryen.getFunctionInfo(module.getFunction(name));
      module.removeFunction(name);
      module.addFunctionImport(name, CORE, exportedAs(name), params, results);
    }
    if (family === CORE) {
      for (const name of shared) module.addFunctionExport(name, exportedAs(name));
    }
    module.runPasses(["remove-unused-module-elements"]);
    const bytes = module.emitBinary();
    module.dispose();
    return [family, bytes] as const;
  });
  return Object.fromEntries(parts);
}

/** The compiler's names are numbers. */
function inOrder(a: string, b: string): number {
  return Number(a) - Number(b);
}

/** What the core exports a function as which is no kernel. */
function exportedAs(name: string): string {
  return `_${name}`;
}
