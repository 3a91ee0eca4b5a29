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
  const output = element("div", { class: "run-output", role: "log", "aria-label": "Output" });
  output.hidden = true;
  output.tabIndex = 0;
  const run = button("Run");
  const edit = button("Edit");
  const bar = element("div", { class: "run-bar" });
  bar.append(run, edit);
  block.after(bar, output);

  let editor: Editor | null = null;
  let worker: Worker | null = null;

  const print = (className: string, ...nodes: (Node | string)[]) => {
    const line = element("div", { class: className });
    line.append(...nodes);
    output.append(line);
  };
  const stop = () => {
    worker?.terminate();
    worker = null;
    run.textContent = "Run";
    output.dataset.state = "ended";
  };

  run.addEventListener("click", async () => {
    if (worker !== null) {
      stop();
      return print("run-note", "stopped");
    }
    output.replaceChildren();
    output.hidden = false;
    output.dataset.state = "running";
    run.textContent = "Stop";
    const own = worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const fail = (error: unknown) => {
      if (worker !== own) return;
      print(
        "run-error",
        error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      );
      stop();
    };
    own.addEventListener(
      "error",
      ({ message }) => fail(message ?? "the worker could not be loaded"),
    );
    own.addEventListener("message", ({ data }: MessageEvent<Message>) => {
      if (worker !== own) return;
      if (data.kind === "output") print(`run-${data.level}`, ...data.parts.map(shown));
      else if (data.kind === "error") fail(data.text);
      else {
        if (output.childElementCount === 0) print("run-note", "done, nothing was printed");
        stop();
      }
    });
    try {
      const { javaScriptOf } = await import("./javascript.ts");
      own.postMessage(await javaScriptOf(editor?.text() ?? original, folder));
    } catch (error) {
      fail(error);
    }
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
