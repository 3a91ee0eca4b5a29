/**
 * The mutation check: makes each fault of `faults.ts` in a copy of the repository, runs the tests of
 * its file and stops at the first that fails. A fault that no test sees has survived, and lacks one.
 *
 * ```sh
 * deno task mutants                 # all
 * deno task mutants --quick         # the few that run with all tests
 * deno task mutants --only=winograd # those whose file or description has the word
 * ```
 *
 * @module
 */
import { print } from "../../cli/print.ts";
import { copy } from "../repository_copy.ts";
import { type Fault, FAULTS } from "./faults.ts";
import { testsOf } from "./tests_of.ts";

const HELP = `deno task mutants [options]

Makes faults in a copy of the sources one by one, and tells which of them no test sees.

  --quick          the few that run with all tests (default: all, which takes long)
  --only=WORD      those whose file or description has the word
  -h, --help       this`;

const root = new URL("../..", import.meta.url).pathname;
const COPIED = [
  ...["assembly", "build", "cli", "data", "docs", "src", "tests", "tools"],
  ...["deno.json", "mod.ts", "README.md"],
];
const LIMIT = 300_000; // milliseconds for one test file: a fault may hang it

/** How tests are run: as `deno task test` runs them, except that types are not checked. */
const TEST = [
  "test",
  "-q",
  "--config=tests/deno.json",
  "--no-check",
  "--fail-fast",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-run",
];

/** A copy of the repository in which files may be changed. */
class Copy implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "glim_mutants_" });

  constructor() {
    for (const name of COPIED) copy(root + name, `${this.path}/${name}`);
  }

  /** Changes a file; the function that is returned puts it back. */
  change({ file, find, replace }: Fault): () => void {
    const path = `${this.path}/${file}`;
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, text.replace(find, () => replace));
    return () => Deno.writeTextFileSync(path, text);
  }

  /** Compiles `assembly/`; throws what the compiler says. */
  async build(): Promise<void> {
    const flags = ["--no-check", "--allow-read", "--allow-write=build", "--allow-env"];
    const run = ["run", "--config=tests/deno.json", ...flags, "tools/build.ts"];
    const { code, output } = await this.#deno(run);
    if (code !== 0) throw new Error(output);
  }

  /** Puts back the compiled kernels. */
  unbuild(): void {
    copy(`${root}build`, `${this.path}/build`);
  }

  /** Runs the tests of a file, all or those with a name; the name of what has failed, or null. */
  async test(file: string, name = ""): Promise<string | null> {
    const net = "--allow-net=127.0.0.1";
    const { code, output } = await this.#deno([...TEST, net, `--filter=${name}`, file]);
    if (code === 0) return null;
    return output.match(/^ FAILURES \n\n(.*?)(?: => .*)?$/m)?.[1] ?? `ended with ${code}`;
  }

  async #deno(args: string[]): Promise<{ code: number; output: string }> {
    const child = new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.path,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
    const { code, stdout, stderr } = await child.output();
    clearTimeout(timer);
    return {
      code,
      output: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join(""),
    };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Where a fault's text does not stand exactly once, the list is not true any more. */
export function misplaced(faults: readonly Fault[]): string[] {
  return faults.flatMap(({ file, find, what }) => {
    const times = Deno.readTextFileSync(root + file).split(find).length - 1;
    return times === 1
      ? []
      : [`${file}: ${what}: its text must stand there once: it does ${times} times`];
  });
}

/** The test files for a source file in the order in which they run: those with its name first. */
function testFilesOf(file: string): string[] {
  const stem = file.split("/").at(-1)!;
  const isNear = (path: string) => stem.startsWith(path.split("/").at(-1)!.replace("_test.ts", ""));
  const files = testsOf(file).flatMap((path) =>
    path.endsWith("/")
      ? Array.from(Deno.readDirSync(root + path), ({ name }) => path + name).sort()
      : [path]
  ).filter((path) => path.endsWith("_test.ts"));
  return [...new Set([...files.filter(isNear), ...files])];
}

/** The test that sees a fault. */
interface Seen {
  file: string;
  failed: string;
}

/** Runs a fault's tests until one sees it. */
async function check(copy: Copy, fault: Fault): Promise<Seen | null> {
  const restore = copy.change(fault);
  const isCompiled = fault.file.startsWith("assembly/");
  try {
    if (isCompiled) await copy.build();
    for (const file of testFilesOf(fault.file)) {
      const failed = await copy.test(file);
      if (failed !== null) return { file, failed };
    }
    return null;
  } finally {
    restore();
    if (isCompiled) copy.unbuild();
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    print(HELP);
    return 0;
  }
  const unknown = args.find((arg) => arg !== "--quick" && !arg.startsWith("--only="));
  if (unknown !== undefined) {
    console.error(`error: there is no ${unknown}: see deno task mutants --help`);
    return 2;
  }
  const only = args.find((arg) => arg.startsWith("--only="))?.slice(7) ?? "";
  const faults = FAULTS.filter((fault) =>
    (!args.includes("--quick") || fault.quick) && `${fault.file} ${fault.what}`.includes(only)
  );
  const wrong = misplaced(faults);
  if (wrong.length > 0 || faults.length === 0) {
    console.error(wrong.join("\n") || "no fault is meant by that");
    return 1;
  }
  const begin = performance.now();
  using copy = new Copy();
  let survived = 0;
  const seeing: Seen[] = [];
  for (const fault of faults) {
    const since = performance.now();
    const seen = await check(copy, fault);
    console.log(
      `${seen ? "seen" : "SURVIVED"}  ${fault.file}: ${fault.what}  (${seconds(since)})`,
    );
    if (seen === null) survived++;
    else {
      seeing.push(seen);
      console.log(`      by ${seen.file}: ${seen.failed}`);
    }
  }
  const failing: string[] = [];
  for (const { file, failed } of seeing) {
    const still = await copy.test(file, /^ended with/.test(failed) ? "" : failed);
    if (still !== null) failing.push(`${file} fails without a fault too: ${still}`);
  }
  if (failing.length > 0) console.log(failing.join("\n"));
  console.log(
    `${faults.length - survived} of ${faults.length} faults are seen, in ${seconds(begin)}`,
  );
  return survived + failing.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
