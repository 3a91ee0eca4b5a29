import assert from "node:assert/strict";
import { networkName, sha256 } from "../../../cli/report/run_report.ts";

Deno.test("a hash is the one that sha256sum prints", () => {
  assert.equal(
    sha256(new TextEncoder().encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("a network is named by its layers and its activation", () => {
  assert.equal(networkName({ layers: 3, activation: "relu" }), "3 layers, ReLU");
  assert.equal(networkName({ layers: 1, activation: "tanh" }), "A linear classifier");
});
