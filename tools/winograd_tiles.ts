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

/** Which of two neighbouring vectors, as what its names end in. */
type Half = "" | "b";

/** The name of a half of a value; constants are the same for both. */
const of = (name: Name, half: Half): Name => name.startsWith("k") ? name : name + half;

/** An address's offset to a half, where it is not at the address itself. */
const offset = (half: Half): string => half === "" ? "" : ", 16";

/** The kinds of tiles: rows and columns of their outputs. */
const TILES = [[4, 4], [3, 3], [6, 3]] as const;

/** Writes the operations of one function: on one vector, or on each of two neighbouring ones in turn. */
class Writer implements Write {
  readonly lines: string[] = [];
  readonly #constants = new Map<number, Name>();
  readonly #halves: readonly Half[];
  #count = 0;

  constructor(pairs: boolean) {
    this.#halves = pairs ? ["", "b"] : [""];
  }

  /** `const NAME = code`, added to the statement before if that is such a one, too. */
  let(code: (half: Half) => string): Name {
    const name = `t${this.#count++}`;
    for (const half of this.#halves) {
      const last = this.lines.at(-1);
      const made = `${name}${half} = ${code(half)}`;
      const both = `${last?.slice(0, -1)}, ${made};`;
      if (last?.startsWith("    const ") && both.length <= 100) {
        this.lines[this.lines.length - 1] = both;
      } else this.lines.push(`    const ${made};`);
    }
    return name;
  }

  /** A statement for each half. */
  each(code: (half: Half) => string): void {
    this.lines.push(...this.#halves.map((half) => `    ${code(half)}`));
  }

  /** Stores each half, the second first, so that one store of 256 bits is all that V8 leaves of them. */
  store(at: string, value: Name): void {
    const stores = this.#halves.map((half) =>
      `    v128.store(${at}, ${of(value, half)}${offset(half)});`
    );
    this.lines.push(...stores.reverse());
  }

  add(a: Name, b: Name): Name {
    return this.let((half) => `f32x4.add(${of(a, half)}, ${of(b, half)})`);
  }

  sub(a: Name, b: Name): Name {
    return this.let((half) => `f32x4.sub(${of(a, half)}, ${of(b, half)})`);
  }

  mul(a: Name, b: Name): Name {
    return this.let((half) => `f32x4.mul(${of(a, half)}, ${of(b, half)})`);
  }

  fma(a: Name, b: Name, c: Name): Name {
    return this.let((half) => `fma(${of(a, half)}, ${of(b, half)}, ${of(c, half)})`);
  }

  fnma(a: Name, b: Name, c: Name): Name {
    return this.let((half) => `fnma(${of(a, half)}, ${of(b, half)}, ${of(c, half)})`);
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
  /** Whether there are always eight channels, so that neighbours can be computed in pairs. */
  pairs: boolean;
  /** The head of the loop over channels, which moves `step` bytes on. */
  start?: (w: Writer, step: number) => void;
  load?: (at: string) => string;
  /** What is stored at an address, of a value. */
  stored?: (w: Writer, at: string, value: Name) => Name;
}

/** The maps, in the order of the file. */
const MAPS: readonly TileMap[] = [
  { name: "inputTile", doc: "V = Bᵀ d B: pixels to planes.", line: "input", pairs: true },
  {
    name: "outputGradTile",
    doc: "dM = A dy Aᵀ: pixels to planes.",
    line: "outputGrad",
    pairs: true,
  },
  {
    name: "outputTile",
    doc: "y = Aᵀ M A + bias: planes to pixels. bias: n numbers, or 0.",
    line: "output",
    more: "bias: usize",
    pairs: true,
    start: (w, step) => {
      w.each((half) => `let start${half} = zeros();`);
      w.lines.push("    if (bias) {");
      w.each((half) => `start${half} = v128.load(bias${offset(half)});`);
      w.lines.push(`    bias += ${step};`, "    }");
    },
    stored: (w, _at, value) => w.add(value, "start"),
  },
  {
    name: "inputGradTile",
    doc: "dx += B dV Bᵀ: planes to pixels.",
    line: "inputGrad",
    pairs: true,
    stored: (w, at, value) =>
      w.let((half) => `f32x4.add(v128.load(${at}${offset(half)}), ${of(value, half)})`),
  },
  { name: "weightTile", doc: "U = G g Gᵀ: taps to planes.", line: "weight", pairs: false },
  {
    name: "weightTileOf4",
    doc: "The same of n times four numbers that lie `apart` bytes from each other in the taps.",
    line: "weight",
    pairs: false,
    more: "apart: usize",
    load: (at) => `gather(${at}, apart)`,
  },
  { name: "weightGradTile", doc: "dg = Gᵀ dU G: planes to taps.", line: "weightGrad", pairs: true },
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
function tileFunction(map: TileMap, th: 3 | 4 | 6, tw: 3 | 4, wide: boolean): string {
  const [r, c] = [LINES[th], LINES[tw]];
  const pairs = wide && map.pairs;
  const step = pairs ? 32 : 16;
  const [rows] = sizes(r, map.line);
  const [cols] = sizes(c, map.line);
  const w = new Writer(pairs);
  map.start?.(w, step);
  const columns: Name[][] = [];
  for (let j = 0; j < cols; j++) {
    const column = Array.from({ length: rows }, (_, i) => {
      const at = `p${times(i, "fr")}`;
      return w.let((half) => map.load?.(at) ?? `v128.load(${at}${offset(half)})`);
    });
    columns.push(r[map.line](w, column));
    w.lines.push(j < cols - 1 ? "    p += fc;" : `    from += ${step};`);
  }
  columns[0]!.forEach((_, i) => {
    const row = c[map.line](w, columns.map((column) => column[i]!));
    w.lines.push(`    q = to${times(i, "tr")};`);
    row.forEach((value, j) => {
      if (j > 0) w.lines.push("    q += tc;");
      const stored = map.stored?.(w, "q", value) ?? value;
      w.store("q", stored);
    });
  });
  const more = map.more === undefined ? "" : `, ${map.more}`;
  return `function ${map.name}${th}${tw}(
  ${PARAMETERS}${more},
): void {
  const zero = n >> 31;
${w.constants().join("\n")}
  for (; n > 0; n -= ${step / 4}) {
    let p = from, q = to;
${w.lines.join("\n")}
    to += ${step};
  }
}
`;
}

/** A map of all kinds: the exported function that tells them apart, and theirs. */
function mapFunctions(map: TileMap, wide: boolean): string {
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

${TILES.map(([th, tw]) => tileFunction(map, th, tw, wide)).join("\n")}`;
}

/** All functions; wide: those of the build in which the engine joins neighbouring vectors. */
export function winogradTiles(wide: boolean): string {
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

${MAPS.map((map) => mapFunctions(map, wide)).join("\n")}`;
}
