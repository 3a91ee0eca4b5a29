/** Fuzzes all readers in a thread of its own, so that `main.ts` can tell when one never ends. */
import { fuzz } from "./fuzz.ts";
import { HEAD, type Order, READY, type Report } from "./messages.ts";
import { readers } from "./readers.ts";

/** Files a turn: fast-check keeps something of each. */
const TURN = 10_000;

self.addEventListener("message", async ({ data }: MessageEvent<Order>) => {
  const { runs, seed, shared } = data;
  const head = new Int32Array(shared, 0, HEAD / 4);
  const room = new Uint8Array(shared, HEAD);
  const share = Math.ceil(runs / readers.length);
  for (const [index, reader] of readers.entries()) {
    const report: Report = { name: reader.name, runs: 0, read: 0, finding: undefined };
    const watch = (bytes: Uint8Array) => {
      room.set(bytes.subarray(0, room.length));
      head[1] = index;
      head[2] = bytes.length;
      Atomics.add(head, 0, 1);
    };
    for (let turn = 0; report.runs < share && report.finding === undefined; turn++) {
      const now = Math.min(TURN, share - report.runs);
      const outcome = await fuzz(reader, { runs: now, seed: seed + turn, watch });
      report.runs += now;
      report.read += outcome.read;
      report.finding = outcome.finding;
    }
    self.postMessage(report);
  }
  self.close();
});
self.postMessage(READY);
