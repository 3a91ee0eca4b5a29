/** Machines that lose their link: network namespaces of Linux, which root may make. */

/** Runs a program of the system; throws where it fails. */
function run(program: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(program, { args, stdout: "null" }).outputSync();
  if (!success) {
    throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
  }
}

/** What is missing for such machines; undefined where nothing is. */
export function missingForMachines(): string | undefined {
  const does = (program: string, ...args: string[]) => {
    try {
      return new TextDecoder().decode(new Deno.Command(program, { args }).outputSync().stdout);
    } catch {
      return undefined;
    }
  };
  if (does("ip", "-V") === undefined) return "the program ip";
  if (does("nft", "-v") === undefined) return "the program nft";
  return does("id", "-u")?.trim() === "0" ? undefined : "root";
}

/** A namespace with a cable to this one, until the end of the `using` block. */
export class Machine implements Disposable {
  readonly #name = `glim${crypto.randomUUID().slice(0, 6)}`;
  /** The address of this end of the cable, as that machine sees it. */
  readonly host: string;

  constructor() {
    const [a, b] = crypto.getRandomValues(new Uint8Array(2)) as unknown as [number, number];
    const net = `10.${64 + a % 128}.${b}`;
    this.host = `${net}.1`;
    const [name, here] = [this.#name, `v${this.#name}`];
    run("ip", "netns", "add", name);
    try {
      run("ip", "link", "add", here, "type", "veth", "peer", "name", "eth0", "netns", name);
      run("ip", "address", "add", `${this.host}/30`, "dev", here);
      run("ip", "link", "set", here, "up");
      run("ip", "-n", name, "address", "add", `${net}.2/30`, "dev", "eth0");
      run("ip", "-n", name, "link", "set", "eth0", "up");
      run("ip", "-n", name, "link", "set", "lo", "up");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Starts Deno there. */
  start(args: readonly string[], cwd: string): Deno.ChildProcess {
    return new Deno.Command("ip", {
      args: ["netns", "exec", this.#name, Deno.execPath(), ...args],
      cwd,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Loses all packets, without a word to either side. */
  cut(): void {
    this.#nft("add table inet cut");
    for (const hook of ["input", "output"]) {
      this.#nft(`add chain inet cut ${hook} { type filter hook ${hook} priority 0; policy drop; }`);
    }
  }

  /** Puts the cable in again. */
  join(): void {
    this.#nft("delete table inet cut");
  }

  #nft(command: string): void {
    run("ip", "netns", "exec", this.#name, "nft", command);
  }

  [Symbol.dispose](): void {
    run("ip", "netns", "delete", this.#name);
  }
}
