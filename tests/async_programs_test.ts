/** Random programs of loops, scopes and tasks across awaits. An error tells the seed of its program. */
import { runPrograms } from "./async_programs/run_programs.ts";

Deno.test("in random async programs tensors live as long as their scopes, and no longer", async () => {
  await runPrograms(500, Date.now() % 2 ** 31);
});
