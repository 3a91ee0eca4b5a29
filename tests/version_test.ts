/** What tells that two programs run the same code. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import config from "../deno.json" with { type: "json" };
import { getKernelHash, VERSION } from "../mod.ts";
import { root, testWith } from "./subprocess.ts";

Deno.test("VERSION is that of deno.json", () => assert.equal(VERSION, config.version));

testWith(["read"], "the kernels' hash is that of the compiled files", () => {
  const hash = createHash("sha256");
  for (const name of ["kernels", "kernels.strict"]) {
    hash.update(Deno.readFileSync(`${root}build/${name}.wasm`).toBase64());
  }
  assert.equal(getKernelHash(), hash.digest("hex").slice(0, 8));
});
