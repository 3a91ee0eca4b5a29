/**
 * The buttons and the form of the page of writing.
 *
 * @module
 */
import type { RunState } from "../shared/protocol.ts";
import { checkWriting, WRITING_RANGES, type WritingConfig } from "../shared/writing_config.ts";
import { element } from "./dom.ts";
import { problem } from "./notes.ts";
import type { RunParts } from "./writer_run.ts";

/** What the user may want of a run. */
export interface WritingWishes {
  /** Goes on for some steps, or until `pause`; what has not begun begins with what the form has. */
  run(parts: RunParts, steps?: number): void;
  pause(): void;
  /** Another run from the start. */
  reset(parts: RunParts): void;
}

/** What is told of each state, beside the button's text in it. */
const STATES: Readonly<Record<RunState, { text: string; button: string }>> = {
  waiting: { text: "Loading …", button: "Start learning" },
  ready: { text: "Ready.", button: "Start learning" },
  running: { text: "Learning …", button: "Pause" },
  paused: { text: "Paused.", button: "Go on" },
};

const NUMBERS = [
  "layers",
  "heads",
  "width",
  "context",
  "batchSize",
  "lr",
  "epochs",
  "seed",
] as const satisfies (keyof WritingConfig)[];

/** Reads the form, and says what is wished. */
export class WritingControls {
  readonly #run = element("run", HTMLButtonElement);
  readonly #others = ["steps", "reset"].map((id) => element(id, HTMLButtonElement));
  readonly #text = element("text", HTMLTextAreaElement);
  #config: WritingConfig;
  #state: RunState = "waiting";

  /** Begins with a run's parts. */
  constructor(parts: RunParts, wishes: WritingWishes) {
    this.#config = parts.config;
    for (const [name, [min, max]] of Object.entries(WRITING_RANGES)) {
      const input = element(name, HTMLInputElement);
      [input.min, input.max] = [String(min), String(max)];
    }
    this.show(parts);
    const [steps, reset] = this.#others;
    this.#run.addEventListener("click", () => {
      if (this.#state === "running") wishes.pause();
      else this.#with((parts) => wishes.run(parts));
    });
    steps!.addEventListener("click", () => this.#with((parts) => wishes.run(parts, 100)));
    reset!.addEventListener("click", () => this.#with((parts) => wishes.reset(parts)));
    element("config", HTMLFormElement).addEventListener(
      "submit",
      (event) => event.preventDefault(),
    );
  }

  /** Fills the form. */
  show({ config, text }: RunParts): void {
    this.#config = config;
    this.#text.value = text;
    for (const name of NUMBERS) element(name, HTMLInputElement).value = String(config[name]);
  }

  /** What the run does, after how many steps. */
  state(state: RunState, steps: number): void {
    this.#state = state;
    const { text, button } = STATES[state];
    this.#run.textContent = button;
    for (const one of [this.#run, ...this.#others]) one.disabled = state === "waiting";
    this.#others[0]!.disabled ||= state === "running";
    const done = state === "paused" ? ` ${steps} step${steps === 1 ? "" : "s"} done.` : "";
    element("state").textContent = text + done;
  }

  /** Calls back with what the form has; tells where that is no run. */
  #with(wish: (parts: RunParts) => void): void {
    const numbers = NUMBERS.map((name) =>
      [name, element(name, HTMLInputElement).valueAsNumber] as const
    );
    let config: WritingConfig;
    try {
      config = checkWriting({ ...this.#config, ...Object.fromEntries(numbers) });
    } catch (error) {
      return problem(error instanceof Error ? error.message : String(error));
    }
    wish({ config, text: this.#text.value });
  }
}
