/**
 * Other libraries' figures, from files with a line of JSON for each.
 *
 * @module
 */

/** What is read of a line. */
export interface PeerLine {
  /** The library. */
  peer: string;
  /** The workload. */
  workload: string;
  /** What tells it from the workload's others; `threads` among them. */
  params: Record<string, number | string>;
  /** The best; null where the library cannot do it. */
  value: number | null;
  /** Half of the repeats were worse. */
  median?: number;
  /** Of both. */
  unit: string;
}

/** A column of the table. */
export interface PeerColumn {
  /** The library. */
  peer: string;
  /** On how many threads. */
  threads: number;
}

/** What lines of the same work have in common. */
export function keyOf(workload: string, params: PeerLine["params"]): string {
  const { threads: _threads, steps: _steps, ...own } = params;
  return JSON.stringify([workload, Object.entries(own).sort(([a], [b]) => a < b ? -1 : 1)]);
}

/** The figures of all files; of several for the same work the best. */
export class Peers {
  readonly #lines = new Map<string, PeerLine>();
  readonly #columns = new Map<string, PeerColumn>();

  /** Reads files. Throws an Error that names file and line where one is not JSON. */
  constructor(paths: readonly string[]) {
    for (const path of paths) {
      const lines = Deno.readTextFileSync(path).split("\n");
      for (const [i, text] of lines.entries()) {
        if (text.trim() !== "") this.#add(parse(text, `${path}:${i + 1}`));
      }
    }
  }

  /** Libraries and thread counts that there are lines of, for some thread counts. */
  columns(threads: readonly number[]): PeerColumn[] {
    return [...this.#columns.values()].filter((column) => threads.includes(column.threads));
  }

  /** The line of some work in a column. */
  find(key: string, { peer, threads }: PeerColumn): PeerLine | undefined {
    return this.#lines.get(`${key} ${peer} ${threads}`);
  }

  #add(line: PeerLine): void {
    const threads = Number(line.params.threads ?? 1);
    const key = `${keyOf(line.workload, line.params)} ${line.peer} ${threads}`;
    const old = this.#lines.get(key);
    if (old === undefined || isBetter(line, old)) this.#lines.set(key, line);
    this.#columns.set(`${line.peer} ${threads}`, { peer: line.peer, threads });
  }
}

function isBetter(line: PeerLine, old: PeerLine): boolean {
  if (line.value === null || old.value === null) return old.value === null;
  return line.unit === "us" || line.unit === "ms" ? line.value < old.value : line.value > old.value;
}

function parse(text: string, where: string): PeerLine {
  let line: PeerLine;
  try {
    line = JSON.parse(text);
  } catch (cause) {
    throw new Error(`peers: ${where} is not JSON`, { cause });
  }
  if (typeof line.peer !== "string" || typeof line.workload !== "string" || !line.params) {
    throw new Error(`peers: ${where} needs peer, workload and params: it is ${text.slice(0, 80)}`);
  }
  return line;
}
