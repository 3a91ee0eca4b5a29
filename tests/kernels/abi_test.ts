import assert from "node:assert/strict";
import { fast, strict } from "../../build/kernels.ts";

/** Sections of a WebAssembly module by number. */
const SECTIONS = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "data count",
];

const EXPORTS = [
  "adam",
  "argRows",
  "argRowsI32",
  "avgPool",
  "avgPoolGrad",
  "binary",
  "binaryBroadcast",
  "binaryI32",
  "cast",
  "channelAffine",
  "channelAffineGrad",
  "channelGradScale",
  "channelMoments",
  "channelScale",
  "channelSums",
  "clamp",
  "clampGrad",
  "compare",
  "compareI32",
  "convForward",
  "convGrad",
  "convScratch",
  "copy",
  "crossEntropyGradRows",
  "crossEntropyRows",
  "dropout",
  "fill32",
  "fill8",
  "gather",
  "gatherRowsU8",
  "gemm",
  "gemmBatch",
  "gemmScratchOf",
  "indexAdd",
  "indexSelect",
  "layerNormGradRows",
  "layerNormGradWeight",
  "layerNormRows",
  "leakyRelu",
  "lerp",
  "maxPool",
  "maxPoolGrad",
  "memory",
  "nllGradRows",
  "nllRows",
  "outerProduct",
  "randomNormal",
  "randomUniform",
  "reduceCols",
  "reduceColsI32",
  "reduceRows",
  "reduceRowsI32",
  "rmsprop",
  "scatterAdd",
  "sgd",
  "sgdOuter",
  "softmaxGradRows",
  "softmaxRows",
  "unary",
  "unaryGrad",
  "warp",
  "where",
  "winogradForward",
  "winogradGrad",
  "winogradScratch",
  "winogradWeight",
];

/** Names of the sections of a module, in its order. */
function sections(bytes: Uint8Array): string[] {
  const names: string[] = [];
  let at = 8; // behind the magic word and the version
  while (at < bytes.length) {
    names.push(SECTIONS[bytes[at++]!]!);
    let size = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return names;
}

for (const [build, base64] of Object.entries({ fast, strict })) {
  const bytes = Uint8Array.fromBase64(base64);

  Deno.test(`the ${build} build holds no state: no data, element, table, global or start`, () => {
    assert.deepEqual(sections(bytes), ["type", "import", "function", "export", "code"]);
  });

  Deno.test(`the ${build} build imports env.memory and exports the kernels, nothing else`, () => {
    const module = new WebAssembly.Module(bytes);
    const imports = WebAssembly.Module.imports(module);
    assert.deepEqual(imports.map((i) => `${i.module}.${i.name}`), ["env.memory"]);
    const names = WebAssembly.Module.exports(module).map((e) => e.name);
    assert.deepEqual(names.sort(), EXPORTS);
  });
}

Deno.test("the strict build has no relaxed instruction: it compiles where they are unknown", () => {
  // A relaxed instruction is 0xfd with a number from 0x100 up, that is 0xfd 0x8x-0x9x 0x02. Both
  // builds come from one source, so the fast one must show what the strict one must not.
  const madd = (bytes: Uint8Array) => {
    return bytes.findIndex((b, i) => b === 0xfd && bytes[i + 1] === 0x85 && bytes[i + 2] === 0x02);
  };
  assert.ok(madd(Uint8Array.fromBase64(fast)) >= 0);
  assert.equal(madd(Uint8Array.fromBase64(strict)), -1);
});
