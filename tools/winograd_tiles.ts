/**
 * The source of `assembly/conv/winograd_tiles.ts`, which is no file: the maps of `winograd_lines.ts` in two
 * dimensions, for each kind of tile, as straight lines of code. The build hands it to the compiler.
 *
 * What comes between the two directions, up to 48 vectors, so lives in locals, which the engine
 * keeps on its stack without checking bounds. That is a third faster than a loop over lines in
 * memory, and nothing that one would write by hand.
 *
 * @module
 */
import { LINES, type Lines, type Name, type Write } from "./winograd_lines.ts";

/** The kinds of tiles: rows and columns of their outputs. */
const TILES = [[4, 4], [3, 3], [6, 3]] as const;

/** Writes the operations of one function. */
class Writer implements Write {
  readonly lines: string[] = [];
  readonly #constants = new Map<number, Name>();
  #count = 0;

  /** `const NAME = code`, added to the statement before if that is such a one, too. */
  let(code: string): Name {
    const name = `t${this.#count++}`;
    const last = this.lines.at(-1);
    const both = `${last?.slice(0, -1)}, ${name} = ${code};`;
    if (last?.startsWith("    const ") && both.length <= 100) {
      this.lines[this.lines.length - 1] = both;
    } else this.lines.push(`    const ${name} = ${code};`);
    return name;
  }

  add(a: Name, b: Name): Name {
    return this.let(`f32x4.add(${a}, ${b})`);
  }

  sub(a: Name, b: Name): Name {
    return this.let(`f32x4.sub(${a}, ${b})`);
  }

  mul(a: Name, b: Name): Name {
    return this.let(`f32x4.mul(${a}, ${b})`);
  }

  fma(a: Name, b: Name, c: Name): Name {
    return this.let(`fma(${a}, ${b}, ${c})`);
  }

  fnma(a: Name, b: Name, c: Name): Name {
    return this.let(`fnma(${a}, ${b}, ${c})`);
  }

  k(value: number): Name {
    const name = this.#constants.get(value) ?? `k${this.#constants.size}`;
    this.#constants.set(value, name);
    return name;
  }

  /** The constants' lines, which stand before the loop. */
  constants(): string[] {
    return [...this.#constants].map(([value, name]) =>
      `  const ${name} = hoisted(${value}, zero);`
    );
  }
}

/** A map in two dimensions, as a function of the module. */
interface TileMap {
  name: string;
  /** What its doc comment says, besides where its arguments lie. */
  doc: string;
  line: keyof Omit<Lines, "outputs">;
  /** Parameters beside the usual ones. */
  more?: string;
  /** The head of the loop over channels. */
  start?: string;
  load?: (at: string) => string;
  store?: (at: string, value: Name) => string;
}

/** The maps, in the order of the file. */
const MAPS: readonly TileMap[] = [
  { name: "inputTile", doc: "V = Bᵀ d B: pixels to planes.", line: "input" },
  { name: "outputGradTile", doc: "dM = A dy Aᵀ: pixels to planes.", line: "outputGrad" },
  {
    name: "outputTile",
    doc: "y = Aᵀ M A + bias: planes to pixels. bias: n numbers, or 0.",
    line: "output",
    more: "bias: usize",
    start: "const start = bias ? v128.load(bias) : zeros();\n    if (bias) bias += 16;",
    store: (at, value) => `v128.store(${at}, f32x4.add(${value}, start));`,
  },
  {
    name: "inputGradTile",
    doc: "dx += B dV Bᵀ: planes to pixels.",
    line: "inputGrad",
    store: (at, value) => `v128.store(${at}, f32x4.add(v128.load(${at}), ${value}));`,
  },
  { name: "weightTile", doc: "U = G g Gᵀ: taps to planes.", line: "weight" },
  {
    name: "weightTileOf4",
    doc: "The same of n times four numbers that lie `apart` bytes from each other in the taps.",
    line: "weight",
    more: "apart: usize",
    load: (at) => `gather(${at}, apart)`,
  },
  { name: "weightGradTile", doc: "dg = Gᵀ dU G: planes to taps.", line: "weightGrad" },
];

/** What a map reads and writes along one line. */
function sizes(lines: Lines, line: TileMap["line"]): [from: number, to: number] {
  const [m, n] = [lines.outputs, lines.outputs + 2];
  const both: Record<TileMap["line"], [number, number]> = {
    input: [n, n],
    outputGrad: [m, n],
    output: [n, m],
    inputGrad: [n, n],
    weight: [3, n],
    weightGrad: [n, 3],
  };
  return both[line];
}

const PARAMETERS = "from: usize, fr: usize, fc: usize, to: usize, tr: usize, tc: usize, n: i32";

/** i times a step. */
function times(i: number, step: string): string {
  return i === 0 ? "" : i === 1 ? ` + ${step}` : ` + ${i} * ${step}`;
}

/** One map of one kind of tile. */
function tileFunction(map: TileMap, th: 3 | 4 | 6, tw: 3 | 4): string {
  const [r, c] = [LINES[th], LINES[tw]];
  const load = map.load ?? ((at) => `v128.load(${at})`);
  const store = map.store ?? ((at, value) => `v128.store(${at}, ${value});`);
  const [rows] = sizes(r, map.line);
  const [cols] = sizes(c, map.line);
  const w = new Writer();
  const columns: Name[][] = [];
  for (let j = 0; j < cols; j++) {
    const column = Array.from({ length: rows }, (_, i) => w.let(load(`p${times(i, "fr")}`)));
    columns.push(r[map.line](w, column));
    w.lines.push(j < cols - 1 ? "    p += fc;" : "    from += 16;");
  }
  columns[0]!.forEach((_, i) => {
    const row = c[map.line](w, columns.map((column) => column[i]!));
    w.lines.push(`    q = to${times(i, "tr")};`);
    row.forEach((value, j) => {
      if (j > 0) w.lines.push("    q += tc;");
      w.lines.push(`    ${store("q", value)}`);
    });
  });
  const more = map.more === undefined ? "" : `, ${map.more}`;
  return `function ${map.name}${th}${tw}(
  ${PARAMETERS}${more},
): void {
  const zero = n >> 31;
${w.constants().join("\n")}
  for (; n > 0; n -= 4) {
    let p = from, q = to;${map.start === undefined ? "" : `\n    ${map.start}`}
${w.lines.join("\n")}
    to += 16;
  }
}
`;
}

/** A map of all kinds: the exported function that tells them apart, and theirs. */
function mapFunctions(map: TileMap): string {
  const extra = map.more === undefined ? "" : `, ${map.more.split(":")[0]}`;
  const calls = TILES.map(([th, tw], i) => {
    const test = i === TILES.length - 1 ? "" : `if (th == ${th}) `;
    return `  ${
      i > 0 ? "else " : ""
    }${test}${map.name}${th}${tw}(from, fr, fc, to, tr, tc, n${extra});`;
  });
  return `/** ${map.doc} */
export function ${map.name}(
  th: i32, ${PARAMETERS}${map.more === undefined ? "" : `,\n  ${map.more}`},
): void {
${calls.join("\n")}
}

${TILES.map(([th, tw]) => tileFunction(map, th, tw)).join("\n")}`;
}

/** All functions. */
export function winogradTiles(): string {
  return `// Winograd's maps in two dimensions, for one tile and n channels, four at a time. th: the rows of its
// outputs, 3, 4 or 6 of as many columns, but 3 for 6. Element (i, j) is read at from + i fr + j fc
// and written to to + i tr + j tc, for channels 4, 8, 12 … 16 bytes further.

import { fma, fnma, hoisted, zeros } from "../simd";

/** Four numbers, \`step\` bytes apart. */
// @ts-ignore: decorator
@inline
function gather(p: usize, step: usize): v128 {
  let v = v128.load32_zero(p);
  v = v128.load_lane<f32>(p + step, v, 1);
  v = v128.load_lane<f32>(p + 2 * step, v, 2);
  return v128.load_lane<f32>(p + 3 * step, v, 3);
}

${MAPS.map(mapFunctions).join("\n")}`;
}
