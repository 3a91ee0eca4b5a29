/** A grid over a real NATS server and workers that are programs of their own. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { bits, outcomeOf, SmallGrids } from "./small_grids.ts";
import { Server, testQueue } from "./nats_server.ts";

/** The table and the test result, which say nothing of time and place. */
function table(stdout: string): string {
  const lines = stdout.split("\n").filter((line) =>
    !/^ *\d+\/\d+ | trials in |trials of/.test(line)
  );
  return lines.slice(0, -2).join("\n")
    .replace(/^(for each machine|results are not signed).*\n/gm, "");
}

testQueue(
  "gives the local table's bits, though a worker dies in mid-trial",
  async (grids, { url }) => {
    const epochs = ["--epochs", "12"];
    const local = await grids.run("local", ...epochs);
    assert.equal(local.code, 0, local.stderr);

    const grid = grids.start("queue", ...epochs, "--queue", url);
    const victim = grids.startWorker(url, "--jobs", "1");
    await firstTrial(victim);
    victim.kill("SIGKILL");
    const survivor = grids.startWorker(url, "--jobs", "1", "--once");
    const [queue, worked] = await Promise.all([outcomeOf(grid), outcomeOf(survivor)]);
    await victim.status;
    assert.deepEqual([queue.code, queue.stderr], [0, ""]);
    assert.deepEqual([worked.code, worked.stderr], [0, ""]);
    assert.match(worked.stdout, /, attempt 2$/m);
    assert.equal(grids.results("queue").length, 9); // each of 8 once, and the best of them again
    assert.deepEqual(bits(grids.results("queue")), bits(grids.results("local")));
    assert.equal(table(queue.stdout), table(local.stdout));
  },
);

testQueue(
  "runs the rounds of a halving, with one worker for all of them",
  async (grids, { url }) => {
    const halving = "--epochs 6 --seeds 1 --search halving --vary batchSize=log:10..60 --trials 6"
      .split(" ");
    const local = await grids.run("local", ...halving);
    assert.equal(local.code, 0, local.stderr);
    const grid = grids.start("queue", ...halving, "--queue", url);
    const worker = grids.startWorker(url, "--jobs", "1", "--once");
    const [queue, worked] = await Promise.all([outcomeOf(grid), outcomeOf(worker)]);
    assert.deepEqual([queue.code, queue.stderr], [0, ""]);
    assert.deepEqual([worked.code, worked.stderr], [0, ""]);
    assert.deepEqual(bits(grids.results("queue")), bits(grids.results("local")));
    assert.equal(table(queue.stdout), table(local.stdout));
    // and ends both rounds when their minutes are over
    const many = halving.map((word) => word === "6" ? "40" : word.replace("10..60", "10..1000"));
    many[many.indexOf("--epochs") + 1] = "6";
    const budget = grids.start("short", ...many, "--minutes", "0.00001", "--queue", url);
    const short = await Promise.all(
      [budget, grids.startWorker(url, "--jobs", "1", "--once")].map(outcomeOf),
    );
    assert.deepEqual(short.map(({ code, stderr }) => [code, stderr]), [[0, ""], [0, ""]]);
    assert.match(
      short[0]!.stdout,
      /were over: \d+ of 40 configurations are finished, round 1 of 2/,
    );
    assert.ok(grids.results("short").length < 40, "not all were run");
  },
);

/** Waits until a worker has begun a trial. */
async function firstTrial(worker: Deno.ChildProcess): Promise<void> {
  let text = "";
  for await (const part of worker.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (/^layers \d, /m.test(text)) return; // leaving the loop cancels the stream
  }
  throw new Error(`the worker ended: ${text}`);
}

testQueue(
  "goes on where a killed one has stopped, and counts what came meanwhile",
  async (grids, server) => {
    const { url } = server;
    const options = ["--epochs", "6", "--queue", url];
    const first = grids.start("run", ...options);
    const worker = grids.startWorker(url, "--jobs", "1", "--once");
    await grids.until(() => grids.results("run").length >= 2, "two results");
    worker.kill("SIGSTOP"); // so that it does no more until the grid is gone
    first.kill("SIGKILL");
    await first.output();
    worker.kill("SIGCONT");
    const kept = grids.results("run").length;
    assert.ok(kept < 8, `${kept} results`);
    const [second, worked] = await Promise.all([grids.run("run", ...options), outcomeOf(worker)]);
    assert.deepEqual([second.code, second.stderr, worked.code], [0, "", 0]);
    assert.match(second.stdout, new RegExp(`; ${kept} are finished\n`));
    assert.equal(worked.stdout.match(/^layers \d, /gm)?.length, 8); // none was run twice
    assert.equal(grids.results("run").length, 9);
  },
);

testQueue("refuses a server with another grid, until told to clear it", async (grids, { url }) => {
  const first = grids.start("a", "--queue", url);
  const text = await firstLines(first, /^for each machine.*\n/m);
  assert.match(text, /^for each machine that is to work: deno task train worker --queue nats:/m);
  first.kill("SIGKILL");
  await first.status;

  const refused = await grids.run("b", "--seeds", "1", "--queue", url);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^error: --queue: nats:\S+ has another grid, [0-9a-f]{16}, with 8 trials to finish: .*\n$/,
  );
  // It may find the grid that is cleared away, and must then go on to the next.
  const worker = grids.startWorker(url, "--jobs", "1");
  const cleared = await grids.run("b", "--seeds", "1", "--queue", url, "--clear-queue");
  assert.deepEqual([cleared.code, cleared.stderr], [0, ""]);
  worker.kill("SIGINT");
  assert.equal((await outcomeOf(worker)).code, 130);
});

async function firstLines(child: Deno.ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (pattern.test(text)) break;
  }
  return text;
}

testQueue("has no use for a worker with other data", async (grids, { url }) => {
  using other = new SmallGrids(1);
  const grid = grids.start("run", "--queue", url);
  const { code, stderr } = await outcomeOf(other.startWorker(url));
  assert.equal(code, 1);
  assert.match(stderr, /^error: worker: grid \w+ needs the data \w+: this worker has \w+\n$/);
  grid.kill("SIGINT");
  const ended = await outcomeOf(grid);
  assert.deepEqual([ended.code, ended.stderr], [130, ""]);
  assert.match(ended.stdout, /^interrupted with 0 of 8 trials finished: /m);
});

testQueue("outlives its server, which may even come back empty", async (grids, server) => {
  const grid = grids.start("run", "--epochs", "8", "--queue", server.url);
  const worker = grids.startWorker(server.url, "--jobs", "1");
  const ended = outcomeOf(grid);
  await grids.until(() => grids.results("run").length >= 1, "a result");
  await server.kill();
  await server.run(`${grids.path}/jetstream`);
  const before = grids.results("run").length;
  await grids.until(() => grids.results("run").length >= before + 2, "results after a restart");
  await server.kill();
  await server.run(`${grids.path}/empty`);
  const { code, stderr, stdout } = await ended;
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^lost nats:\S+: trying to come back$/m);
  assert.match(stdout, /^nats:\S+ is back$/m);
  assert.equal(grids.results("run").length, 9);
  worker.kill("SIGINT");
  const worked = await outcomeOf(worker);
  assert.deepEqual([worked.code, worked.stderr], [130, ""]);
});

testQueue("names the trial that a worker fails in", async (grids, { url }) => {
  const worker = grids.startWorker(url, "--jobs", "1");
  const { code, stderr } = await grids.run("run", "--lr", "1e30", "--queue", url);
  assert.equal(code, 1);
  assert.match(stderr, /^error: trial \(layers [23], .*\): fit: the loss is \S+ in epoch 0, .*\n$/);
  worker.kill("SIGINT");
  assert.equal((await outcomeOf(worker)).code, 130);
});

testQueue(
  "needs a server with JetStream, and workers of its own version",
  async (grids, { url }) => {
    await using plain = await Server.start();
    const { code, stderr } = await grids.run("run", "--queue", plain.url);
    assert.match(
      stderr,
      /^error: --queue: nats:\S+ has no JetStream \(.*\): start it with nats-server -js/,
    );
    assert.equal(code, 1);

    await using connection = await connect({ servers: url });
    const { streams } = await jetstreamManager(connection);
    const body = JSON.stringify({
      grid: "a1b2",
      experiment: JSON.parse(grids.text("run/grid.json")).experiment,
      library: "0.0.1, kernels old",
      data: "MNIST",
      options: {},
      signed: false,
    });
    const description = JSON.stringify({ version: 1, body });
    await streams.add({ name: "glim_work_a1b2", subjects: ["glim.a1b2.work.*"], description });
    const worker = await outcomeOf(grids.startWorker(url));
    assert.equal(worker.code, 1);
    assert.match(
      worker.stderr,
      /^error: worker: grid a1b2 needs the library 0\.0\.1, kernels old: this worker has .*\n$/,
    );
  },
);

/**
 * Between a worker and the server: once a result is published, no answer comes back until the worker
 * has published it again.
 */
class AnswersLost implements Disposable {
  readonly url: string;
  /** The message ids of the results that were published, in order. */
  readonly ids: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #again = Promise.withResolvers<void>();

  constructor(port: number) {
    this.url = `nats://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
    void this.#accept(port);
  }

  async #accept(port: number): Promise<void> {
    for await (const worker of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      const listening = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (bytes, to) => {
          const text = new TextDecoder().decode(bytes);
          for (const [, id] of text.matchAll(/^Nats-Msg-Id: *(\S+)/gm)) this.ids.push(id!);
          if (this.ids.length > 1) this.#again.resolve();
          to.enqueue(bytes);
        },
      });
      const answering = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: async (bytes, to) => {
          if (this.ids.length === 1) await this.#again.promise;
          to.enqueue(bytes);
        },
      });
      worker.readable.pipeThrough(listening).pipeTo(server.writable).catch(() => {});
      server.readable.pipeThrough(answering).pipeTo(worker.writable).catch(() => {});
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

testQueue(
  "stores a result once that is sent again for want of an answer",
  async (grids, { port, url }) => {
    using between = new AnswersLost(port);
    const grid = grids.start("run", "--seeds", "1", "--queue", url);
    const worker = await outcomeOf(grids.startWorker(between.url, "--jobs", "1", "--once"));
    const ended = await outcomeOf(grid);
    assert.deepEqual([worker.code, worker.stderr, ended.code, ended.stderr], [0, "", 0, ""]);
    assert.equal(worker.stdout.match(/^layers /gm)?.length, 4);
    assert.equal(grids.results("run").length, 5); // and the best of them again
    const [first, second, ...others] = between.ids;
    assert.match(first!, /^[0-9a-f-]{36}$/);
    assert.equal(second, first);
    assert.equal(new Set([first, ...others]).size, 4);
  },
);
