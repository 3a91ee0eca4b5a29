/** Programs as a person meets them: in a terminal of some width. */
import { Screen } from "./screen.ts";
import { root } from "./subprocess.ts";

/** How a program ended in a terminal, and what a person saw. */
export interface Seen {
  code: number;
  /** What is left on the terminal, from its first row to its last. */
  text: string;
  /** The rows that were too long for it. */
  wrapped: readonly string[];
  /** All that was written, control sequences included. */
  raw: string;
}

/** What is typed as soon as the output matches. */
export interface Typed {
  when: RegExp;
  keys: string;
}

/** Options of {@link inTerminal}. */
export interface TerminalOptions {
  columns?: number;
  cwd?: string;
  env?: Record<string, string>;
  typed?: Typed;
}

/** The program that runs another in a pseudo-terminal: util-linux's. */
const SCRIPT = "script";

/** Whether there is one, and it may be started. */
export const HAS_TERMINAL: boolean = (() => {
  try {
    const { stdout } = new Deno.Command(SCRIPT, { args: ["--version"] }).outputSync();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
})();

/** Runs `deno` with these arguments in a terminal. Nothing is typed unless `typed` says so. */
export async function inTerminal(
  args: readonly string[],
  { columns = 80, cwd = root, env = {}, typed }: TerminalOptions = {},
): Promise<Seen> {
  const command = [Deno.execPath(), ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`);
  const child = new Deno.Command(SCRIPT, {
    args: ["-qec", `stty cols ${columns} rows 24; exec ${command.join(" ")}`, "/dev/null"],
    cwd,
    env: { TERM: "xterm-256color", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  let raw = "";
  let isTyped = false;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    raw += part;
    // whoever waits for an answer would wait for ever
    const prompt = /\[y\/n/.test(raw);
    if (!isTyped && (prompt || typed?.when.test(raw))) {
      await keyboard.write(new TextEncoder().encode(prompt ? "\x03" : typed!.keys));
      isTyped = true;
    }
  }
  const { code } = await child.status;
  await keyboard.close().catch(() => {}); // the program is gone
  const screen = new Screen(columns || Infinity);
  screen.write(raw);
  return { code, text: screen.text, wrapped: screen.wrapped, raw };
}
