/**
 * A grid whose workers are on two machines, one of which loses its link in mid-trial. Run as a program
 * it cuts the link for 30 seconds, or for as many as are said:
 *
 *     deno run --config tests/deno.json -A tests/cli/grid/lost_link_test.ts 30
 */
import assert from "node:assert/strict";
import { Running } from "../../running.ts";
import { sleep } from "../../waiting.ts";
import { Machine, missingForMachines } from "./network.ts";
import { Server, testQueue } from "./nats_server.ts";
import { bits, SmallGrids } from "./small_grids.ts";

const TRIALS = 8;

/** A grid of 8 trials of about a second each; more epochs take longer. */
function study(epochs: number): string[] {
  return ["--vary", "hidden=48,64", "--seeds", "4", "--epochs", String(epochs), "--noise", "0.2"];
}

/** Runs it on two machines, and does something to the link of the first while that has a trial. */
async function runOnTwoMachines(
  grids: SmallGrids,
  epochs: number,
  lose: (machine: Machine) => Promise<void>,
): Promise<{ first: string; second: string }> {
  await using server = await Server.start(`${grids.path}/streams`, [], "0.0.0.0");
  using first = new Machine();
  using second = new Machine();
  const grid = new Running(
    grids.studyCommand("queue", ...study(epochs), "--queue", server.url),
    { cwd: grids.path },
  );
  await grid.until(/^for each machine /m);
  const start = (machine: Machine) => {
    const url = `nats://${machine.host}:${server.port}`;
    return new Running(machine.start(grids.studyWorker(url), grids.path));
  };
  const losing = start(first);
  await losing.until(/^hidden /m);
  const staying = start(second);
  await lose(first);
  const ended = await Promise.all([grid.ended(), losing.ended(), staying.ended()]);
  for (const { code, stderr } of ended) assert.deepEqual([code, stderr], [0, ""]);
  const local = await grids.study("local", ...study(epochs));
  assert.equal(local.code, 0, local.stderr);
  const results = grids.results("queue");
  assert.equal(results.length, TRIALS);
  assert.equal(new Set(results.map(({ id }) => id)).size, TRIALS);
  assert.deepEqual(bits(results), bits(grids.results("local")));
  return { first: ended[1].stdout, second: ended[2].stdout };
}

async function loseLink(machine: Machine, seconds: number): Promise<void> {
  machine.cut();
  await sleep(1000 * seconds);
  machine.join();
}

const missing = missingForMachines();
if (missing !== undefined) {
  Deno.test({ name: `grid --queue with a lost link (needs ${missing})`, ignore: true, fn() {} });
} else if (!import.meta.main) {
  testQueue("has each trial once, and the local numbers, though a link is lost", async (grids) => {
    await runOnTwoMachines(grids, 30, (machine) => loseLink(machine, 3));
  });
} else {
  const seconds = Number(Deno.args[0] ?? 30);
  using grids = new SmallGrids();
  const { first, second } = await runOnTwoMachines(grids, 400, (machine) => {
    return loseLink(machine, seconds);
  });
  // deno-lint-ignore no-console -- what the program is for
  console.log(`the link was lost for ${seconds} s: each of ${TRIALS} trials is there once, with the
local numbers

the machine that lost it:
${first}
the other one:
${second}`);
}
