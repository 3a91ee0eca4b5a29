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
 * | `abi.ts` | how the kernels are called: types, launches, codes of operations |
 * | `kernels.ts` | the fast build, packed, and what unpacks it, as base64: importing it needs no permission and no path |
 * | `wide.ts` | the wide build and the race, likewise; bundles for engines without can leave it out |
 * | `loader.js`, `loader.d.ts` | `@assemblyscript/loader`, so that the library has no package to resolve |
 * | `loader.LICENSE` | its license |
 *
 * @module
 */
import { createHash } from "node:crypto";
import asc from "assemblyscript/asc";
import lzma from "lzma";
import { toStrict } from "../src/wasm/strict.ts";
import { abi } from "./abi.ts";
import { dotTiles } from "./dot_tiles.ts";
import { gemmTiles } from "./gemm_tiles.ts";
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
  /** The file that it begins with. Default: all kernels. */
  entry?: string;
}

/** What is compiled, by what `build/kernels.ts` and `build/wide.ts` call it. */
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
  { relaxed, wide, entry = "assembly/index.ts" }: Omit<Build, "file">,
  source: string = entry,
): Promise<Compiled> {
  const features = relaxed ? ["--enable", "relaxed-simd"] : [];
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  let bindings = "";
  const sources = new Set<string>(); // asc reads some more than once
  const { error, stderr } = await asc.main(
    [entry, "--outFile", "out.wasm", "--bindings", "raw", ...OPTIONS.split(" "), ...features],
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
  return { wasm, bindings, sources: [...sources] };
}

/** The strict build's file. */
const STRICT = "kernels.strict.wasm";

/**
 * A module of builds, each packed by LZMA, as base64: a fourth smaller than gzip files, and the same
 * bytes on every machine. What unpacks the others is not packed.
 */
function embed(
  modules: Record<string, Uint8Array>,
  names: readonly (keyof typeof BUILDS)[],
): string {
  const texts = names.map((name) => {
    const { file } = BUILDS[name];
    const isPacked = name !== "unpack";
    const bytes = isPacked ? Uint8Array.from(lzma.compress(modules[file]!, 9)) : modules[file]!;
    const how = isPacked ? "packed by LZMA, as base64" : "as base64";
    return `/** \`build/${file}\`, ${how}. */\nexport const ${name}: string =\n  "${bytes.toBase64()}";\n`;
  });
  return `// Generated by \`deno task build\` from assembly/: do not edit.\n\n${texts.join("\n")}`;
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

/** Everything in `build/`, by file name. */
async function outputs(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  const texts = await loader();
  for (const build of Object.values(BUILDS)) {
    const { wasm, bindings, sources } = await compile(build);
    files[build.file] = wasm;
    if (build === BUILDS.fast) texts["abi.ts"] = abi(bindings, sources);
  }
  files[STRICT] = toStrict(files[BUILDS.fast.file]!);
  texts["kernels.ts"] = embed(files, ["unpack", "fast"]) + hashOf(files);
  texts["wide.ts"] = embed(files, ["wide", "race"]);
  for (const [name, text] of Object.entries(texts)) files[name] = new TextEncoder().encode(text);
  return files;
}

if (import.meta.main) {
  const out = new URL("build/", root);
  const check = Deno.args.includes("--check"); // compares instead of writing
  await Deno.mkdir(out, { recursive: true });
  const made = await outputs().catch((error: Error) => {
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
