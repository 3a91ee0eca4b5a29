/** Random programs see what is wrong: faults are put into copies of the library's files. */
import assert from "node:assert/strict";
import { deno, root, temporaryFolder, testWith } from "../subprocess.ts";

/** A fault in one place of one file. */
interface Fault {
  what: string;
  file: string;
  find: string;
  replace: string;
  /** What the message says. */
  message: RegExp;
  /** The most steps, leaves and the backward pass included, that the small program may have. */
  steps: number;
}

const FAULTS: Fault[] = [
  {
    what: "gradients in two layouts are added as if they had one",
    file: "src/autograd/backward.ts",
    find: "[a, b, out] = [pickDims(a, order), pickDims(b, order), pickDims(out, order)];",
    replace: "out = viewOf(out, out.shape, out.shape.map((_, i) => " +
      "out.shape.slice(i + 1).reduce((n, length) => n * length, 1)));",
    message: /^the gradient of v\d+ \(\w+\) is /m,
    steps: 10,
  },
  {
    what: "a slope is that of another function",
    file: "src/ops/unary_op.ts",
    find: `kernelsOf(dx).unaryGrad(row, `,
    replace: `kernelsOf(dx).unaryGrad(row.name === "tanh" ? { ...row, kernel: "sigmoid" } : row, `,
    message: /^the gradient of v\d+ \(leaf\) is /m,
    steps: 4,
  },
  {
    what: "gradients of a batch's moments are left out",
    file: "src/ops/batch_norm.ts",
    find: "ownMoments && count > 0 ? 1 / count : 0",
    replace: "0",
    message: /^the gradient of v\d+ \(\w+\) is /m,
    steps: 8,
  },
  {
    what: "a part of a tensor begins where the whole does",
    file: "src/ops/view.ts",
    find: "x.offset + from * x.strides[axis]!",
    replace: "from * x.strides[axis]!",
    message: /^the \w+ of v\d+ \(\w+\) is /m,
    steps: 6,
  },
  {
    what: "gradients that are no longer needed are kept",
    file: "src/autograd/backward.ts",
    find: "dx.storage.moveTo(scope);",
    replace: "dx.storage.moveTo(null);",
    message: /^\d+ tensors are left behind/m,
    steps: 6,
  },
];

/** A file's text as a module of another folder, whose imports are those of the original. */
function elsewhere(text: string, file: string): string {
  return text.replace(
    /(from |import\()"(\.[^"]+)"/g,
    (_, before, path) => `${before}"${new URL(path, `file://${root}${file}`)}"`,
  );
}

for (const fault of FAULTS) {
  testWith(["read", "write", "run"], `random programs see that ${fault.what}`, async () => {
    const text = Deno.readTextFileSync(root + fault.file);
    assert.equal(text.split(fault.find).length, 2, `${fault.file} has the place once`);
    using folder = temporaryFolder();
    const changed = `${folder.path}/changed.ts`, map = `${folder.path}/map.json`;
    Deno.writeTextFileSync(changed, elsewhere(text.replace(fault.find, fault.replace), fault.file));
    const { imports } = JSON.parse(Deno.readTextFileSync(`${root}tests/deno.json`));
    Deno.writeTextFileSync(
      map,
      JSON.stringify({
        imports: {
          "@glim/glim": `file://${root}mod.ts`,
          "fast-check": imports["fast-check"],
          [`file://${root}${fault.file}`]: `file://${changed}`,
        },
      }),
    );
    const { code, stderr } = await deno([
      "run",
      "--no-check",
      "--allow-read",
      `--import-map=${map}`,
      "tests/fuzz/main.ts",
      "graphs",
      "--runs=300",
      "--seed=1",
      "--findings=1",
    ]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, fault.message);
    const [_, program] = stderr.split(/^\/\/ seed \d+\n/m);
    const lines = program!.trim().split("\n");
    assert(lines.length <= fault.steps, `${lines.length} steps:\n${stderr}`);
  });
}
