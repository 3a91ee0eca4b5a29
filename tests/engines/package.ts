/** The npm package, as a user's project has it. */
import assert from "node:assert/strict";
import ts from "typescript";
import config from "../../deno.json" with { type: "json" };
import { browser, BUN, CHROMIUM, type Engine, NODE, program } from "./engines.ts";
import { bundledSuite, Project } from "./project.ts";
import { root, temporaryFolder, testWith, text } from "../subprocess.ts";

const NEEDS = ["read", "write", "run", "net"] as const;
let made: Promise<Project> | undefined;

/** A test with one project, which all of this file share. */
function testPackage(name: string, fn: (project: Project) => void | Promise<void>): void {
  testWith(NEEDS, name, async () => await fn(await (made ??= Project.create())));
}

Deno.test.afterAll(async () => {
  await (await made)?.[Symbol.asyncDispose]();
});

/** All files below a folder, by their paths in it. */
function filesIn(folder: string, path = ""): string[] {
  return Array.from(Deno.readDirSync(folder + path)).flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, `${path}${name}/`) : path + name
  );
}

testPackage("it has JavaScript, types and the kernels, and nothing else", async (project) => {
  const files = filesIn(project.packaged(""));
  const others = files.filter((path) => !/^(mod|(src|build)\/.*)\.(js|d\.ts)$/.test(path));
  assert.deepEqual(others.sort(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "build/loader.LICENSE",
    "package.json",
  ]);
  const manifest = JSON.parse(await Deno.readTextFile(project.packaged("package.json")));
  assert.deepEqual(
    [manifest.name, manifest.version, manifest.dependencies],
    [config.name, config.version, {
      "@jsquash/jpeg": "1.6.0",
      "@uwdata/flechette": "2.5.0",
      fflate: "0.8.2",
      hyparquet: "1.33.0",
      "hyparquet-compressors": "1.1.2",
    }],
  );
  // what does not look into `exports` finds the same
  const { types, default: main } = manifest.exports["."];
  assert.deepEqual([manifest.types, manifest.main], [types, main]);
  assert.deepEqual(Object.keys(manifest.exports), [
    ...Object.keys(config.exports),
    "./package.json",
  ]);
  for (const path of files.filter((path) => path.endsWith(".js"))) {
    const code = await Deno.readTextFile(project.packaged(path));
    const types = project.packaged(path.replace(/js$/, "d.ts"));
    assert.ok(/\.page\.js$/.test(path) || (await Deno.stat(types)).isFile, types);
    for (const { fileName } of ts.preProcessFile(code).importedFiles) {
      assert.match(
        fileName,
        /^\.\.?\/.*\.js$|^fflate$|^@jsquash\/jpeg\/|^hyparquet(-compressors)?$|^@uwdata\/flechette$/,
        path,
      );
    }
    assert.deepEqual(outerThis(code), [], path);
    // engines of today that are a year old refuse it
    assert.doesNotMatch(code, /^\s*(await )?using /m, path);
    // bundlers leave alone what a comment tells them to, right behind the parenthesis
    assert.doesNotMatch(code, /\bimport\((?!"|\/\* @vite-ignore \*\/ \/\* webpackIgnore)/, path);
  }
});

/** Where a module's code asks for `this` outside of functions and classes, of which bundlers warn. */
function outerThis(code: string): string[] {
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.ThisKeyword) found.push(node.parent.getText());
    const hasItsOwn = ts.isClassLike(node) || ts.isMethodDeclaration(node) ||
      ts.isAccessor(node) || ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node);
    if (!hasItsOwn) ts.forEachChild(node, look);
  };
  look(ts.createSourceFile("module.js", code, ts.ScriptTarget.Latest, true));
  return found;
}

testPackage("bundlers are told which modules do something when they load", async (project) => {
  const { sideEffects } = JSON.parse(await Deno.readTextFile(project.packaged("package.json")));
  const told = (sideEffects as string[]).map((glob) =>
    new RegExp(`^${glob.replace("*", "[^/]+")}$`)
  );
  const found: string[] = [];
  for (const path of filesIn(project.packaged(""), "src/").filter((path) => path.endsWith(".js"))) {
    if (told.some((glob) => glob.test(`./${path}`))) continue;
    const code = await Deno.readTextFile(project.packaged(path));
    for (const statement of ts.createSourceFile(path, code, ts.ScriptTarget.ESNext).statements) {
      const isDone = ts.isExpressionStatement(statement) ||
        ts.isIterationStatement(statement, false);
      const text = code.slice(statement.pos, statement.end).trim();
      // what a module does to its own class belongs to that
      const [, own] = text.match(/^inspectAsString\((\w+)\);$|^_a = \w+;$/) ?? [];
      if (isDone && !(own === undefined ? text.startsWith("_a") : code.includes(`class ${own}`))) {
        found.push(`${path}: ${text}`);
      }
    }
  }
  assert.deepEqual(found, []);
});

/** The program that docs/runtimes.md gives to all engines, without the line that prints. */
const TEN_LINES = Deno.readTextFileSync(`${root}docs/runtimes.md`)
  .match(/```ts\n([^]*?)console\.log.*\n```/)![1]!;

testPackage(
  "TypeScript checks a program strictly, with the types of ES2022 alone",
  (project) => {
    const names = Object.keys(config.exports).map((entry) => config.name + entry.slice(1));
    const code = TEN_LINES +
      names.map((name, i) => `import * as entry${i} from "${name}";\n`).join("") +
      `export const all = [${names.map((_, i) => `entry${i}`)}];\n` +
      "const [out]: (readonly number[])[] = [model.forward(x).shape];\n" +
      "export const rank: number | undefined = out?.length;\nmodel[Symbol.dispose]();\n";
    const file = project.write("program.ts", code);
    const ways = [
      [ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
      [ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
    ] as const;
    for (const [module, moduleResolution] of ways) {
      const options: ts.CompilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        target: ts.ScriptTarget.ES2022,
        lib: ["lib.es2022.d.ts"],
        types: [],
        noEmit: true,
        module,
        moduleResolution,
      };
      const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options));
      assert.equal(ts.formatDiagnostics(found, HOST), "");
    }
  },
);

const HOST: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => "/",
  getCanonicalFileName: (name) => name,
  getNewLine: () => "\n",
};

/** Uses files of every kind, and threads; tells what came back. */
const FILES = `${TEN_LINES}
import { data, io, ones, setNumThreads, train } from "@glim/glim";
import { loadNpz, saveNpz } from "@glim/glim/npz";
const folder = process.argv[2];
await io.saveSafetensors(folder + "/a.safetensors", model.stateDict());
await saveNpz(folder + "/a.npz", model.stateDict());
await io.saveNpy(folder + "/a.npy", x);
model.loadStateDict(await io.loadSafetensors(folder + "/a.safetensors"));
model.loadStateDict(await loadNpz(folder + "/a.npz"));
const folderOfRun = new train.CheckpointFolder(folder + "/run");
const trainer = new train.Trainer({ model, optimizer: sgd, loss });
const loader = new data.DataLoader(new data.TensorDataset(x, y), { batchSize: 4 });
await trainer.fit(loader, loader, { epochs: 1 });
await folderOfRun.save(trainer.checkpoint());
const { checkpoint } = await folderOfRun.latest();
const { train: images } = data.mnist({ dir: folder });
setNumThreads(2);
const a = ones([512, 512]);
for (const _ of steps(40)) a.matmul(a);
const missing = await io.loadNpy(folder + "/none.npy").catch((error) => error.message);
console.log(
  loss.forward(model.forward(x), y).item() < 0.01,
  (await io.loadNpy(folder + "/a.npy")).shape.join(),
  checkpoint.history.length,
  images.length,
  missing.replace(folder, ""),
);
`;

/** The four files of a data set in MNIST's format, with 10,001 images of one pixel. */
function writeImages(folder: string): void {
  const write = (name: string, dims: number[]) => {
    const head = new Uint8Array(4 + 4 * dims.length);
    head.set([0, 0, 8, dims.length]);
    dims.forEach((n, i) => new DataView(head.buffer).setUint32(4 + 4 * i, n));
    const content = new Uint8Array(dims.reduce((a, b) => a * b));
    Deno.writeFileSync(`${folder}/${name}`, new Uint8Array([...head, ...content]));
  };
  write("train-images-idx3-ubyte", [10_001, 1, 1]);
  write("train-labels-idx1-ubyte", [10_001]);
  write("t10k-images-idx3-ubyte", [1, 1, 1]);
  write("t10k-labels-idx1-ubyte", [1]);
}

const RUNTIMES = { "Node 22": NODE, Bun: BUN };

for (const [name, path] of Object.entries(RUNTIMES)) {
  testPackage(`${name} trains, saves and loads with it, and ends by itself`, async (project) => {
    using folder = temporaryFolder();
    writeImages(folder.path);
    const file = project.write("files.mjs", FILES);
    const { code, stdout, stderr } = await new Deno.Command(path, { args: [file, folder.path] })
      .output();
    assert.deepEqual(
      { stderr: text(stderr), stdout: text(stdout), code },
      { stderr: "", stdout: "true 4,2 1 1 read /none.npy: there is no such file\n", code: 0 },
    );
  });

  testPackage(`${name} gives it to a program that requires it`, async (project) => {
    const file = project.write("old.cjs", 'console.log(require("@glim/glim").ones([2]).toArray())');
    const { stdout, stderr } = await new Deno.Command(path, { args: [file] }).output();
    assert.deepEqual([text(stderr), text(stdout)], ["", "[ 1, 1 ]\n"]);
  });
}

testPackage("Node, Bun and Chromium compute the bits that Deno computes", async (project) => {
  const suite = await bundledSuite(project);
  const expected = await program(Deno.execPath(), ["run"])(suite) as { shared: boolean };
  assert.ok(expected.shared, "two threads share work");
  const engines: Record<string, Engine> = {
    "Node 22": program(NODE),
    Bun: program(BUN),
    Chromium: browser("chrome", CHROMIUM),
  };
  for (const [name, engine] of Object.entries(engines)) {
    assert.deepEqual(await engine(suite), expected, name);
  }
});

/** Multiplies until it warns, or has done a good deal more than what threads start for. */
const WARNED = `
import { getNumThreads, ones, scope, setNumThreads } from "@glim/glim";
setNumThreads(2);
let product, i = 0;
do {
  product = scope(() => ones([256, 256]).matmul(ones([256, 256])).mean().item());
  await new Promise((then) => setTimeout(then)); // that a worker did not start is told later
} while (++i < 100 && warned.length === 0);
tell({ product, warned, threads: getNumThreads() });
`;

testPackage(
  "a page whose policy forbids what the library does says what it lacks",
  async (project) => {
    const code = await project.bundle({ code: WARNED });
    const run = (policy: string) =>
      browser("chrome", CHROMIUM)(code, { policy }) as Promise<unknown>;
    const scripts = "script-src 'self' 'wasm-unsafe-eval'";
    assert.deepEqual(await run(`${scripts}; worker-src blob:`), {
      product: 256,
      warned: [],
      threads: 2,
    });
    assert.deepEqual(await run(scripts), {
      product: 256,
      warned: [
        "glim: one thread computes: others could not start, as under a content security policy " +
        "without worker-src blob:",
      ],
      threads: 1,
    });
    assert.deepEqual(await run("script-src 'self'"), {
      product: 256,
      warned: [
        "glim: no WebAssembly with SIMD, or a content security policy without " +
        "'wasm-unsafe-eval': tensors are on the reference device, about a hundred times slower",
      ],
      threads: 2,
    });
  },
);

/** Shows that what is left of the library computes, a gradient too. */
const USE = `
const { CrossEntropyLoss, Linear } = part.nn ?? part;
const { SGD } = part.optim ?? part;
const model = new Linear(3, 2);
const loss = new CrossEntropyLoss().forward(model.forward(part.randn([1, 3])), part.tensor(Int32Array.of(1)));
loss.backward();
new SGD(model.parameters(), { lr: 1 }).step();
console.log(Number(loss.item() > 0));
`;

/** What programs import, the most bytes that they may have as `gzip -9` packs them, and of how many
 * families they have the kernels. */
const SIZES: Record<string, [imports: string, most: number, families: number]> = {
  "an MLP and what trains it": [
    'export { manualSeed, randn, steps, tensor } from "@glim/glim";\n' +
    'export { CrossEntropyLoss, Linear, ReLU, Sequential } from "@glim/glim/nn";\n' +
    'export { SGD } from "@glim/glim/optim";',
    112_250,
    1,
  ],
  "a convolutional network and what trains it": [
    'export { manualSeed, randn, steps, tensor } from "@glim/glim";\n' +
    'export { Conv2d, CrossEntropyLoss, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@glim/glim/nn";\n' +
    'export { SGD } from "@glim/glim/optim";',
    141_500,
    3,
  ],
  everything: ['export * from "@glim/glim";', 331_500, 9],
};

for (const [what, [imports, most, families]] of Object.entries(SIZES)) {
  testPackage(
    `a page that imports ${what} has at most ${most / 1000} KB of it`,
    async (project) => {
      const code = await project.bundle({ code: imports });
      const packed = await gzip(code);
      assert.ok(packed <= most, `${packed} bytes`);
      const file = project.write("bundle.mjs", code);
      const { stdout, stderr } = await new Deno.Command(NODE, {
        args: [
          "--input-type=module",
          "--eval",
          `import * as part from ${JSON.stringify(file)};${USE}`,
        ],
      }).output();
      assert.deepEqual([text(stderr), text(stdout)], ["", "1\n"]);
      // one build of them is all that is in it, and what unpacks it
      assert.deepEqual((code.match(/"[\w+/=]{900,}"/g) ?? []).length, families + 1);
    },
  );
}

/** How many bytes `gzip -9` makes of a text. */
async function gzip(code: string): Promise<number> {
  const child = new Deno.Command("gzip", { args: ["-9c"], stdin: "piped", stdout: "piped" })
    .spawn();
  const [{ stdout }] = await Promise.all([
    child.output(),
    new Response(code).body!.pipeTo(child.stdin),
  ]);
  return stdout.length;
}
