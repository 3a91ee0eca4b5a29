/** The table of modules, run against PyTorch. */
import assert from "node:assert/strict";
import { scope } from "../../mod.ts";
import { compare } from "../packed.ts";
import { modules } from "./modules.ts";
import { expectedOf, nameOf, pairsOf, tolerances } from "./run_module.ts";

Deno.test("the fixture holds exactly the modules of the table", () => {
  assert.deepEqual(Object.keys(expectedOf), modules.map(nameOf));
});

for (const device of ["cpu", "reference"] as const) {
  Deno.test(`every module has PyTorch's results and gradients (${device})`, () => {
    const failures: string[] = [];
    for (const row of modules) {
      try {
        scope(() => {
          for (const pair of pairsOf(row, device)) compare(...pair, tolerances);
        });
      } catch (error) {
        failures.push(`${nameOf(row)}\n    ${error}`);
      }
    }
    assert.equal(failures.join("\n"), "");
  });
}

Deno.test("every module has PyTorch's names in its state dict, and prints as it does", () => {
  for (const row of modules) {
    scope(() => {
      using m = row.make();
      const expected = expectedOf[nameOf(row)]!;
      assert.deepEqual([...m.stateDict().keys()], expected.state, nameOf(row));
      if (row.prints) assert.equal(String(m), expected.print);
    });
  }
});
