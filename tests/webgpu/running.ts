/** What tests of the GPU share. */
import { webgpu } from "../../src/webgpu/mod.ts";

async function open(): Promise<string | null> {
  try {
    await webgpu();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Why there is no GPU; null: it is open. */
const lack: string | null = await open();

/** A test that needs a GPU, a real one or Mesa's llvmpipe; its name says why it was left out. */
export function gpuTest(name: string, fn: () => Promise<void>): void {
  const sanitize = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({
    name: lack === null ? name : `${name} (left out: ${lack})`,
    ignore: lack !== null,
    fn,
    ...sanitize,
  });
}

/** A variable of the environment, where it may be read; else an empty text. */
export function variable(name: string): string {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) ?? "" : "";
}
