/** Random programs; in a file whose name is no test's, since it means something with guards only. */
import { getNumThreads } from "../../mod.ts";
import { generate } from "../graphs/generate.ts";
import { explained, faultOf } from "../graphs/run.ts";

/** The seed of the first program. */
const SEED = 10_000;

Deno.test(`500 random programs from seed ${SEED}`, () => {
  for (let seed = SEED; seed < SEED + 500; seed++) {
    const program = generate(seed);
    const fault = faultOf(program, getNumThreads());
    if (fault !== null) {
      throw new Error(`seed ${seed}: ${fault.message}\n${explained(program, fault)}`);
    }
  }
});
