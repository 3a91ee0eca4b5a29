/** A grid over a NATS server that others reach too: logins, encryption, and forged messages. */
import assert from "node:assert/strict";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { Running } from "../../running.ts";
import { bits, outcomeOf, type SmallGrids } from "./small_grids.ts";
import { Server, testQueue } from "./nats_server.ts";

/** Runs a small grid and a worker with these options to their ends. */
async function together(
  grids: SmallGrids,
  out: string,
  grid: readonly string[],
  worker: readonly string[],
): Promise<string> {
  const [url, ...options] = worker;
  const ended = outcomeOf(grids.start(out, "--seeds", "1", "--queue", ...grid));
  const worked = await outcomeOf(grids.startWorker(url!, "--once", "--jobs", "1", ...options));
  const { code, stdout, stderr } = await ended;
  assert.deepEqual([code, stderr, worked.code, worked.stderr], [0, "", 0, ""]);
  return stdout + worked.stdout;
}

testQueue("logs in by a URL or a file, and never shows how", async (grids) => {
  const login = ["--user", "ann", "--pass", "pass:w0rd"];
  await using server = await Server.start(`${grids.path}/streams_1`, login);
  const at = server.url.replace("nats://", "");
  const refused = await Promise.all([
    grids.run("none", "--queue", at),
    grids.run("wrong", "--queue", `ann:wr0ng@${at}`),
    outcomeOf(grids.startWorker(at)),
  ]);
  for (const { code, stderr } of refused) {
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: --queue: .* lets nobody in without the right login \(.*\): .*\n$/,
    );
    assert.doesNotMatch(stderr, /wr0ng/);
  }
  const file = `${grids.path}/login`;
  Deno.writeTextFileSync(file, "ann:pass:w0rd\n");
  const inUrl = `nats://ann:pass%3Aw0rd@${at}`;
  const said = await together(grids, "users", [inUrl], [at, "--queue-auth", file]);
  const kept = grids.list("users").map((name) => grids.text(`users/${name}`)).join();
  assert.ok(!(said + kept).includes("w0rd"));
  assert.match(kept, /--queue &#39;nats:\/\/\*\*\*@127|--queue nats:\/\/\*\*\*@127/);

  await using other = await Server.start(`${grids.path}/streams_2`, ["--auth", "t0ken"]);
  Deno.writeTextFileSync(file, "t0ken");
  const place = other.url.replace("nats://", "");
  await together(grids, "tokens", [place, "--queue-auth", file], [`t0ken@${place}`]);
});

testQueue("encrypts, and trusts the authority that is named only", async (grids) => {
  const path = (name: string) => `${grids.path}/${name}`;
  const openssl = (...args: string[]) => {
    const { success, stderr } = new Deno.Command("openssl", { args }).outputSync();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  for (const name of ["ca", "other"]) {
    const made = ["-keyout", path(`${name}.key`), "-out", path(`${name}.pem`)];
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=glim test", ...made);
  }
  const key = ["-keyout", path("key.pem"), "-out", path("request.pem")];
  openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", ...key);
  Deno.writeTextFileSync(path("names"), "subjectAltName=IP:127.0.0.1");
  const ca = ["-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial"];
  const to = ["-in", path("request.pem"), "-out", path("cert.pem"), "-extfile", path("names")];
  openssl("x509", "-req", ...ca, ...to);
  const tls = ["--tls", "--tlscert", path("cert.pem"), "--tlskey", path("key.pem")];
  await using server = await Server.start(path("jetstream2"), tls);
  for (const options of [[], ["--tls-ca", path("other.pem")]]) {
    const { code, stderr } = await grids.run("none", "--queue", server.url, ...options);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: --queue: .* cannot be trusted \(.*\): name the certif.* --tls-ca\n$/,
    );
  }
  const named = [server.url, "--tls-ca", path("ca.pem")];
  const said = await together(grids, "run", named, named);
  assert.match(said, /worker --queue tls:\/\/127/);

  // A server without encryption is not talked to in the clear.
  await using plain = await Server.start(path("plain"));
  const { code, stderr } = await grids.run("none", "--queue", plain.url, ...named.slice(1));
  assert.equal(code, 1);
  assert.match(stderr, /^error: --queue: .*\n$/);
});

/** Messages that are no grid's: as bytes that are no text, of other programs, and of liars. */
function garbage(): (string | Uint8Array)[] {
  return [
    Uint8Array.of(0xff, 0xfe, 0),
    "",
    "null",
    "{",
    '{"version":2,"body":"{}"}',
    '{"version":1,"body":"{}"}',
    '{"version":1,"hmac":"' + "0".repeat(64) + '","body":"\\u001b]0;owned\\u0007"}',
    "[".repeat(900_000),
  ];
}

/** What somebody sends who reaches the server: garbage, and well-made lies about every trial. */
async function attack(
  { connection, manager }: { connection: NatsConnection; manager: JetStreamManager },
  grid: string,
): Promise<void> {
  const { state } = await manager.streams.info(`glim_work_${grid}`);
  const lies: [subject: string, message: string | Uint8Array][] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage(`glim_work_${grid}`, { seq });
    const { id, options, seed } = JSON.parse(message!.json<{ body: string }>().body);
    const epoch = { epoch: 0, trainLoss: 0, trainAccuracy: 1, devLoss: 0, devAccuracy: 1 };
    const result = {
      id,
      options,
      seed,
      dev: { accuracy: 1 },
      epochs: [0, 1].map((n) => ({ ...epoch, epoch: n, learningRate: 0.1, seconds: 1 })),
      bestEpoch: 0,
      weightHash: "00".repeat(32),
      seconds: 1,
    };
    const bodies = seq % 2 === 0 ? { result } : { id, error: "\x1b[2Jowned" };
    const told = { version: 1, hmac: "00".repeat(32), body: JSON.stringify(bodies) };
    lies.push([`glim.${grid}.result.${id}`, JSON.stringify(told)]);
  }
  garbage().forEach((message, i) => {
    const name = `${i}`.padStart(16, "0");
    for (const kind of ["work", "result"]) lies.push([`glim.${grid}.${kind}.${name}`, message]);
    lies.push([`glim.${grid}.progress`, message]);
  });
  for (const [subject, message] of lies) connection.publish(subject, message);
  await connection.flush();
}

testQueue(
  "refuses what is not signed with its secret, and loses nothing",
  async (grids, { url }) => {
    const secrets = [`${grids.path}/secret`, `${grids.path}/other`];
    for (const file of secrets) Deno.writeTextFileSync(file, crypto.randomUUID());
    const signed = ["--queue-secret", secrets[0]!];
    await using connection = await connect({ servers: url });
    const manager = await jetstreamManager(connection);
    // Somebody else's stream, under a name like a grid's.
    await manager.streams.add({ name: "glim_work_ff", subjects: ["ff"], description: "{\x1b[2J" });
    await manager.streams.delete("glim_work_ff");

    const command = grids.command("run", "--queue", url, ...signed);
    const grid = new Running(command, { cwd: grids.path });
    await grid.until(/^for each machine that is to work: .* --queue-secret FILE$/m);
    const { grid: id } = JSON.parse(grids.text("run/grid.json"));
    await attack({ connection, manager }, id);
    const [without, wrong] = [
      grids.startWorker(url, "--once", "--jobs", "1"),
      new Running(workerOf(grids, url, "--queue-secret", secrets[1]!), { cwd: grids.path }),
    ];
    const { code, stderr } = await outcomeOf(without);
    assert.equal(code, 1);
    assert.match(stderr, /^error: worker: grid \w+ signs its trials: add --queue-secret /);
    await wrong.until(/^refused grid \w+: it is signed with another secret$/m);
    assert.equal((await wrong.end("SIGINT")).code, 130);

    const worker = outcomeOf(grids.startWorker(url, "--once", "--jobs", "1", ...signed));
    await attack({ connection, manager }, id).catch(() => {}); // the grid may be over meanwhile
    const [ended, worked] = await Promise.all([grid.ended(), worker]);
    assert.deepEqual([ended.code, ended.stderr], [0, ""]);
    assert.deepEqual([worked.code, worked.stderr], [0, ""]);
    assert.match(worked.stdout, /^refused a trial: it is (not JSON|of another version)$/m);
    assert.match(ended.stdout, /^refused a result: it is not JSON$/m);
    assert.match(ended.stdout, /^refused a result: it is signed with another secret$/m);
    assert.ok(Number(ended.stdout.match(/^refused (\d+) messages$/m)![1]) >= 24);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(ended.stdout + worked.stdout, /\x1b|\x07/);
    const local = await grids.run("local");
    assert.equal(local.code, 0, local.stderr);
    assert.deepEqual(bits(grids.results("run")), bits(grids.results("local")));
  },
);

function workerOf(grids: SmallGrids, url: string, ...options: string[]): string[] {
  const run = ["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-net=127.0.0.1"];
  const main = new URL("../../../cli/main.ts", import.meta.url).href;
  const where = ["--queue", url, "--data-dir", `${grids.path}/data`];
  return [...run, main, "worker", ...where, ...options];
}

testQueue(
  "passes over garbage without a secret too, and says what that means",
  async (grids, { url }) => {
    await using connection = await connect({ servers: url });
    const grid = new Running(grids.command("run", "--seeds", "1", "--queue", url), {
      cwd: grids.path,
    });
    await grid.until(
      /^results are not signed: whoever reaches nats:\S+ can forge them; [^]*^for each/m,
    );
    const { grid: id } = JSON.parse(grids.text("run/grid.json"));
    garbage().forEach((message, i) => {
      for (const kind of ["work", "result"]) {
        connection.publish(`glim.${id}.${kind}.${`${i}`.padStart(16, "0")}`, message);
      }
    });
    await connection.flush();
    const worker = await outcomeOf(grids.startWorker(url, "--once", "--jobs", "1"));
    const ended = await grid.ended();
    assert.deepEqual([ended.code, ended.stderr, worker.code, worker.stderr], [0, "", 0, ""]);
    assert.match(ended.stdout, /^refused \d+ messages$/m);
  },
);
