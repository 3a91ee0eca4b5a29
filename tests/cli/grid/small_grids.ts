/** A small data set in MNIST's format, and grids on it: what the tests of the command have in common. */
import { idxFile } from "../../data/idx_files.ts";
import { type Outcome, root, startDeno, temporaryFolder } from "../../subprocess.ts";
import { sleep } from "../../waiting.ts";
import { decodeLines } from "../../../cli/grid/lines.ts";
import type { TrialResult } from "../../../cli/grid/trial.ts";

/** The last 10,000 training images are the dev set: this many are left to train with. */
const SAMPLES = 300;

/** Noisy images of 4 × 4 pixels: pixel k is somewhat brighter in class k. */
function writeData(folder: string, salt: number): void {
  const label = (i: number) => (i * 7 + (i >> 5)) % 10;
  const noise = (at: number) => Math.imul(at + salt, 2_654_435_761) >>> 24;
  const pixel = (at: number) =>
    Math.min(255, noise(at) * 0.6 + (at % 16 === label(at >> 4) ? 110 : 0));
  const write = (name: string, n: number) => {
    const pixels = Uint8Array.from({ length: 16 * n }, (_, at) => pixel(at));
    Deno.writeFileSync(`${folder}/${name}-images-idx3-ubyte`, idxFile(8, [n, 4, 4], pixels));
    const labels = Uint8Array.from({ length: n }, (_, i) => label(i));
    Deno.writeFileSync(`${folder}/${name}-labels-idx1-ubyte`, idxFile(8, [n], labels));
  };
  Deno.mkdirSync(folder);
  write("train", 10_000 + SAMPLES);
  write("t10k", 500);
}

const RUN = ["run", "--no-prompt", "--allow-read", "--allow-write"];
const MAIN = `${root}cli/main.ts`;

const SPIRALS = `${root}experiments/spirals.ts`;

/** 4 configurations × 2 seeds × 2 epochs. */
const SMALL: readonly string[] = ["--quick", "--hidden", "8", "--lr", "0.05"];

/** A temporary folder with the data, and the means to run grids in it. */
export class SmallGrids implements Disposable {
  readonly #folder = temporaryFolder();
  readonly path: string = this.#folder.path;

  /** Another `salt` is another data set. */
  constructor(salt = 0) {
    writeData(`${this.path}/data`, salt);
  }

  /** Runs the small grid to its end, in the folder `out`. */
  run(out: string, ...options: string[]): Promise<Outcome> {
    return outcomeOf(this.start(out, ...options));
  }

  /** Starts it and does not wait. */
  start(out: string, ...options: string[]): Deno.ChildProcess {
    return startDeno(this.command(out, ...options), { cwd: this.path });
  }

  command(out: string, ...options: string[]): string[] {
    const net = options.includes("--queue") ? ["--allow-net=127.0.0.1"] : [];
    const where = ["--data-dir", `${this.path}/data`, "--out", `${this.path}/${out}`];
    return [...RUN, ...net, MAIN, "grid", ...SMALL, ...where, ...options];
  }

  /** Starts a worker of a queue. */
  startWorker(url: string, ...options: string[]): Deno.ChildProcess {
    const where = ["--queue", url, "--data-dir", `${this.path}/data`];
    const command = [...RUN, "--allow-net=127.0.0.1", MAIN, "worker", ...where, ...options];
    return startDeno(command, { cwd: this.path });
  }

  /** The command of a grid of an experiment that is not MNIST, in the folder `out`. */
  studyCommand(out: string, ...options: string[]): string[] {
    const net = options.includes("--queue") ? ["--allow-net=127.0.0.1"] : [];
    return [...RUN, ...net, MAIN, "grid", SPIRALS, "--out", `${this.path}/${out}`, ...options];
  }

  /** Runs such a grid to its end. */
  study(out: string, ...options: string[]): Promise<Outcome> {
    return outcomeOf(startDeno(this.studyCommand(out, ...options), { cwd: this.path }));
  }

  /** The command of a worker for it, which ends when the grid is finished. */
  studyWorker(url: string, file: string = SPIRALS): string[] {
    const net = `--allow-net=${new URL(url).host}`;
    return [...RUN, net, MAIN, "worker", file, "--queue", url, "--jobs", "1", "--once"];
  }

  text(path: string): string {
    return Deno.readTextFileSync(`${this.path}/${path}`);
  }

  /** The results that are in a grid's folder, as they were written. */
  results(out: string): TrialResult[] {
    try {
      return decodeLines(Deno.readFileSync(`${this.path}/${out}/trials.jsonl`))
        .values as TrialResult[];
    } catch {
      return []; // not begun yet
    }
  }

  /** What is in a folder. */
  list(path: string): string[] {
    try {
      return Array.from(Deno.readDirSync(`${this.path}/${path}`), ({ name }) => name).sort();
    } catch {
      return [];
    }
  }

  /** Waits until `holds`; throws after two minutes. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const end = performance.now() + 120_000;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
      await sleep(10);
    }
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** How a program ended; one that has not after three minutes is killed, so that the test fails. */
export async function outcomeOf(child: Deno.ChildProcess): Promise<Outcome> {
  const timer = setTimeout(() => child.kill("SIGKILL"), 180_000);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Results without the times they took, by trial: the same for every run of a grid. */
export function bits(results: readonly TrialResult[]): unknown {
  return results
    .map(({ seconds: _, epochs, ...rest }) => ({
      ...rest,
      epochs: epochs.map(({ seconds: _, ...epoch }) => epoch),
    }))
    .sort((a, b) => a.id < b.id ? -1 : 1);
}
