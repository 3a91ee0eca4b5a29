/**
 * Parquet files as tables. An entry point of its own, as it needs packages, `npm:hyparquet` and
 * `npm:hyparquet-compressors`, and the rest of Glim needs none. `data.parquet` loads it where it is
 * used.
 *
 * @example
 * ```ts ignore
 * import { parquet } from "@glim/glim/parquet";
 * const set = await parquet("houses.parquet", { target: "price" });
 * ```
 *
 * @module
 */
import { parquetReadObjects } from "npm:hyparquet@1.33.0";
import { compressors } from "npm:hyparquet-compressors@1.1.2";
import type { Source } from "../source.ts";
import { tableOfRows } from "./columnar.ts";
import type { Table, TableOptions } from "./table.ts";

/** What of an engine tells of promises that nobody waits for. */
interface Engine {
  addEventListener?(type: string, listener: (event: { preventDefault(): void }) => void): void;
  removeEventListener?(type: string, listener: (event: { preventDefault(): void }) => void): void;
  setTimeout(resolve: () => void): unknown;
}

/**
 * A table out of a Parquet file, packed in any of its ways. What a row has not is missing; see
 * {@link csv} for the rest.
 *
 * DataError where the file cannot be read, is damaged, or is something else.
 */
export function parquet(source: Source, options: TableOptions = {}): Promise<Table> {
  return tableOfRows("parquet", "Parquet", rowsIn, source, options, arguments.length);
}

async function rowsIn(bytes: Uint8Array): Promise<Readonly<Record<string, unknown>>[]> {
  const file = Uint8Array.from(bytes).buffer;
  const engine = globalThis as unknown as Engine;
  // where one column is damaged the package leaves the promises of others to nobody
  const ignore = (event: { preventDefault(): void }) => event.preventDefault();
  engine.addEventListener?.("unhandledrejection", ignore);
  try {
    return await parquetReadObjects({ file, compressors });
  } finally {
    await new Promise<void>((resolve) => engine.setTimeout(resolve));
    engine.removeEventListener?.("unhandledrejection", ignore);
  }
}
