/**
 * Buttons below a block of code: run it in a worker, edit it, stop it.
 *
 * @module
 */
import type { Editor } from "./editor.ts";
import type { Message, Output } from "./worker.ts";

/** Puts the buttons below a block, once. `folder` has the library, as `imports.json` there says. */
export function makeRunnable(block: HTMLElement, folder: string): void {
  if (block.dataset.runnable !== undefined) return;
  block.dataset.runnable = "";
  const original = block.querySelector("pre code")!.textContent!;
  const run = button("Run"), edit = button("Edit");
  const bar = element("div", { class: "run-bar" });
  bar.append(run, edit);
  const output = new OutputBox();
  block.after(bar, output.element);

  let editor: Editor | null = null;
  let running: Run | null = null;

  run.addEventListener("click", () => {
    if (running !== null) return running.stop("stopped");
    run.textContent = "Stop";
    running = new Run(output, () => {
      running = null;
      run.textContent = "Run";
    });
    running.begin(editor?.text() ?? original, folder);
  });

  edit.addEventListener("click", async () => {
    if (editor !== null) return editor.setText(original);
    edit.disabled = true;
    const { openEditor } = await import("./editor.ts");
    editor = openEditor(original, () => run.click());
    block.style.display = "none";
    block.after(editor.element);
    edit.textContent = "Reset";
    edit.disabled = false;
    editor.focus();
  });
}

/** Where a run's lines stand. */
class OutputBox {
  readonly element = element("div", { class: "run-output", role: "log", "aria-label": "Output" });

  constructor() {
    this.element.hidden = true;
    this.element.tabIndex = 0;
  }

  begin(): void {
    this.element.replaceChildren();
    this.element.hidden = false;
    this.element.dataset.state = "running";
  }

  print(className: string, ...nodes: (Node | string)[]): void {
    const line = element("div", { class: className });
    line.append(...nodes);
    this.element.append(line);
  }

  end(): void {
    this.element.dataset.state = "ended";
  }
}

/** Code that runs in a worker until it ends, fails or is stopped. */
class Run {
  readonly #output: OutputBox;
  readonly #ended: () => void;
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  #isOver = false;

  constructor(output: OutputBox, ended: () => void) {
    this.#output = output;
    this.#ended = ended;
    output.begin();
    this.#worker.addEventListener(
      "error",
      ({ message }) => this.#fail(message ?? "the worker could not be loaded"),
    );
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Message>) => {
      if (!this.#isOver) this.#receive(data);
    });
  }

  /** Translates code and hands it to the worker. */
  async begin(code: string, folder: string): Promise<void> {
    try {
      const { javaScriptOf } = await import("./javascript.ts");
      this.#worker.postMessage(await javaScriptOf(code, folder));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends it, with a note where there is one. */
  stop(note?: string): void {
    this.#isOver = true;
    this.#worker.terminate();
    this.#output.end();
    if (note !== undefined) this.#output.print("run-note", note);
    this.#ended();
  }

  #receive(data: Message): void {
    if (data.kind === "output") this.#output.print(`run-${data.level}`, ...data.parts.map(shown));
    else if (data.kind === "error") this.#fail(data.text);
    else {
      const isSilent = this.#output.element.childElementCount === 0;
      this.stop(isSilent ? "done, nothing was printed" : undefined);
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#output.print("run-error", text);
    this.stop();
  }
}

/** A part of a printed line: text, or an image with the text that says what is in it. */
function shown({ text, image }: Output): Node {
  if (image === undefined) return document.createTextNode(text);
  const element = document.createElement("img");
  element.src = image;
  element.alt = text;
  return element;
}

function button(text: string): HTMLButtonElement {
  const made = element("button", { type: "button" }) as HTMLButtonElement;
  made.textContent = text;
  return made;
}

function element(name: string, attributes: Record<string, string>): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
