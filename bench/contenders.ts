/**
 * What is measured: this library's builds and other libraries, each in a process of its own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Answer, linesOf, type Request } from "./protocol.ts";

/** How a contender's process is started. */
interface Program {
  /** What it is called in tables. */
  name: string;
  /** The thread counts that one process measures. */
  threads: readonly number[];
  /** The command. */
  command: string;
  /** Its arguments. */
  args: string[];
  /** What it needs to know before it starts. */
  env?: Record<string, string>;
}

/** With these V8 joins neighbouring vectors into one of 256 bits. */
const WIDE_FLAGS = "--v8-flags=--experimental-wasm-revectorize,--no-wasm-bounds-checks";

/** This library: its builds under V8's flags, and what a process without them has. */
const BUILDS: Readonly<Record<string, readonly [build: string, flags: string]>> = {
  wide: ["wide", WIDE_FLAGS],
  fast: ["fast", WIDE_FLAGS],
  strict: ["strict", WIDE_FLAGS],
  "no flags": ["fast", ""],
};

/** Their names. */
export const BUILD_NAMES: readonly string[] = Object.keys(BUILDS);

/** The others: their names in tables by those of `--peers`. */
export const PEERS: Readonly<Record<string, string>> = {
  torch: "PyTorch",
  numpy: "NumPy",
  onnxruntime: "ONNX Runtime",
  "onnxruntime-web": "ONNX Runtime Web",
  "jax-js": "jax-js",
  tfjs: "TensorFlow.js",
};

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

function denoArgs(config: string, flags: string): string[] {
  const args = ["run", "--quiet", "--no-prompt", `--config=${pathOf(config)}`];
  return flags === "" ? args : [...args, flags];
}

/** A process of this library. */
export function buildProgram(
  name: string,
  threads: readonly number[],
  folder: string,
  only: readonly string[] | null,
): Program {
  const [build, flags] = BUILDS[name]!;
  return {
    name,
    threads,
    command: Deno.execPath(),
    args: [
      ...denoArgs("../tests/deno.json", flags),
      "--allow-read",
      "--allow-run",
      pathOf("process.ts"),
      ...[build, folder, flags, only?.join(",") ?? ""],
    ],
  };
}

/** A process of another library on some threads: libraries take their number when they start. */
export function peerProgram(
  peer: string,
  threads: number,
  folder: string,
  python: string,
): Program {
  const own = { name: PEERS[peer]!, threads: [threads] };
  const args = [String(threads), folder];
  if (peer === "torch" || peer === "numpy") {
    const env = { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
    return { ...own, command: python, args: [pathOf(`peers/${peer}_peer.py`), ...args], env };
  }
  const deno = [...denoArgs("peers/deno.json", ""), "--no-lock", "--allow-all"];
  const script = peer.startsWith("onnxruntime") ? "onnxruntime" : peer;
  return {
    ...own,
    command: Deno.execPath(),
    args: [...deno, pathOf(`peers/${script}.ts`), ...args, peer],
  };
}

/** Seconds that a library may take to get a row ready, which may have to be compiled. */
const PATIENCE = 400;

/** Windows has no signals for it. */
const CAN_STAND_STILL = Deno.build.os !== "windows";

/** A running contender. Disposing ends it. */
export class Contender {
  /** What it is called in tables. */
  readonly name: string;
  /** The thread counts that it measures. */
  readonly threads: readonly number[];
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncGenerator<string>;
  readonly #errors: Promise<string>;

  /** Starts it. */
  constructor({ name, threads, command, args, env = {} }: Program) {
    this.name = name;
    this.threads = threads;
    const options = { args, env, stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#process = new Deno.Command(command, options).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#answers = linesOf(this.#process.stdout);
    this.#errors = this.#readErrors();
  }

  /** Reads what it complains of, which must not fill the pipe, to its end; gives the last line. */
  async #readErrors(): Promise<string> {
    let last = "";
    for await (const line of linesOf(this.#process.stderr)) if (line.trim() !== "") last = line;
    return last;
  }

  /**
   * Asks; throws an Error where it fails, ends, or takes too long. Until then and after that the process
   * stands still: threads that wait in loops for more work would take the others' processors.
   */
  async ask(request: Request): Promise<Answer> {
    const timer = setTimeout(() => this.#kill(), 1000 * PATIENCE);
    try {
      if (CAN_STAND_STILL) this.#signal("SIGCONT");
      await this.#input.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
      const { value, done } = await this.#answers.next();
      if (done) throw new Error(`its process ended: ${await this.#errors}`);
      const answer = JSON.parse(value) as Answer;
      if (answer.failed !== undefined) throw new Error(answer.failed);
      return answer;
    } catch (cause) {
      throw new Error(`${this.name}: ${(cause as Error).message}`, { cause });
    } finally {
      clearTimeout(timer);
      if (CAN_STAND_STILL) this.#signal("SIGSTOP");
    }
  }

  #kill(): void {
    this.#signal("SIGKILL");
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch {
      // it has ended already
    }
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#process.status;
    await this.#errors;
  }
}
