/** Runs random async programs, one after the other, and looks at the memory after each. */
import assert from "node:assert/strict";
import { memory } from "../../mod.ts";
import { Program } from "./program.ts";

/** Error, with the seed of the program, where one does not hold. */
export async function runPrograms(runs: number, seed: number): Promise<void> {
  const before = memory().tensors;
  for (let i = 0; i < runs; i++) {
    const program = new Program(seed + i);
    try {
      await program.run();
      assert.equal(memory().tensors, before + program.kept.length);
      for (const { tensor } of program.kept) tensor[Symbol.dispose]();
    } catch (error) {
      throw new Error(`with seed ${seed + i}`, { cause: error });
    }
  }
}
