import assert from "node:assert/strict";
import { commandLine, ownCommand } from "../../cli/words.ts";

Deno.test("a command line can be typed again", () => {
  assert.equal(
    commandLine("deno task train", ["--out", "runs/it's mine", "--lr", "0.1"]),
    String.raw`deno task train --out 'runs/it'\''s mine' --lr 0.1`,
  );
  assert.equal(commandLine("deno task train", []), "deno task train");
});

Deno.test("the login of a queue is in no command that is shown", () => {
  for (const login of ["ann:w0rd", "dG9rZW4=", "ann:a=b", "a@b"]) {
    for (const scheme of ["", "nats://", "tls://"]) {
      const url = `${scheme}${login}@h:4222`;
      for (const args of [["--queue", url], [`--queue=${url}`]]) {
        const shown = ownCommand(["grid", ...args]);
        assert.ok(shown.includes(`${scheme}***@h:4222`), shown);
        assert.ok(!shown.includes(login) && !/[ab=]@/.test(shown), shown);
      }
    }
  }
});
