/** A grid over a real NATS server and workers that are programs of their own. */
import assert from "node:assert/strict";
import type { Outcome } from "../subprocess.ts";
import { testWith } from "../subprocess.ts";
import { bits, Desk } from "./desk.ts";

/** A server on loopback with JetStream, until the end of the `using` block. */
class Server implements AsyncDisposable {
  readonly url: string;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, child: Deno.ChildProcess) {
    this.url = `nats://127.0.0.1:${port}`;
    this.#child = child;
  }

  static async start(folder: string): Promise<Server> {
    const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = probe.addr as Deno.NetAddr;
    probe.close();
    const args = ["-js", "-sd", folder, "-p", String(port), "-a", "127.0.0.1"];
    const child = new Deno.Command("nats-server", { args, stdout: "null", stderr: "null" }).spawn();
    for (let tries = 0; tries < 200; tries++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return new Server(port, child);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
    child.kill("SIGKILL");
    throw new Error("nats-server does not answer");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
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

function testQueue(name: string, fn: (desk: Desk, server: Server) => Promise<void>): void {
  const title = `grid --queue ${name}`;
  if (isMissing) {
    Deno.test({ name: `${title} (needs the program nats-server)`, ignore: true, fn() {} });
    return;
  }
  testWith(["read", "write", "run", "net"], title, async () => {
    using desk = new Desk();
    await using server = await Server.start(`${desk.path}/jetstream`);
    await fn(desk, server);
  });
}

async function outcome(child: Deno.ChildProcess): Promise<Outcome> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The table and the test result, which say nothing of time and place. */
function table(stdout: string): string {
  const lines = stdout.split("\n").filter((line) => !/^ *\d+\/\d+ | took |trials of/.test(line));
  return lines.slice(0, -2).join("\n").replace(/^for each machine.*\n/m, "");
}

testQueue(
  "gives the local table's bits, though a worker dies in mid-trial",
  async (desk, { url }) => {
    const epochs = ["--epochs", "12"];
    const local = await desk.grid("local", ...epochs);
    assert.equal(local.code, 0, local.stderr);

    const grid = desk.startGrid("queue", ...epochs, "--queue", url);
    const victim = desk.startWorker(url, "--jobs", "1");
    await firstTrial(victim);
    victim.kill("SIGKILL");
    const survivor = desk.startWorker(url, "--jobs", "1", "--once");
    const [queue, worked] = await Promise.all([outcome(grid), outcome(survivor)]);
    await victim.status;
    assert.deepEqual([queue.code, queue.stderr], [0, ""]);
    assert.deepEqual([worked.code, worked.stderr], [0, ""]);
    assert.match(worked.stdout, /, attempt 2$/m);
    assert.equal(desk.results("queue").length, 9); // each of 8 once, and the best of them again
    assert.deepEqual(bits(desk.results("queue")), bits(desk.results("local")));
    assert.equal(table(queue.stdout), table(local.stdout));
  },
);

/** Waits until a worker has begun a trial. */
async function firstTrial(worker: Deno.ChildProcess): Promise<void> {
  let text = "";
  for await (const part of worker.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (/^\d layers, /m.test(text)) return; // leaving the loop cancels the stream
  }
  throw new Error(`the worker ended: ${text}`);
}

testQueue(
  "goes on where a killed one has stopped, and counts what came meanwhile",
  async (desk, server) => {
    const { url } = server;
    const options = ["--epochs", "6", "--queue", url];
    const first = desk.startGrid("run", ...options);
    const worker = desk.startWorker(url, "--jobs", "1", "--once");
    await desk.until(() => desk.results("run").length >= 2, "two results");
    first.kill("SIGKILL");
    await first.output();
    const kept = desk.results("run").length;
    assert.ok(kept < 8, "killed in time");
    const [second, worked] = await Promise.all([desk.grid("run", ...options), outcome(worker)]);
    assert.deepEqual([second.code, second.stderr, worked.code], [0, "", 0]);
    assert.match(second.stdout, new RegExp(`; ${kept} are finished\n`));
    assert.equal(worked.stdout.match(/^\d layers, /gm)?.length, 8); // none was run twice
    assert.equal(desk.results("run").length, 9);
  },
);

testQueue("refuses a server with another grid, until told to clear it", async (desk, { url }) => {
  const first = desk.startGrid("a", "--queue", url);
  const text = await firstLines(first, /^for each machine/m);
  assert.match(text, /^for each machine that is to work: deno task train worker --queue nats:/m);
  await desk.until(() => desk.list("a").includes("trials.jsonl"), "the first grid");
  await new Promise((resolve) => setTimeout(resolve, 700));
  first.kill("SIGKILL");
  await first.status;

  const refused = await desk.grid("b", "--seeds", "1", "--queue", url);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^error: --queue: nats:\S+ has another grid, [0-9a-f]{16}, with 8 trials to finish: .*\n$/,
  );
  const worker = desk.startWorker(url, "--jobs", "1", "--once");
  const [cleared] = await Promise.all([
    desk.grid("b", "--seeds", "1", "--queue", url, "--clear-queue"),
    worker.output(),
  ]);
  assert.deepEqual([cleared.code, cleared.stderr], [0, ""]);
});

async function firstLines(child: Deno.ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (pattern.test(text)) break;
  }
  return text;
}

testQueue("has no use for a worker with other data", async (desk, { url }) => {
  using other = new Desk(1);
  const grid = desk.startGrid("run", "--queue", url);
  const { code, stderr } = await outcome(other.startWorker(url));
  assert.equal(code, 1);
  assert.match(stderr, /^error: worker: grid \w+ needs the data \w+: these are \w+\n$/);
  grid.kill("SIGINT");
  const ended = await outcome(grid);
  assert.deepEqual([ended.code, ended.stderr], [130, ""]);
  assert.match(ended.stdout, /^interrupted with 0 of 8 trials finished: /m);
});
