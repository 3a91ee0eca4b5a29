/** The library in a folder that knows nothing of it: without configuration, or with its own. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { deno, root, serveRepository, temporaryFolder, testWith } from "./subprocess.ts";

/** A program that imports all entry points from `base`, and takes a training step. */
function program(base: string): string {
  const imports = Object.values(config.exports).map((path, i) =>
    `import * as entry${i} from "${path.replace("./", base)}";`
  );
  return `
import { manualSeed, nn, optim, randn, type Tensor } from "${base}mod.ts";
${imports.join("\n")}

export class Doubled extends nn.Module {
  inner: nn.Linear = new nn.Linear(3, 1);
  override forward(x: Tensor): Tensor {
    return this.inner.forward(x).mul(2);
  }
}

export function train(): string {
  manualSeed(1);
  const model = new Doubled();
  const sgd = new optim.SGD(model.parameters(), { lr: 0.1 });
  model.forward(randn([4, 3])).mul(model.forward(randn([4, 3]))).sum().backward();
  sgd.step();
  const names = [${
    imports.map((_, i) => `entry${i}`).join(", ")
  }].map((entry) => Object.keys(entry));
  return \`\${names.length} entry points, \${[...model.parameters()].length} parameters\`;
}
`;
}

const SAYS = `${Object.keys(config.exports).length} entry points, 2 parameters`;
const MAIN = `import { train } from "./program.ts";\nconsole.log(train());\n`;
const TEST = `
import { train } from "./program.ts";
Deno.test("it trains", () => {
  if (train() !== ${JSON.stringify(SAYS)}) throw new Error(train());
});
`;

/** A folder with a program, its main file and its test, and no configuration unless one is given. */
function foreignFolder(base: string, compilerOptions?: unknown) {
  const folder = temporaryFolder();
  const write = (name: string, text: string) =>
    Deno.writeTextFileSync(`${folder.path}/${name}`, text);
  write("program.ts", program(base));
  write("main.ts", MAIN);
  write("main_test.ts", TEST);
  if (compilerOptions !== undefined) write("deno.json", JSON.stringify({ compilerOptions }));
  return folder;
}

const HERE = `file://${root}`;

/** Runs and tests the program there; `deno test` checks its types too, unless flags say otherwise. */
async function runsAndTests(
  folder: string,
  flags: string[] = [],
  testFlags: string[] = [],
): Promise<void> {
  const here = { cwd: folder, env: { DENO_DIR: `${folder}/cache` } }; // nothing that was checked before
  const run = await deno(["run", "--no-prompt", ...flags, "main.ts"], here);
  assert.deepEqual([run.stdout, run.code], [`${SAYS}\n`, 0], run.stderr);
  const test = await deno(["test", ...flags, ...testFlags], here);
  assert.equal(test.code, 0, test.stdout + test.stderr);
  assert.match(test.stdout, /\| 1 passed/);
}

testWith(
  ["read", "write", "run"],
  "a folder without configuration runs, checks and tests a program that imports by path",
  async () => {
    using folder = foreignFolder(HERE);
    await runsAndTests(folder.path);
  },
);

testWith(["read", "write", "run", "net"], "it does so with one that imports by URL", async () => {
  await using server = serveRepository();
  using folder = foreignFolder(`http://${server.origin}/`);
  // the types are the same texts; that a URL finds them all is seen in readme_test.ts
  await runsAndTests(folder.path, [`--allow-import=${server.origin}`], ["--no-check"]);
});

/** Options that a project may have, but those that are a matter of style. With the web's types and Deno's `deno task check` checks. */
const STRICT = {
  strict: true,
  noImplicitAny: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noImplicitThis: true,
  noFallthroughCasesInSwitch: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  exactOptionalPropertyTypes: true,
  useUnknownInCatchVariables: true,
  verbatimModuleSyntax: true,
  isolatedDeclarations: true,
  erasableSyntaxOnly: true,
};

testWith(
  ["read", "write", "run"],
  "it checks under strict options without type libraries, and under lax ones with a worker's",
  async () => {
    const options = [
      { ...STRICT, lib: ["esnext"] },
      { strict: false, lib: ["deno.worker"] },
    ];
    for (const compilerOptions of options) {
      using folder = foreignFolder(HERE, compilerOptions);
      const { code, stderr } = await deno(["check", "program.ts"], { cwd: folder.path });
      assert.equal(code, 0, `lib ${compilerOptions.lib}: ${stderr}`);
    }
  },
);

testWith(
  ["read", "write", "run"],
  "each entry point can be imported before any other",
  async () => {
    using folder = temporaryFolder();
    await Promise.all(
      Object.values(config.exports).map(async (path) => {
        const code = `import * as entry from "${path.replace("./", HERE)}";
      import { ones } from "${HERE}mod.ts";
      console.log(Object.keys(entry).length > 0, ones([2]).sum().item());`;
        const file = path.replaceAll(/[./]/g, "_") + ".ts";
        Deno.writeTextFileSync(`${folder.path}/${file}`, code);
        const { stdout, stderr } = await deno(["run", "--no-prompt", file], { cwd: folder.path });
        assert.deepEqual([stdout, stderr], ["true 2\n", ""], path);
      }),
    );
  },
);

testWith(
  ["read", "run"],
  "the library loads in an engine without navigator, as Node 20 is",
  async () => {
    const code = `delete globalThis.navigator; delete globalThis.crossOriginIsolated;
    const { getNumThreads, ones } = await import("${HERE}mod.ts");
    console.log(typeof navigator, getNumThreads(), ones([3]).sum().item());`;
    const { stdout, stderr } = await deno(["eval", code]);
    assert.deepEqual([stdout, stderr], ["undefined 1 3\n", ""]);
  },
);
