/**
 * A pole on a cart that is pushed left or right (Barto, Sutton and Anderson, 1983), with the numbers
 * and limits of Gymnasium's CartPole-v1: 1 for each step, at most 500 of them.
 *
 * @module
 */
import { rand } from "@glim/glim";

/** Position and speed of the cart, angle and angular speed of the pole. */
export type Observation = [x: number, v: number, angle: number, spin: number];

const [GRAVITY, CART, POLE, HALF, FORCE, TAU] = [9.8, 1, 0.1, 0.5, 10, 0.02];
const [FARTHEST, STEEPEST, MOST] = [2.4, 12 * Math.PI / 180, 500];

/** The environment. */
export class CartPole {
  #state: Observation = [0, 0, 0, 0];
  #steps = 0;

  /** Begins anew, near the middle. */
  reset(): Observation {
    const [x = 0, v = 0, angle = 0, spin = 0] = rand([4]).toTypedArray().map((u) => u / 10 - 0.05);
    this.#steps = 0;
    return this.#state = [x, v, angle, spin];
  }

  /** Pushes left (0) or right (1). */
  step(action: number): { state: Observation; terminated: boolean; truncated: boolean } {
    const [x, v, angle, spin] = this.#state;
    const force = action === 1 ? FORCE : -FORCE;
    const [cos, sin, mass] = [Math.cos(angle), Math.sin(angle), CART + POLE];
    const push = (force + POLE * HALF * spin * spin * sin) / mass;
    const turn = (GRAVITY * sin - cos * push) / (HALF * (4 / 3 - POLE * cos * cos / mass));
    const pull = push - POLE * HALF * turn * cos / mass;
    this.#state = [x + TAU * v, v + TAU * pull, angle + TAU * spin, spin + TAU * turn];
    const terminated = Math.abs(this.#state[0]) > FARTHEST ||
      Math.abs(this.#state[2]) > STEEPEST;
    return { state: this.#state, terminated, truncated: ++this.#steps >= MOST };
  }
}
