/**
 * Compiles `assembly/` to `build/`: the same bytes on every run.
 *
 * | file | what |
 * |---|---|
 * | `kernels.wasm` | fast build: relaxed SIMD (a fused multiply-add where the CPU has one) |
 * | `kernels.strict.wasm` | strict build: no relaxed instruction, same bits in every engine; made of the fast one |
 * | `kernels.wide.wasm` | wide build: the fast one's bits, in pairs of vectors, for engines that join them |
 * | `race.wasm` | a tile of each kind, to find out whether the engine joins vectors |
 * | `unpack.wasm` | what unpacks the others |
 * | `core.ts`, `convolution.ts` … | a file each of `assembly/families/`: how its kernels are called |
 * | `abi.ts` | what these files share, and the codes of operations |
 * | `kernels.ts` | the fast build's modules, packed, and what unpacks them, as base64: importing it needs no permission and no path; a bundle has those it uses |
 * | `wide.ts` | the wide build's modules and the race, packed; bundles for engines without can leave it out |
 * | `loader.js`, `loader.d.ts` | `@assemblyscript/loader`, so that the library has no package to resolve |
 * | `loader.LICENSE` | its license |
 *
 * @module
 */
import { createHash } from "node:crypto";
import asc from "assemblyscript/asc";
import lzma from "lzma";
import { toStrict } from "../src/wasm/strict.ts";
import { readArguments } from "./arguments.ts";
import { abi, type Bound, boundOf, familyFile } from "./abi.ts";
import { dotTiles } from "./dot_tiles.ts";
import { gemmTiles } from "./gemm_tiles.ts";
import { split, withFewLocals } from "./split.ts";
import { winogradTiles } from "./winograd_tiles.ts";

const root = new URL("..", import.meta.url);

/** asc's options for all builds. The optimiser stops at -O2: -O3 regroups unrolled multiply-adds
 * into serial chains, which spill and halve the matrix product. */
const OPTIONS = "-O2 --noAssert --runtime stub --importMemory --sharedMemory --initialMemory 1 " +
  "--maximumMemory 65536 --enable simd --enable threads";

/** A build: the name of its module's file, and what the compiler is told. */
export interface Build {
  file: string;
  /** Whether a multiply-add may be fused. */
  relaxed: boolean;
  /** Whether the engine joins neighbouring vectors into one of 256 bits. */
  wide: boolean;
  /** The file that it begins with. Default: all families of kernels. */
  entry?: string;
}

/** The families of kernels, the files of this folder. */
const FAMILIES = "assembly/families";

/** Their names, in the order of the alphabet. */
function familyNames(): string[] {
  const files = Deno.readDirSync(new URL(FAMILIES, root));
  return Array.from(files, ({ name }) => name.replace(".ts", "")).sort();
}

/** What is compiled. */
export const BUILDS: Readonly<Record<"fast" | "wide" | "race" | "unpack", Build>> = {
  fast: { file: "kernels.wasm", relaxed: true, wide: false },
  wide: { file: "kernels.wide.wasm", relaxed: true, wide: true },
  race: { file: "race.wasm", relaxed: true, wide: true, entry: "assembly/race.ts" },
  unpack: { file: "unpack.wasm", relaxed: false, wide: false, entry: "assembly/unpack.ts" },
};

/** Files of `assembly/` that the build writes. */
function written(name: string, wide: boolean): string | null {
  switch (name) {
    case "assembly/target.ts":
      return `/** Whether the engine joins neighbouring vectors into one of 256 bits. */
export const WIDE: bool = ${wide};
`;
    case "assembly/gemm/tiles.ts":
      return gemmTiles(wide);
    case "assembly/gemm/narrow_tiles.ts":
      return gemmTiles(false);
    case "assembly/gemm/wide_tiles.ts":
      return gemmTiles(true);
    case "assembly/gemm/dot_tiles.ts":
      return dotTiles(wide);
    case "assembly/conv/winograd_tiles.ts":
      return winogradTiles(wide);
    default:
      return null;
  }
}

/** What the compiler makes of an entry file. */
export interface Compiled {
  /** The module. */
  wasm: Uint8Array<ArrayBuffer>;
  /** Its functions' types (*.d.ts). */
  bindings: string;
  /** The texts that it was made of. */
  sources: string[];
}

/**
 * Compiles a build; throws the compiler's own words if it fails. `source` is the file that its entry
 * is read from.
 */
export async function compile(
  { relaxed, wide, entry }: Omit<Build, "file">,
  source: string | undefined = entry,
): Promise<Compiled> {
  const features = relaxed ? ["--enable", "relaxed-simd"] : [];
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  let bindings = "";
  const sources = new Set<string>(); // asc reads some more than once
  const entries = entry === undefined
    ? familyNames().map((name) => `${FAMILIES}/${name}.ts`)
    : [entry];
  const { error, stderr } = await asc.main(
    [...entries, "--outFile", "out.wasm", "--bindings", "raw", ...OPTIONS.split(" "), ...features],
    {
      readFile: (name: string, base: string) => {
        const made = written(name, wide);
        if (made !== null) return made;
        try {
          const file = new URL(`${base}/${name === entry ? source : name}`, root);
          const text = Deno.readTextFileSync(file);
          sources.add(text);
          return text;
        } catch {
          return null; // asc asks for several candidates of each import
        }
      },
      writeFile: (name: string, content: Uint8Array | string) => {
        if (typeof content !== "string") wasm = new Uint8Array(content);
        else if (name.endsWith(".d.ts")) bindings = content;
      },
      listFiles: () => [],
    },
  );
  if (error || !wasm) throw new Error(stderr.toString());
  return { wasm: withFewLocals(wasm), bindings, sources: [...sources] };
}

/** The strict build's file. */
const STRICT = "kernels.strict.wasm";

/** A module packed by LZMA, as base64: a fourth smaller than gzip files, the same bytes everywhere. */
function packed(module: Uint8Array): string {
  return Uint8Array.from(lzma.compress(module, 9)).toBase64();
}

const HEAD = "// Generated by `deno task build` from assembly/: do not edit.\n\n";

/**
 * `build/kernels.ts`. What unpacks the others is not packed. All stand in one file, since a page's text
 * is packed by a program that looks back no further than 32 KB: what lies between two parts of a text
 * keeps it from seeing that they are alike.
 */
function kernelsFile(
  modules: Record<string, Uint8Array>,
  parts: Record<string, Uint8Array>,
): string {
  const { file } = BUILDS.unpack;
  const rows = Object.entries(parts).map(([family, part]) =>
    `/** The module of ${family}, packed by LZMA, as base64. */
export const ${family}: string =
  "${packed(part)}";
`
  );
  return `${HEAD}/** \`build/${file}\`, as base64. */
export const unpack: string =
  "${modules[file]!.toBase64()}";

${rows.join("\n")}${hashOf(modules)}`;
}

/** `build/wide.ts`. */
function wideFile(parts: Record<string, Uint8Array>, race: Uint8Array): string {
  const rows = Object.entries(parts).map(([family, part]) =>
    `  ${family}:\n    "${packed(part)}",`
  );
  return `${HEAD}/** The wide build's modules, by family, packed by LZMA, as base64. */
export const wide: Readonly<Record<string, string>> = {
${rows.join("\n")}
};

/** \`build/${BUILDS.race.file}\`, likewise. */
export const race: string =
  "${packed(race)}";
`;
}

/** The kernels of each family that a build exports, in order: those with a range first. */
function familiesOf(bound: readonly Bound[]): Record<string, Bound[]> {
  return Object.fromEntries(
    familyNames().map((family) => {
      const text = Deno.readTextFileSync(new URL(`${FAMILIES}/${family}.ts`, root));
      const names = Array.from(
        text.matchAll(/^export \{([^}]*)\}/gm),
        ([_, names]) => names!.split(","),
      )
        .flat().map((name) => name.trim());
      return [family, bound.filter(({ name }) => names.includes(name))];
    }),
  );
}

/** What tells the kernels of one version from those of another; the wide build has the fast one's bits. */
function hashOf(modules: Record<string, Uint8Array>): string {
  const hash = createHash("sha256");
  for (const file of [BUILDS.fast.file, STRICT]) hash.update(modules[file]!.toBase64());
  return `
/** The first digits of SHA-256 over the fast and the strict build. */
export const hash: string = "${hash.digest("hex").slice(0, 8)}";
`;
}

/** What is used of the loader. The package's own types ask for libraries that a program may lack. */
const LOADER_TYPES = `/** Makes an instance of compiled code. */
export declare function instantiateSync(
  module: object,
  imports: Record<string, Record<string, unknown>>,
): { instance: { exports: unknown } };
`;

/** The loader package's one module and its license, with a line that says whose they are. */
async function loader(): Promise<Record<string, string>> {
  const read = (name: string, from = "@assemblyscript/loader") =>
    Deno.readTextFile(new URL(name, import.meta.resolve(from)));
  const { version, license } = JSON.parse(await read("package.json"));
  const note =
    `// @assemblyscript/loader ${version} (${license}, see loader.LICENSE), copied by \`deno task build\`.`;
  return {
    "loader.js": `${note}\n// @ts-self-types="./loader.d.ts"\n\n${await read("index.js")}`,
    "loader.d.ts": LOADER_TYPES,
    "loader.LICENSE": await read("../LICENSE", "assemblyscript"),
  };
}

/** Everything in `build/`, by file name; or what is there without the wide build. */
async function outputs(withWide: boolean): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  const texts = await loader();
  let families: Record<string, Bound[]> = {};
  const parts: Partial<Record<keyof typeof BUILDS, Record<string, Uint8Array>>> = {};
  for (const [name, build] of Object.entries(BUILDS)) {
    if (build.wide && !withWide) continue;
    const { wasm, bindings, sources } = await compile(build);
    files[build.file] = wasm;
    if (build === BUILDS.fast) {
      texts["abi.ts"] = abi(sources);
      families = familiesOf(boundOf(bindings));
    }
    if (build.entry !== undefined) continue;
    const names = Object.entries(families).map(([family, bound]) =>
      [family, bound.map(({ name }) => name)] as const
    );
    parts[name as keyof typeof BUILDS] = split(wasm, Object.fromEntries(names));
  }
  files[STRICT] = toStrict(files[BUILDS.fast.file]!);
  for (const [family, bound] of Object.entries(families)) {
    texts[`${family}.ts`] = familyFile(family, bound);
  }
  texts["kernels.ts"] = kernelsFile(files, parts.fast!);
  if (withWide) texts["wide.ts"] = wideFile(parts.wide!, files[BUILDS.race.file]!);
  for (const [name, text] of Object.entries(texts)) files[name] = new TextEncoder().encode(text);
  return files;
}

const HELP = `deno task build [options]

Compiles assembly/ to build/.

  --check      writes nothing: the exit code is 1 where build/ is not what assembly/ compiles to
  --no-wide    leaves the wide build out, which takes half the time
  -h, --help   this`;

if (import.meta.main) {
  const out = new URL("build/", root);
  const { values: { check, "no-wide": noWide } } = readArguments(HELP, {
    check: { type: "boolean", default: false },
    "no-wide": { type: "boolean", default: false },
  });
  await Deno.mkdir(out, { recursive: true });
  const made = await outputs(!noWide).catch((error: Error) => {
    console.error(error.message); // the compiler's own words
    return Deno.exit(1);
  });
  for (const [name, bytes] of Object.entries(made)) {
    const url = new URL(name, out);
    if (!check) {
      await Deno.writeFile(url, bytes);
      console.log(`build/${name}  ${bytes.length} bytes`);
    } else if ((await Deno.readFile(url)).toBase64() !== bytes.toBase64()) {
      console.error(`build/${name} is not what assembly/ compiles to: run \`deno task build\``);
      Deno.exit(1);
    }
  }
}
