/**
 * What to do where a run does not learn.
 *
 * @module
 */
import { DEFAULTS } from "../shared/run_config.ts";
import { element } from "./dom.ts";

/** The loss of a network that takes all ten digits for as probable, and a little less. */
const KNOWS_NOTHING = Math.log(10) - 0.1;

/** Steps that a network may take to begin to learn. */
const PATIENCE = 200;

/** Below this learning rate, momentum counted in, it is small rather than large. */
const SMALL = 0.02;

/**
 * What to tell of losses at steps, the last of a run; null where it learns.
 */
export function hintFor(
  losses: readonly (readonly [step: number, loss: number])[],
  { lr, momentum }: { lr: number; momentum: number },
): string | null {
  const last = losses.at(-1)?.[0] ?? 0;
  const recent = losses.filter(([step]) => step > last - PATIENCE);
  const isLong = losses.some(([step]) => step <= last - PATIENCE);
  if (!isLong || recent.length < 3 || recent.some(([_, loss]) => loss < KNOWS_NOTHING)) return null;
  return lr / (1 - momentum) < SMALL
    ? `It hardly learns: a learning rate of ${lr} is small.`
    : `It does not learn: the loss stays at that of guessing. The learning rate of ${lr} is too ` +
      "high, and has put out the network's units for good: a lower one needs a new start.";
}

/** The hint's place in the page. */
export class Hints {
  #losses: [step: number, loss: number][] = [];

  /** `restart` begins anew with the rates that the page begins with. */
  constructor(restart: () => void) {
    const { lr } = DEFAULTS.mlp;
    const button = element("restart");
    button.textContent = `Start over with learning rate ${lr}`;
    button.addEventListener("click", restart);
  }

  /** Another run. */
  clear(): void {
    this.#losses = [];
    this.#show(null);
  }

  /** The loss of the last steps. */
  learnt(step: number, loss: number, rates: { lr: number; momentum: number }): void {
    this.#losses.push([step, loss]);
    if (this.#losses.length > 1000) this.#losses.splice(0, 500);
    this.#show(hintFor(this.#losses, rates));
  }

  /** The loss is no number any more. */
  diverged(lr: number): void {
    this.#show(
      `The loss is no number any more: with a learning rate of ${lr} the weights grew without end. ` +
        "They are lost: a lower one needs a new start.",
    );
  }

  #show(text: string | null): void {
    element("hint").hidden = text === null;
    const place = element("hint-text");
    if (place.textContent !== (text ?? "")) place.textContent = text ?? "";
  }
}
