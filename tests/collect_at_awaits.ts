/**
 * Runs each test amid the worst that the garbage collector can do: strays lie about when it begins, and
 * are collected while it awaits. Tests that read how much memory is taken must not notice:
 *
 *     deno test --config tests/deno.json --no-check -A --preload tests/collect_at_awaits.ts tests/…
 */
import { collect } from "./collector.ts";

type Fn = (t: Deno.TestContext) => void | Promise<void>;

/** How many collections there are at most in a test: each takes milliseconds. */
const TIMES = 10;

function amidStrays(fn: Fn): Fn {
  return async (t) => {
    const { ones } = await import("../mod.ts"); // not before the test's own first import
    for (let i = 0; i < 20; i++) ones([10]);
    let times = 0;
    const timer = setInterval(() => void (times++ < TIMES && collect()), 0);
    try {
      await fn(t);
    } finally {
      clearInterval(timer);
    }
  };
}

const test = new Proxy(Deno.test, {
  apply(test, self, args) {
    const given = args.map((arg) => {
      if (typeof arg === "function") {
        return Object.defineProperty(amidStrays(arg), "name", { value: arg.name });
      }
      return typeof arg?.fn === "function" ? { ...arg, fn: amidStrays(arg.fn) } : arg;
    });
    return Reflect.apply(test, self, given);
  },
});
Object.defineProperty(Deno, "test", { value: test });
