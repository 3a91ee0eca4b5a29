/** Plans for products that a software GPU would not make. */
import type { Tile } from "../../src/webgpu/tiled.ts";
import { forced, type Plan } from "../../src/webgpu/tiles.ts";

/** Tiles that are compiled fast: a long way through LLVM is none of a test's business. */
export const SMALL_TILES: readonly Tile[] = [
  { rows: 32, cols: 32, eachRows: 4, eachCols: 4, depth: 16, unrolled: 2, speed: 1 },
  { rows: 64, cols: 32, eachRows: 8, eachCols: 4, depth: 8, unrolled: 1, speed: 1 },
];

/** Runs a check with one plan for all products. */
export async function planned(plan: Plan, check: () => Promise<void>): Promise<void> {
  forced.plan = plan;
  try {
    await check();
  } finally {
    forced.plan = null;
  }
}
