/** Random programs of loops, scopes and tasks across awaits. An error tells the seed of its program. */
import assert from "node:assert/strict";
import { memory } from "../mod.ts";
import { Program } from "./async_programs/program.ts";

const PROGRAMS = 500;

Deno.test("in random async programs tensors live as long as their scopes, and no longer", async () => {
  const seed = Date.now() % 2 ** 31;
  const before = memory().tensors;
  for (let i = 0; i < PROGRAMS; i++) {
    const program = new Program(seed + i);
    try {
      await program.run();
      assert.equal(memory().tensors, before + program.kept.length);
      for (const { tensor } of program.kept) tensor[Symbol.dispose]();
    } catch (error) {
      throw new Error(`with seed ${seed + i}`, { cause: error });
    }
  }
});
