/** Runs random async programs, one after the other, and looks at the memory after each. */
import { live } from "../leaks.ts";
import assert from "node:assert/strict";
import { Program } from "./program.ts";

/** Error, with the seed of the program, where one does not hold. */
export async function runPrograms(runs: number, seed: number): Promise<void> {
  const before = live().tensors;
  for (let i = 0; i < runs; i++) {
    const program = new Program(seed + i);
    try {
      await program.run();
      assert.equal(live().tensors, before + program.kept.length);
      for (const { tensor } of program.kept) tensor[Symbol.dispose]();
    } catch (error) {
      throw new Error(`with seed ${seed + i}`, { cause: error });
    }
  }
}
