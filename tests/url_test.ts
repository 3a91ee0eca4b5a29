/** The library as a program has it that imports it by URL: nothing is configured or installed. */
import assert from "node:assert/strict";
import { deno, root, serveRepository, startDeno, temporaryFolder, testWith } from "./subprocess.ts";

/** Trains XOR and makes a product that starts the threads; prints how wrong XOR is afterwards. */
function program(url: string): string {
  return `
import { manualSeed, nn, ones, optim, setNumThreads, steps, tensor } from "${url}";

setNumThreads(2);
ones([512, 512]).matmul(ones([512, 512]));
manualSeed(1);
const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
const y = tensor([[0], [1], [1], [0]]);
const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 1));
const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
const loss = new nn.MSELoss();
for (const _i of steps(500)) {
  sgd.zeroGrad();
  loss.forward(model.forward(x), y).backward();
  sgd.step();
}
console.log(loss.forward(model.forward(x), y).item());
`;
}

async function trainsFrom(folder: string): Promise<void> {
  await using server = serveRepository();
  Deno.writeTextFileSync(`${folder}/xor.ts`, program(`http://${server.origin}/mod.ts`));
  const child = startDeno(
    ["run", "--no-config", "--no-prompt", "--quiet", `--allow-import=${server.origin}`, "xor.ts"],
    // a cache of its own: another test may have been served other files from the same port
    { cwd: folder, env: { DENO_DIR: `${folder}/cache` } },
  );
  const late = setTimeout(() => child.kill(), 60_000);
  const output = await child.output();
  clearTimeout(late);
  const { code } = output;
  const [stdout, stderr] = [output.stdout, output.stderr].map((b) => new TextDecoder().decode(b));
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert(Number(stdout) < 0.01 && stdout !== "", `the loss is ${stdout}`);
}

testWith(
  ["read", "write", "run", "net"],
  "a program that imports mod.ts by URL trains without any permission and ends",
  async () => {
    using folder = temporaryFolder();
    await trainsFrom(folder.path);
  },
);

testWith(
  ["read", "write", "run", "net"],
  "it does so beside a package.json, which makes Deno look for node_modules",
  async () => {
    using folder = temporaryFolder();
    Deno.writeTextFileSync(`${folder.path}/package.json`, '{ "name": "xor", "type": "module" }\n');
    await trainsFrom(folder.path);
  },
);

interface Dependency {
  code?: { specifier: string };
}

testWith(["read", "run"], "a first import by URL takes at most 7 rounds of requests", async () => {
  // what a module imports is asked for when it has come, all at once: 50 ms a round are 0.4 s
  const { stdout } = await deno(["info", "--no-config", "--json", `${root}mod.ts`]);
  const { roots, modules } = JSON.parse(stdout) as {
    roots: string[];
    modules: { specifier: string; dependencies?: Dependency[] }[];
  };
  const imports = new Map(
    modules.map(({ specifier, dependencies = [] }) => [
      specifier,
      dependencies.flatMap(({ code }) => code?.specifier ?? []), // types are not fetched
    ]),
  );
  const known = new Set<string>();
  let rounds = 0;
  for (let round = roots; round.length > 0; rounds++) {
    for (const module of round) known.add(module);
    round = [...new Set(round.flatMap((module) => imports.get(module)!))]
      .filter((module) => !known.has(module));
  }
  assert.ok(known.size > 100, `${known.size} modules`);
  assert.ok(rounds <= 7, `${rounds} rounds`);
});
