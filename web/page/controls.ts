/**
 * The buttons and the form of a run.
 *
 * @module
 */
import type { RunState } from "../shared/protocol.ts";
import { checkConfig, DEFAULTS, RANGES, type RunConfig } from "../shared/run_config.ts";
import { element } from "./dom.ts";

/** What the user may want of a run. */
export interface Wishes {
  /** Goes on for some steps, or until `pause`. */
  run(steps?: number): void;
  pause(): void;
  /** Another run, or the same from the start. */
  reset(config: RunConfig): void;
  rates(lr: number, momentum: number): void;
}

/** What is told of each state, beside the button's text in it. */
const STATES: Readonly<Record<RunState, { text: string; button: string }>> = {
  waiting: { text: "Fetching images …", button: "Start learning" },
  ready: { text: "Ready.", button: "Start learning" },
  running: { text: "Learning …", button: "Pause" },
  paused: { text: "Paused.", button: "Go on" },
};

const NUMBERS = ["layers", "width", "batch", "seed"] as const;

/** Reads the form, and says what is wished. */
export class Controls {
  readonly #wishes: Wishes;
  readonly #run = element("run", HTMLButtonElement);
  readonly #others = ["step", "steps", "reset"].map((id) => element(id, HTMLButtonElement));
  readonly #lr = element("lr", HTMLInputElement);
  readonly #momentum = element("momentum", HTMLInputElement);
  readonly #network = element("network", HTMLSelectElement);
  readonly #activation = element("activation", HTMLSelectElement);
  readonly #numbers = NUMBERS.map((id) => element(id, HTMLInputElement));
  #state: RunState = "waiting";

  /** Begins with a configuration. */
  constructor(config: RunConfig, wishes: Wishes) {
    this.#wishes = wishes;
    this.show(config);
    this.#run.addEventListener(
      "click",
      () => this.#state === "running" ? wishes.pause() : wishes.run(),
    );
    const [step, steps, reset] = this.#others;
    step!.addEventListener("click", () => wishes.run(1));
    steps!.addEventListener("click", () => wishes.run(100));
    reset!.addEventListener("click", () => this.#reset());
    for (const rate of [this.#lr, this.#momentum]) {
      rate.addEventListener("input", () => {
        this.#showRates();
        wishes.rates(...this.#rates());
      });
    }
    this.#network.addEventListener("change", () => {
      this.show({ ...DEFAULTS[this.#network.value as RunConfig["network"]], seed: this.#seed() });
      this.#reset();
    });
    for (const input of [this.#activation, ...this.#numbers]) {
      input.addEventListener("change", () => this.#reset());
    }
    element("config", HTMLFormElement).addEventListener(
      "submit",
      (event) => event.preventDefault(),
    );
  }

  /** Learning rate and momentum as the form has them. */
  get rates(): { lr: number; momentum: number } {
    const [lr, momentum] = this.#rates();
    return { lr, momentum };
  }

  /** Begins anew, with the rates that the page begins with. */
  restart(): void {
    const { lr, momentum } = DEFAULTS.mlp;
    this.#lr.value = String(Math.log10(lr));
    this.#momentum.value = String(momentum);
    this.#showRates();
    this.#reset();
  }

  /** Fills the form. */
  show(config: RunConfig): void {
    const { network, activation, layers, width, batchSize, seed, lr, momentum } = config;
    this.#network.value = network;
    this.#activation.value = activation;
    for (const [i, value] of [layers, width, batchSize, seed].entries()) {
      this.#numbers[i]!.value = String(value);
    }
    for (const name of ["layers", "width"] as const) {
      const input = element(name, HTMLInputElement);
      [input.min, input.max] = RANGES[network][name].map(String) as [string, string];
    }
    element("width-label").textContent = network === "mlp" ? "Units a layer" : "Channels";
    this.#lr.value = String(Math.log10(lr));
    this.#momentum.value = String(momentum);
    this.#showRates();
  }

  /** What the buttons say and whether they can be pressed. */
  state(state: RunState, steps: number): void {
    this.#state = state;
    const { text, button } = STATES[state];
    this.#run.textContent = button;
    for (const one of [this.#run, ...this.#others]) one.disabled = state === "waiting";
    for (const one of this.#others.slice(0, 2)) one.disabled ||= state === "running";
    const done = state === "paused" ? ` ${steps} step${steps === 1 ? "" : "s"} done.` : "";
    element("state").textContent = text + done;
  }

  #reset(): void {
    if (!element("config", HTMLFormElement).reportValidity()) return;
    const [layers, width, batchSize] = this.#numbers.map(({ valueAsNumber }) => valueAsNumber);
    const [lr, momentum] = this.#rates();
    this.#wishes.reset(checkConfig({
      network: this.#network.value,
      activation: this.#activation.value,
      layers,
      width,
      batchSize,
      lr,
      momentum,
      seed: this.#seed(),
    }));
  }

  #seed(): number {
    return this.#numbers[3]!.valueAsNumber;
  }

  /** The learning rate, whose slider is logarithmic, and the momentum. */
  #rates(): [lr: number, momentum: number] {
    const lr = Number((10 ** this.#lr.valueAsNumber).toPrecision(2));
    return [lr, this.#momentum.valueAsNumber];
  }

  #showRates(): void {
    const [lr, momentum] = this.#rates();
    element("lr-value").textContent = String(lr);
    element("momentum-value").textContent = momentum.toFixed(2);
    this.#lr.setAttribute("aria-valuetext", String(lr));
  }
}
