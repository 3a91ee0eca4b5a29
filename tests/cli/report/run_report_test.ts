import assert from "node:assert/strict";
import { sha256 } from "../../../cli/files.ts";

Deno.test("a hash is the one that sha256sum prints", () => {
  assert.equal(
    sha256(new TextEncoder().encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
