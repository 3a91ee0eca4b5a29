/** A server that computes an answer for each request, some at a time. */
import assert from "node:assert/strict";
import { full, nn, noGrad, ones, scope, steps, task } from "../mod.ts";
import { live } from "./leaks.ts";
import { testWith } from "./subprocess.ts";
import { sleep } from "./waiting.ts";

const model = new nn.Linear(4, 1, { bias: false });
nn.init.constant_(model.weight, 1);

/** Sums of 4·n, 4·(n + 1) … in a loop that awaits. */
async function answer(n: number): Promise<number> {
  let sum = 0;
  const x = full([1, 4], n);
  for (const i of steps(3)) {
    const y = noGrad(() => model.forward(x.add(i)));
    await sleep(n % 3);
    sum += (await y.mul(ones([1, 1])).data())[0]!;
  }
  return sum + x.sub(n).sum().item();
}

const handlers: Record<string, (request: Request) => Response | Promise<Response>> = {
  "each request a task": (request) =>
    task(async () =>
      Response.json(await answer(Number(new URL(request.url).searchParams.get("n"))))
    ),
  "each request a scope": async (request) => {
    const n = Number(await request.text());
    return await scope(async () => Response.json(await answer(n)));
  },
  "a synchronous scope in each request": async (request) => {
    const n = Number(await request.text());
    return Response.json(scope(() => {
      const x = full([1, 4], n);
      return [0, 1, 2].reduce((sum, i) => sum + noGrad(() => model.forward(x.add(i))).item(), 0);
    }));
  },
};

for (const [name, handler] of Object.entries(handlers)) {
  testWith(
    ["net"],
    `many requests at once are answered right in constant memory: ${name}`,
    async () => {
      const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
      const before = live().tensors;
      for (let round = 0; round < 3; round++) {
        const answers = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
          const url = `http://127.0.0.1:${server.addr.port}/?n=${n}`;
          return await (await fetch(url, { method: "POST", body: `${n}` })).json();
        }));
        assert.deepEqual(answers, answers.map((_, n) => 12 * n + 12));
        assert.equal(live().tensors, before, `round ${round}`);
      }
      await server.shutdown();
    },
  );
}
