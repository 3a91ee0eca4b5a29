/** A real NATS server, and the tests that need one. */
import { testWith } from "../../subprocess.ts";
import { sleep } from "../../waiting.ts";
import { SmallGrids } from "./small_grids.ts";

/** A server with JetStream, on loopback unless `address` says else, until the end of the `using` block. */
export class Server implements AsyncDisposable {
  readonly port: number;
  readonly url: string;
  #child: Deno.ChildProcess | undefined;

  readonly #args: readonly string[];
  readonly #address: string;

  private constructor(port: number, args: readonly string[], address: string) {
    this.port = port;
    this.#args = args;
    this.#address = address;
    this.url = `nats://127.0.0.1:${port}`;
  }

  /** Starts one on a free port, with a folder for its streams; without: no JetStream. `args` are more of nats-server's. */
  static async start(
    folder?: string,
    args: readonly string[] = [],
    address = "127.0.0.1",
  ): Promise<Server> {
    for (let tries = 0;; tries++) {
      const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = probe.addr as Deno.NetAddr;
      probe.close();
      const server = new Server(port, args, address);
      try {
        await server.run(folder);
        return server;
      } catch (error) { // another program may have taken the port meanwhile
        if (tries === 5) throw error;
      }
    }
  }

  /** Starts its program, and waits until it answers. */
  async run(folder?: string): Promise<void> {
    const streams = folder === undefined ? [] : ["-js", "-sd", folder];
    const args = ["-p", String(this.port), "-a", this.#address, ...streams, ...this.#args];
    const child = new Deno.Command("nats-server", { args, stdout: "null", stderr: "null" }).spawn();
    this.#child = child;
    let hasEnded = false;
    void child.status.then(() => hasEnded = true);
    for (let tries = 0; tries < 2400 && !hasEnded; tries++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        await sleep(25);
        if (!hasEnded) return; // the one that answers is not another one
      } catch {
        await sleep(25);
      }
    }
    if (!hasEnded) await this.kill();
    this.#child = undefined;
    throw new Error(`nats-server ${hasEnded ? "has ended" : "does not answer"}`);
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.status;
    this.#child = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** Whether the server's program is there. */
function hasServer(): boolean {
  try {
    return new Deno.Command("nats-server", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

const isRunGranted = Deno.permissions.querySync({ name: "run" }).state === "granted";
const isMissing = isRunGranted && !hasServer();

/** Registers a test with a grid and a server; without its program it is ignored. */
export function testQueue(
  name: string,
  fn: (grids: SmallGrids, server: Server) => Promise<void>,
): void {
  const title = `grid --queue ${name}`;
  if (isMissing) {
    Deno.test({ name: `${title} (needs the program nats-server)`, ignore: true, fn() {} });
    return;
  }
  testWith(["read", "write", "run", "net"], title, async () => {
    using grids = new SmallGrids();
    await using server = await Server.start(`${grids.path}/jetstream`);
    await fn(grids, server);
  });
}
