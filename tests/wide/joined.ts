/** Prints the hashes of what ops of the wide build give: before the engine optimises them, and after. */
import { createHash } from "node:crypto";
import { functional, manualSeed, matmul, randn, setKernelBuild, type Tensor } from "../../mod.ts";

setKernelBuild("wide");
manualSeed(3);
const x = randn([70, 65]), y = randn([65, 83]);
const images = randn([5, 16, 12, 12]), weight = randn([24, 16, 3, 3]);
const few = [2, 3, 4, 7].map((rows) => randn([rows, 130])), many = randn([45, 130]);
const filters = randn([40, 16, 3, 3]);

function values(): Tensor[] {
  return [
    matmul(x, y),
    x.exp(),
    x.tanh(),
    x.sigmoid(),
    x.log(),
    functional.gelu(x),
    functional.silu(x),
    x.softmax(1),
    x.logSoftmax(1),
    x.max(),
    x.amax(1),
    functional.conv2d(images, weight),
    functional.conv2d(images, filters, null, { stride: 2 }),
    ...few.map((rows) => matmul(rows, many.t())),
  ];
}

function hash(): string {
  const hash = createHash("sha256");
  for (const value of values()) {
    hash.update(value.toTypedArray());
    value[Symbol.dispose]();
  }
  return hash.digest("hex");
}

const first = hash();
const hashes = new Set<string>();
for (let i = 0; i < 600; i++) hashes.add(hash());
console.log(first, ...hashes);
