import assert from "node:assert/strict";
import { md5 } from "../../src/data/md5.ts";

Deno.test("md5 gives the checksums of RFC 1321's test suite", () => {
  const of = (text: string) => md5(new TextEncoder().encode(text));
  assert.equal(of(""), "d41d8cd98f00b204e9800998ecf8427e");
  assert.equal(of("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
});
