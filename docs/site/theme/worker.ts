/**
 * Runs a module in a worker of its own, and sends what it prints.
 *
 * @module
 */
import { inspect } from "./inspect.ts";

/** What an argument of `console.log` looks like. */
export interface Output {
  text: string;
  /** An address of an image, where the value has one. */
  image?: string;
}

/** What the worker sends. */
export type Message =
  | { kind: "output"; level: "log" | "warn" | "error"; parts: Output[] }
  | { kind: "error"; text: string }
  | { kind: "end" };

const send = (message: Message) => self.postMessage(message);

for (
  const [method, level] of [["log", "log"], ["info", "log"], ["warn", "warn"], [
    "error",
    "error",
  ]] as const
) {
  console[method] = (...values: unknown[]) => {
    const parts = values.flatMap((
      value,
      i,
    ) => [...(i > 0 ? [{ text: " " }] : []), ...outputs(value)]);
    send({ kind: "output", level, parts });
  };
}

/** A value as notebooks show it, by an image if there is one, else as text. */
function outputs(value: unknown): Output[] {
  const text = typeof value === "string" ? value : inspect(value);
  if (typeof value !== "object" || value === null) return [{ text }];
  const forms = (value as Record<symbol, (() => Record<string, string>) | undefined>)[
    Symbol.for("Jupyter.display")
  ]?.call(value) ?? {};
  const { "image/png": png, "image/svg+xml": svg } = forms;
  if (png !== undefined) {
    const { shape } = value as { shape: number[] };
    return [{ text: `a tensor [${shape.join(", ")}]`, image: `data:image/png;base64,${png}` }];
  }
  if (svg === undefined) return [{ text }];
  const image = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  return [{ text: forms["text/plain"]! }, { text: "the same as curves", image }];
}

self.addEventListener("message", async ({ data }: MessageEvent<string>) => {
  const url = URL.createObjectURL(new Blob([data], { type: "text/javascript" }));
  try {
    await import(/* @vite-ignore */ url);
    send({ kind: "end" });
  } catch (error) {
    send({
      kind: "error",
      text: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    });
  }
});
