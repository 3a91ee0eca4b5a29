/**
 * An editor in the place of a block of code.
 *
 * @module
 */
import { javascript } from "@codemirror/lang-javascript";
import { basicSetup, EditorView } from "codemirror";

/** An editor on a page. */
export interface Editor {
  readonly element: HTMLElement;
  text(): string;
  setText(text: string): void;
  focus(): void;
}

/** Makes an editor; `run` is called at Ctrl-Enter. */
export function openEditor(text: string, run: () => void): Editor {
  const view = new EditorView({
    doc: text.trimEnd(),
    extensions: [
      basicSetup,
      javascript({ typescript: true }),
      EditorView.editorAttributes.of({ class: "run-editor" }),
      EditorView.contentAttributes.of({ "aria-label": "Program" }),
      EditorView.domEventHandlers({
        keydown(event) {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return false;
          event.preventDefault();
          run();
          return true;
        },
      }),
    ],
  });
  view.scrollDOM.tabIndex = 0; // what scrolls must be reached by keys
  return {
    element: view.dom,
    text: () => view.state.doc.toString(),
    setText(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text.trimEnd() } });
    },
    focus: () => view.focus(),
  };
}
