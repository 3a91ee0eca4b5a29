/** `deno task train` as a program, and a small data set in MNIST's format to train on. */
import type { train } from "../mod.ts";
import { idxFile } from "./data/idx_files.ts";
import { deno, type Outcome, startDeno, temporaryFolder } from "./subprocess.ts";

const TRAIN = ["run", "--no-prompt", "--allow-read", "--allow-write", "cli/main.ts"];

/** 400 images are left to train with: the last 10,000 are the dev set. */
const TRAINING = 10_400;
const TESTS = 200;
/** The four files, as MNIST calls them. */
export const NAMES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;

/**
 * Images of side × side pixels and their labels. Each is divided into 4 × 4 squares, of which number k
 * is bright in class k; the others are dim.
 */
export function files(side = 4): Record<typeof NAMES[number], Uint8Array<ArrayBuffer>> {
  const label = (i: number) => (i * 7 + (i >> 5)) % 10;
  const dim = (at: number) => (at * 2_654_435_761 >>> 8) % 100;
  const square = Array.from(
    { length: side * side },
    (_, i) => 4 * Math.floor(4 * Math.floor(i / side) / side) + Math.floor(4 * (i % side) / side),
  );
  const pixel = (i: number, at: number) => square[at % square.length] === label(i) ? 255 : dim(at);
  const images = (n: number) => {
    const pixels = new Uint8Array(n * square.length);
    for (let at = 0; at < pixels.length; at++) {
      pixels[at] = pixel(Math.floor(at / square.length), at);
    }
    return idxFile(8, [n, side, side], pixels);
  };
  const labels = (n: number) => idxFile(8, [n], Uint8Array.from({ length: n }, (_, i) => label(i)));
  return {
    "train-images-idx3-ubyte": images(TRAINING),
    "train-labels-idx1-ubyte": labels(TRAINING),
    "t10k-images-idx3-ubyte": images(TESTS),
    "t10k-labels-idx1-ubyte": labels(TESTS),
  };
}

/** A temporary folder with the data in `data`, and the means to train on it. */
export class CliFolder implements Disposable {
  readonly #folder = temporaryFolder();
  readonly path: string = this.#folder.path;
  readonly data: string = `${this.path}/data`;

  /** With images of side × side pixels. */
  constructor(side = 4) {
    Deno.mkdirSync(this.data);
    for (const [name, bytes] of Object.entries(files(side))) {
      Deno.writeFileSync(`${this.data}/${name}`, bytes);
    }
  }

  /** Trains on the data and writes to `out` in the folder, unless options say else. */
  train(out: string, ...options: string[]): Promise<Outcome> {
    return deno(this.command(out, ...options));
  }

  /** The arguments that `train` runs Deno with; a subcommand's name stands first. */
  command(out: string, ...options: string[]): string[] {
    const subcommand = options[0]?.startsWith("-") ? [] : options.slice(0, 1);
    const more = options.slice(subcommand.length);
    const places = ["--data-dir", this.data, "--out", `${this.path}/${out}`];
    return [...TRAIN, ...subcommand, ...places, ...more];
  }

  /** The arguments that go on with the run in `out`. */
  resuming(out: string, ...options: string[]): string[] {
    return [...TRAIN, "--resume", `${this.path}/${out}`, ...options];
  }

  /** A file of the folder, as text. */
  text(path: string): string {
    return Deno.readTextFileSync(`${this.path}/${path}`);
  }

  /** A file of the folder. */
  bytes(path: string): Uint8Array {
    return Deno.readFileSync(`${this.path}/${path}`);
  }

  /** The lines of a run's metrics. */
  metrics(out: string): train.EpochRecord[] {
    return this.text(`${out}/metrics.jsonl`).trim().split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  /** What is in a folder; undefined where there is none. */
  list(path: string): string[] | undefined {
    try {
      return Array.from(Deno.readDirSync(`${this.path}/${path}`), ({ name }) => name).sort();
    } catch {
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** Runs a program, and presses Ctrl-C as soon as its standard output matches. */
export async function interrupted(args: readonly string[], when: RegExp): Promise<Outcome> {
  const child = startDeno(args);
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let stdout = "";
  let isSent = false;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    stdout += part.value;
    if (isSent || !when.test(stdout)) continue;
    child.kill("SIGINT");
    isSent = true;
  }
  return { code: (await child.status).code, stdout, stderr: await stderr };
}
