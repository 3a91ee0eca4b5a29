import assert from "node:assert/strict";
import { io } from "../../mod.ts";
import { root, testWith } from "../subprocess.ts";
import { buildNetwork } from "../../web/shared/network.ts";
import { checkConfig, DEFAULTS } from "../../web/shared/run_config.ts";

Deno.test("what the page begins with is a configuration, also after it was text", () => {
  for (const config of Object.values(DEFAULTS)) {
    assert.deepEqual(checkConfig(JSON.parse(JSON.stringify(config))), config);
  }
});

Deno.test("a setting that is not as it must be is named", () => {
  const { mlp, cnn } = DEFAULTS;
  const cases: [unknown, string][] = [
    [null, "network: mlp or cnn is needed: it is undefined"],
    [{ ...mlp, network: "rnn" }, "network: mlp or cnn is needed: it is rnn"],
    [{ ...mlp, layers: 5 }, "layers: a whole number from 0 to 4 is needed: it is 5"],
    [{ ...cnn, width: 2.5 }, "width: a whole number from 4 to 32 is needed: it is 2.5"],
    [{ ...mlp, lr: NaN }, "learning rate: a number from 0 to 10 is needed: it is NaN"],
    [{ ...mlp, activation: "step" }, "activation: relu or tanh or gelu is needed: it is step"],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => checkConfig(value), { name: "RangeError", message });
  }
});

testWith(["read"], "the network that comes with the page fits its configuration", () => {
  const bytes = Deno.readFileSync(`${root}web/model/digits.safetensors`);
  assert(bytes.length < 200_000);
  const { tensors, metadata } = io.decodeSafetensorsFile(bytes);
  using model = buildNetwork(checkConfig(JSON.parse(metadata.config!)));
  model.loadStateDict(tensors);
  assert(Number(metadata.test_accuracy) > 0.99);
});
