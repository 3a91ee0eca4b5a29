/**
 * Who imports what, in the whole tree. The library names its files by relative paths, in one direction,
 * the order of the list in docs/architecture.md; it is imported by URL too, where no import map and no
 * node_modules apply, and runs in pages, where there is no Node. Whatever is no library takes of it, and
 * of each other, public names only.
 */
import assert from "node:assert/strict";
import library from "../deno.json" with { type: "json" };
import { root, testWith } from "./subprocess.ts";

/** What a file imports or exports from. */
interface Import {
  /** The name or path. */
  specifier: string;
  /** Whether only types are taken, of which nothing is left at run time. */
  isType: boolean;
}

/** Each import of a program's text. */
function importsIn(text: string): Import[] {
  const code = text.replace(/^\s*\/?\*.*$/gm, ""); // doc comments hold examples
  const from = code.matchAll(/^(?:import|export)\b([^;'"]*?)\bfrom\s*["']([^"']+)["']/gm);
  const bare = code.matchAll(
    /(?:^import\s*|\bimport\s*\(\s*|\bimport\.meta\.resolve\(\s*)["']([^"']+)["']/gm,
  );
  return [
    ...Array.from(
      from,
      ([_, what, specifier]) => ({ specifier: specifier!, isType: isType(what!) }),
    ),
    ...Array.from(bare, ([_, specifier]) => ({ specifier: specifier!, isType: false })),
  ];
}

/** Whether what stands between `import` and `from` are types. */
function isType(what: string): boolean {
  if (/^\s*type\b/.test(what)) return true;
  const names = what.match(/\{(?<names>.*)\}/s)?.groups?.names?.split(",").map((name) =>
    name.trim()
  );
  return names?.every((name) => name === "" || name.startsWith("type ")) ?? false;
}

function read(path: string): string {
  return Deno.readTextFileSync(root + path);
}

/** Folders that are installed, or written by the documentation's build. */
const WRITTEN = ["node_modules", ".pages", "dist"];

/** The programs of a folder, and of those in it. */
function programs(folder: string): string[] {
  return Array.from(Deno.readDirSync(root + folder)).flatMap(({ name, isDirectory }) => {
    if (isDirectory) return WRITTEN.includes(name) ? [] : programs(`${folder}${name}/`);
    return /\.[jt]s$/.test(name) ? [folder + name] : [];
  });
}

/** The path in the repository that a relative import of a file means. */
function target(file: string, specifier: string): string {
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

const isRelative = (specifier: string): boolean => /^\.\.?\//.test(specifier);

/** The entry points that need a package, and what only they import. */
const NPZ = ["src/io/npz.ts", "src/io/unpack.ts"], JPEG = "src/io/jpeg.ts";
const PARQUET = "src/data/table/parquet.ts", ARROW = "src/data/table/arrow.ts";

testWith(
  ["read"],
  "the library imports its own files, Node's types, and packages for npz, jpeg, parquet and arrow",
  () => {
    const files = ["mod.ts", ...programs("src/"), ...programs("build/")];
    const all = files.flatMap((file) => importsIn(read(file)).map((found) => ({ file, ...found })));
    const foreign = all.filter(({ file, specifier, isType }) =>
      isRelative(specifier)
        ? !/^(mod\.ts$|src\/|build\/)/.test(target(file, specifier))
        : !(isType && specifier.startsWith("node:"))
    );
    assert.deepEqual(
      foreign.map(({ file, specifier }) => [file, specifier]).sort(),
      [
        [ARROW, "npm:@uwdata/flechette@2.5.0"],
        [ARROW, "npm:hyparquet-compressors@1.1.2"],
        [PARQUET, "npm:hyparquet-compressors@1.1.2"],
        [PARQUET, "npm:hyparquet@1.33.0"],
        [JPEG, "npm:@jsquash/jpeg@1.6.0/codec/dec/mozjpeg_dec.js"],
        ...NPZ.map((file) => [file, "npm:fflate@0.8.2"]),
      ],
    );
    assert.deepEqual(
      all.filter(({ specifier }) => /\/(jpeg|parquet|arrow)\.ts$/.test(specifier)),
      [],
    );
    const users = all.filter(({ specifier }) => /\/(npz|unpack)\.ts$/.test(specifier));
    assert.deepEqual(users.filter(({ file }) => !NPZ.includes(file)), []);
    assert.ok(all.length > 100, "the imports are found");
  },
);

/** The list: files and folders of `src/` from the bottom up. */
function listed(): string[] {
  const [_, list] = read("docs/architecture.md").match(/^```text\n(.*?)^```/ms)!;
  return Array.from(list!.matchAll(/^ {2}((?:\S+(?: |$))+)/gm), ([_, names]) => names!.trim())
    .flatMap((names) => names.split(" ")).map((name) => `src/${name}`);
}

/** The files of `src/` that a file takes values from. */
function valuesFrom(file: string): string[] {
  return importsIn(read(file)).filter(({ isType, specifier }) => !isType && isRelative(specifier))
    .map(({ specifier }) => target(file, specifier)).filter((path) => path.startsWith("src/"));
}

const sources = (): string[] => ["mod.ts", ...programs("src/")];

testWith(
  ["read"],
  "each file of the library takes values only from those above it in the list",
  () => {
    const order = [...listed(), "mod.ts"];
    const rank = (file: string) =>
      order.findIndex((entry) => entry.endsWith("/") ? file.startsWith(entry) : file === entry);
    const files = sources();
    assert.deepEqual(files.filter((file) => rank(file) < 0), [], "not in the list");
    assert.deepEqual(
      order.filter((entry) => !files.some((file) => file.startsWith(entry))),
      [],
      "in the list, but not there",
    );
    const upward = files.flatMap((file) =>
      valuesFrom(file).filter((other) => rank(other) > rank(file)).map((other) =>
        `${file}: ${other}`
      )
    );
    assert.deepEqual(upward, []);
  },
);

testWith(
  ["read"],
  "above its folder a device is known to the list of devices and to families of kernels only",
  () => {
    const above = sources().filter((file) =>
      !/^src\/(core|device|wasm|reference|webgpu)\//.test(file)
    );
    const folders = /^src\/(wasm|reference|webgpu)\//;
    const users = above.filter((file) => valuesFrom(file).some((other) => folders.test(other)));
    const [lists, families] = [/^src\/devices\.ts$/, /^src\/families\//];
    const others = users.filter((file) => !lists.test(file) && !families.test(file));
    assert.deepEqual(others, ["mod.ts"]); // the threads and builds of the CPU
    const words = above.filter((file) => ![...users, JPEG].includes(file)).flatMap((file) => {
      const code = read(file).replace(/\/\*[^]*?\*\/|\/\/.*|"[^"\n]*"|`[^`]*`/g, "");
      return Array.from(
        code.matchAll(/\b\w*(?:ptr(?!ansform)|address|wasm|thread)\w*\b/gi),
        ([word]) => [file, word],
      );
    });
    assert.deepEqual(words, []);
  },
);

testWith(["read"], "no file of the library imports itself by a detour", () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), [...path, file].join(" → "));
    if (done.has(file)) return;
    for (const other of valuesFrom(file)) visit(other, [...path, file]);
    done.add(file);
  };
  for (const file of sources()) visit(file, []);
  assert.ok(done.has("src/wasm/memory.ts"));
});

/** What a program beside the library may import, besides files of its own folder and Node's modules. */
interface Wall {
  /** Where its packages and names are. */
  config: string;
  /** The public names of other products, besides the library's. */
  names: string[];
}

/**
 * `bench/lab/` and `tools/` are not among them: they take parts of the library and of the build by
 * themselves. Nor are the tests.
 */
const WALLS: Record<string, Wall> = {
  "cli/": { config: "cli/deno.json", names: ["@glim/web"] },
  "web/": { config: "web/deno.json", names: ["@glim/cli/task"] },
  "docs/site/": { config: "docs/site/deno.json", names: [] },
  "experiments/": { config: "cli/deno.json", names: ["@glim/cli", "@glim/web"] },
  "bench/": { config: "tests/deno.json", names: ["@glim/cli/task"] },
  "examples/": { config: "deno.json", names: ["npm:@huggingface/tokenizers@0.2.0"] },
};

/** The library's entry points, by the names that a program imports. */
const ENTRIES = Object.keys(library.exports).map((entry) => library.name + entry.slice(1));

/** What runs in a page, where there is no Node. */
const IN_PAGE = /^(web\/(page|shared|worker)|docs\/site\/theme)\//;

/** The packages of a product. */
function packagesOf(config: string): string[] {
  const { imports = {} } = JSON.parse(read(config)) as { imports?: Record<string, string> };
  return Object.keys(imports).filter((name) => imports[name]!.startsWith("npm:"));
}

for (const [folder, { config, names }] of Object.entries(WALLS)) {
  const what = ["its own files, the library's public names", ...names].join(", ");
  testWith(["read"], `${folder} imports ${what}, its packages, and Node's modules`, () => {
    const files = programs(folder).filter((file) => !file.startsWith("bench/lab/"));
    const packages = packagesOf(config);
    const isAllowed = (file: string, specifier: string): boolean =>
      isRelative(specifier)
        ? target(file, specifier).startsWith(folder)
        : specifier.startsWith("node:") && !IN_PAGE.test(file) ||
          [...ENTRIES, ...names].includes(specifier) ||
          packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
    const all = files.flatMap((file) =>
      importsIn(read(file)).map(({ specifier }) => ({ file, specifier }))
    );
    const foreign = all.filter(({ file, specifier }) => !isAllowed(file, specifier));
    assert.deepEqual(foreign.map(({ file, specifier }) => `${file}: ${specifier}`), []);
    assert.ok(all.some(({ specifier }) => specifier === "@glim/glim"), "the imports are found");
  });
}

Deno.test("each form of import is found, and whether it is one of types", () => {
  const found = importsIn(`
import a from "a";
import { b,
  c } from "b";
import type { D } from "node:d";
import { type E, type F } from "./types.ts";
import { type G, h } from "./both.ts";
export * as e from "./e.ts";
import "f";
const g = await import("g");
const place = import.meta.resolve("h/package.json");
/** import x from "comment"; */
 * import x from "comment";
`);
  assert.deepEqual(found.map(({ specifier, isType }) => specifier + (isType ? " type" : "")), [
    "a",
    "b",
    "node:d type",
    "./types.ts type",
    "./both.ts",
    "./e.ts",
    "f",
    "g",
    "h/package.json",
  ]);
});

/** Comments and strings. */
const NO_CODE = /\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

testWith(["read"], "only the devices' folders know of addresses, WebAssembly and threads", () => {
  const folders = "tensor autograd scope ops nn optim lr_scheduler data io train".split(" ");
  const files = folders.flatMap((folder) => programs(`src/${folder}/`))
    .filter((file) => file !== JPEG); // whose package is WebAssembly
  const found = files.flatMap((file) => {
    const code = read(file).replace(NO_CODE, "");
    const names = code.match(/\b\w*(?:ptr(?!ansform)|address|wasm|thread)\w*/gi) ?? [];
    return names.map((name) => `${file}: ${name}`);
  });
  assert.ok(files.length > 100);
  assert.deepEqual(found, []);
});

testWith(["read"], "addresses are made by what checks buffers, and by what takes blocks", () => {
  const makers = programs("src/").filter((file) => /\bblockAt\(|as Address\b/.test(read(file)));
  assert.deepEqual(makers.sort(), ["src/wasm/address.ts", "src/wasm/scratch.ts"]);
});
