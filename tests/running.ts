/** Programs that tests talk to while they run. */
import { type Outcome, startDeno, text } from "./subprocess.ts";

/** A program that runs, and what it has written so far. */
export class Running {
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<Uint8Array>;
  readonly #read: Promise<void>;
  #stdout = "";
  #wake: () => void = () => {};
  #isOver = false;

  /** Starts Deno with these arguments, or takes a program that was started. */
  constructor(args: readonly string[] | Deno.ChildProcess, options: { cwd?: string } = {}) {
    this.#child = args instanceof Deno.ChildProcess ? args : startDeno(args, options);
    this.#stderr = new Response(this.#child.stderr).bytes();
    this.#read = this.#listen();
  }

  /** Waits until standard output matches; throws where the program ends without. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#stdout)) {
      if (this.#isOver) throw new Error(`it ended: ${JSON.stringify(await this.ended())}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** The process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends a signal, and waits for the end. */
  end(signal: Deno.Signal): Promise<Outcome & { signal: Deno.Signal | null }> {
    this.#child.kill(signal);
    return this.ended();
  }

  /** Waits for the end. */
  async ended(): Promise<Outcome & { signal: Deno.Signal | null }> {
    const { code, signal } = await this.#child.status;
    await this.#read;
    return { code, signal, stdout: this.#stdout, stderr: text(await this.#stderr) };
  }

  async #listen(): Promise<void> {
    for await (const part of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#stdout += part;
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }
}
