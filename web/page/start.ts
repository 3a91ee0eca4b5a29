/**
 * How both pages begin.
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import { element } from "./dom.ts";
import { notLoaded, problem } from "./notes.ts";
import { unsupported } from "./support.ts";

/** Opens a page where the browser has what it needs; says what is missing where it has not. */
export async function startPage(
  open: (kernels: KernelBuild | undefined) => void | Promise<void>,
): Promise<void> {
  element("stuck").hidden = true;
  const sorry = unsupported();
  if (sorry !== null) {
    element("sorry").hidden = false;
    element("sorry").textContent = sorry;
    element("main").inert = true;
    return;
  }
  try {
    await open(kernelsAsked());
  } catch (error) {
    problem(error instanceof Error ? error.message : String(error));
  }
}

/** Starts the page's worker by a name, beside the program at `page`; tells where there is none. */
export function startWorker(name: string, what: string, page: string): Worker {
  const worker = new Worker(new URL("worker.js", page), { type: "module", name });
  // An error of the program itself has a message; that there is no program has none.
  worker.addEventListener("error", (event) => {
    if (event.message === undefined || event.message === "") notLoaded(what);
    else problem(event.message);
  });
  return worker;
}

/** Whether the user has reloaded the page, and not come to it. */
export function isReloaded(): boolean {
  const [navigation] = performance.getEntriesByType("navigation");
  return (navigation as PerformanceNavigationTiming | undefined)?.type === "reload";
}

/** The build that the address asks for: `?kernels=strict`; the engine decides without it. */
function kernelsAsked(): KernelBuild | undefined {
  const asked = new URLSearchParams(location.search).get("kernels");
  return asked === "strict" || asked === "fast" ? asked : undefined;
}
