/**
 * `deno task bench`: checks results, then measures how fast they come.
 *
 * @module
 */
import { mnistPackageFolder, print } from "@glim/cli/task";
import { data, DataError } from "@glim/glim";
import { changes, slower, told } from "./compare.ts";
import { BUILD_NAMES, buildProgram, Contender, peerProgram, PEERS } from "./contenders.ts";
import { type Figure, readRun, type Run } from "./figures.ts";
import { benchGpu } from "./gpu/main.ts";
import { FULL, QUICK } from "./measure.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import type { Row } from "./rows.ts";
import { RowError, runRows } from "./run.ts";
import { tables } from "./tables.ts";

/** In the order of columns. */
const CONTENDERS = [...BUILD_NAMES, ...Object.values(PEERS)];

const machine: Run["machine"] = {
  processor: processor(),
  cores: navigator.hardwareConcurrency,
  deno: Deno.version.deno,
};

/** Its name, where the system tells it. */
function processor(): string {
  try {
    const text = Deno.readTextFileSync("/proc/cpuinfo");
    return /^model name\s*: (.*)$/m.exec(text)?.[1] ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}

/** Where MNIST is; what needs it is left out where it is nowhere. */
function mnistFolder(): string {
  try {
    return data.readMnist({ fallback: mnistPackageFolder() }).dir;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return "data";
  }
}

/** Measures what was asked for, adding to the figures; returns whether all results were right. */
async function run(options: Options, folder: string, figures: Figure[]): Promise<boolean> {
  const { builds, peers, threads, only, python } = options;
  await using stack = new AsyncDisposableStack();
  const start = (program: ConstructorParameters<typeof Contender>[0]) =>
    stack.use(new Contender(program));
  const field = {
    builds: builds.map((name) => start(buildProgram(name, threads, folder, only))),
    peers: peers.flatMap((peer) =>
      threads.map((count) => start(peerProgram(peer, count, folder, python)))
    ),
    threads,
    pace: options.quick ? QUICK : FULL,
    remark: (text: string) => {
      showProgress(null);
      console.error(text);
    },
    progress: showProgress,
  };
  try {
    for await (const some of runRows(field)) figures.push(...some);
    return true;
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    field.remark(error.message);
    return false;
  } finally {
    showProgress(null);
  }
}

/** On a terminal, the row that is being measured. */
function showProgress(row: Row | null): void {
  if (!Deno.stderr.isTerminal()) return;
  const text = row === null ? "" : `${row.workload} ${row.title}`.slice(0, 70) + " …";
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}

/** The figures of another run on this machine. */
function readOld(path: string): Run {
  const old = readRun(path);
  if (old.machine.processor !== machine.processor || old.machine.cores !== machine.cores) {
    const other = `${old.machine.cores} × ${old.machine.processor}`;
    const here = `${machine.cores} × ${machine.processor}`;
    throw new Error(
      `--compare: figures of this machine, ${here}, are needed: they are of ${other}`,
    );
  }
  return old;
}

/** Between these a document keeps its figures. */
const MARKS = /(?<=<!-- figures -->\n).*?(?=<!-- \/figures -->)/s;

/** Writes the tables to a file of their own, or between the marks of a document. */
function writeTables(path: string, text: string, date: string): void {
  const { cores, processor, deno } = machine;
  const where = `${date.slice(0, 10)}, ${cores} cores of ${processor}, Deno ${deno}.`;
  const own = `\n${where}\n\n${text}\n\n`;
  let before = "";
  try {
    before = Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.writeTextFileSync(
    path,
    MARKS.test(before) ? before.replace(MARKS, () => own) : own.trim() + "\n",
  );
}

/** Keeps the figures where the options say. */
function write({ json, markdown }: Options, figures: Figure[], date: string): void {
  if (json !== null) {
    const lines = figures.map((figure) => `    ${JSON.stringify(figure)}`).join(",\n");
    const head = JSON.stringify({ machine, date }).slice(1, -1);
    Deno.writeTextFileSync(json, `{${head},\n  "figures": [\n${lines}\n  ]\n}\n`);
  }
  if (markdown !== null) writeTables(markdown, tables(figures, CONTENDERS), date);
}

/** The whole command. Returns its exit code. */
async function bench(options: Options, old: Run | null): Promise<number> {
  const folder = mnistFolder();
  const date = new Date().toISOString();
  const figures: Figure[] = [];
  // all rows with all libraries take half an hour: what was measured is not lost
  const stop = (): never => {
    showProgress(null);
    console.log(tables(figures, CONTENDERS));
    console.error("stopped: these rows were measured");
    write(options, figures, date);
    Deno.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  let isRight = await run(options, folder, figures);
  let code = isRight ? 0 : 1;
  if (old !== null) {
    const { threshold } = options;
    const compared = () => changes(old, { machine, date, figures }, BUILD_NAMES);
    const slow = slower(compared(), threshold);
    if (slow.length > 0 && isRight) {
      const only = [...new Set(slow.map(({ now }) => now.workload))];
      isRight = await run({ ...options, only, peers: [] }, folder, figures);
    }
    const all = compared();
    if (!isRight || slower(all, threshold).length > 0) code = 1;
    console.log(tables(figures, CONTENDERS), "\n");
    for (const line of told(all, threshold)) console.log(line);
  } else if (figures.length > 0) {
    console.log(tables(figures, CONTENDERS));
  }
  write(options, figures, date);
  return code;
}

if (Deno.args.some((arg) => /^--device(=|$)/.test(arg))) Deno.exit(await benchGpu(Deno.args));

let options: Options;
let old: Run | null;
try {
  options = readOptions(Deno.args);
  old = options.compare === null ? null : readOld(options.compare);
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  Deno.exit(2);
}
if (options.help) print(HELP);
else Deno.exit(await bench(options, old));
