import assert from "node:assert/strict";
import { commandLine } from "../../src/experiments/setting.ts";

Deno.test("a command line can be typed again", () => {
  assert.equal(
    commandLine("deno task train", ["--out", "runs/it's mine", "--lr", "0.1"]),
    String.raw`deno task train --out 'runs/it'\''s mine' --lr 0.1`,
  );
  assert.equal(commandLine("deno task train", []), "deno task train");
});
