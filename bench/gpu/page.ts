/**
 * The page that `deno task bench:page` writes: runs each contender in a worker of its own, and shows
 * what they tell.
 *
 * @module
 */
import type { Figures } from "./common.ts";
import { disagreements, gpuTables } from "./tables.ts";

/** The programs of the contenders, by their names, which the file has before this one. */
const { programs } = globalThis as unknown as { programs: Readonly<Record<string, string>> };

function element(id: string): HTMLElement {
  return document.getElementById(id)!;
}

/** Milliseconds, rows and sizes: `?milliseconds=300&rows=mlp,cnn&sizes=256`. */
function argsAsked(): string {
  const asked = new URLSearchParams(location.search);
  const of = (name: string, otherwise: string) => asked.get(name) ?? otherwise;
  return [
    of("milliseconds", "1500"),
    of("rows", "mlp,cnn,gpt,products,attention"),
    of("sizes", "256,1024,2048,4096"),
  ].join(" ");
}

/** Runs a contender to its end; `told` gets each row. */
async function run(program: string, told: (figures: Figures) => void): Promise<void> {
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(url, { name: argsAsked() });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = ({ data }) => data === null ? resolve() : told(JSON.parse(data));
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
}

async function runAll(): Promise<void> {
  const { gpu } = navigator as unknown as {
    gpu?: { requestAdapter(): Promise<{ info: Record<string, string> } | null> };
  };
  const adapter = await gpu?.requestAdapter();
  if (adapter == null) {
    element("state").textContent = "This browser has no WebGPU, or no GPU that it can use.";
    return;
  }
  const { vendor, architecture, description } = adapter.info;
  const figures: Figures[] = [];
  const show = () => {
    const tables = figures.length === 0 ? "" : gpuTables(figures);
    element("tables").textContent = [tables, ...disagreements(figures)].join("\n");
    const about = { vendor, architecture, description, browser: navigator.userAgent };
    (element("json") as HTMLTextAreaElement).value = JSON.stringify({ ...about, figures }, null, 1);
  };
  for (const [name, program] of Object.entries(programs)) {
    element("state").textContent = `${name} …`;
    try {
      await run(program, (row) => {
        figures.push(row);
        show();
      });
    } catch (error) {
      figures.push({ contender: name, row: "its program", error: String(error) });
      show();
    }
  }
  element("state").textContent = "Done.";
}

element("run").addEventListener("click", async () => {
  (element("run") as HTMLButtonElement).disabled = true;
  await runAll();
  (element("run") as HTMLButtonElement).disabled = false;
});
