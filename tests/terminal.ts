/** Programs as a person meets them: in a terminal of some width. */
import { Screen } from "./screen.ts";
import { root, temporaryFolder } from "./subprocess.ts";

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
  const command = commandOf(args);
  const child = new Deno.Command(SCRIPT, {
    args: ["-qec", `stty cols ${columns} rows 24; exec ${command}`, "/dev/null"],
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

/** `deno` with these arguments, as a shell takes it. */
function commandOf(args: readonly string[]): string {
  return [Deno.execPath(), ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
}

/**
 * Runs `deno` with these arguments in a terminal that is closed as soon as the output matches, and
 * gives its exit code.
 */
export async function inClosedTerminal(
  args: readonly string[],
  when: RegExp,
  cwd: string = root,
): Promise<number> {
  using folder = temporaryFolder();
  const ended = Deno.watchFs(folder.path);
  // a terminal tells its shell that it is closed, and the shell what it runs; then it goes on
  const shell = `trap 'kill -HUP $!' HUP; ${commandOf(args)} & wait; wait $!; ` +
    `echo $? > ${folder.path}/new; mv ${folder.path}/new ${folder.path}/code`;
  const child = new Deno.Command(SCRIPT, {
    args: ["-qec", shell, "/dev/null"],
    cwd,
    env: { TERM: "xterm-256color" },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let raw = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    raw += part;
    if (when.test(raw)) child.kill("SIGKILL"); // with `script` goes its terminal
  }
  await child.status;
  await child.stdin.close().catch(() => {});
  for await (const { paths } of ended) if (paths.some((path) => path.endsWith("/code"))) break;
  return Number(Deno.readTextFileSync(`${folder.path}/code`));
}
