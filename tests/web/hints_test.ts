import assert from "node:assert/strict";
import { hintFor } from "../../web/page/hints.ts";

/** A loss every 20 steps. */
function losses(...values: number[]): [number, number][] {
  return values.map((loss, i) => [20 * i, loss]);
}

Deno.test("a run that stays at guessing is told why, and one that learns is left alone", () => {
  const high = { lr: 1, momentum: 0.9 };
  const dead = losses(...new Array<number>(30).fill(2.31));
  assert.match(hintFor(dead, high)!, /learning rate of 1 is too high/);
  assert.match(hintFor(losses(...new Array<number>(30).fill(80)), high)!, /too high/);
  assert.match(hintFor(dead, { lr: 0.0001, momentum: 0 })!, /learning rate of 0.0001 is small/);
  assert.equal(hintFor(dead.slice(0, 9), high), null, "too early");
  assert.equal(hintFor([...dead, [600, 1.2]], high), null, "it learns");
  assert.equal(hintFor([], high), null);
});
