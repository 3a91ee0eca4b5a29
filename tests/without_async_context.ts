/** Imported before Glim, it makes the engine one without `AsyncLocalStorage`, as browsers are. */
import process from "node:process";

const { getBuiltinModule } = process;
process.getBuiltinModule =
  ((name: string) =>
    name === "node:async_hooks" ? undefined : getBuiltinModule(name)) as typeof getBuiltinModule;

// Deno loads its timers when they are first used, and empties the queue of microtasks in between.
clearTimeout(setTimeout(() => {}));
