/**
 * README.md does what it says: every block of it is run, here or (the TypeScript) by
 * `deno test --doc`, its permissions are the tasks', and its links lead somewhere.
 */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import "../cli/mnist_package.ts"; // makes Deno install MNIST
import { io, tensor } from "../mod.ts";
import { deno, root, temporaryFolder, testWith } from "./subprocess.ts";

/** A fenced block: what stands behind the opening fence, and the lines inside. */
interface Block {
  info: string;
  lines: string[];
}

function read(path: string): string {
  return Deno.readTextFileSync(root + path);
}

function blocksOf(markdown: string): Block[] {
  return Array.from(
    markdown.matchAll(/^```(.*)\n([^]*?)^```$/gm),
    ([_, info, text]) => ({ info: info!, lines: text!.trimEnd().split("\n") }),
  );
}

/** The blocks by their place in README.md. */
const BLOCKS = [
  ["the program", "ts"],
  ["the same in PyTorch", "python"],
  ["a name for it in Deno", "json"],
  ["the npm package", "sh"],
  ["a bundle", "sh"],
  ["commands with Deno", "sh"],
  ["commands with Node", "sh"],
] as const;

function block(name: typeof BLOCKS[number][0]): string[] {
  return blocksOf(read("README.md"))[BLOCKS.findIndex(([known]) => known === name)]!.lines;
}

/** What README.md's program prints, in whatever way it is run: four numbers, near 0, 1, 1 and 0. */
function assertLearnt(stdout: string): void {
  const learned = Array.from(stdout.matchAll(/-?[\d.]+(e-\d+)?/g), ([text]) => Number(text));
  assert.deepEqual(learned.map((y) => Math.round(y) + 0), [0, 1, 1, 0]);
}

testWith(["read"], "README.md has the blocks that are run, and no other", () => {
  const found = blocksOf(read("README.md"));
  assert.deepEqual(found.map(({ info }) => info), BLOCKS.map(([_, info]) => info));
  assert.equal(read("README.md").match(/^\s*(```|~~~)/gm)?.length, 2 * BLOCKS.length);
});

Deno.test("the test task runs the TypeScript blocks of README.md and docs", () => {
  const words = config.tasks.test.command.split(" ");
  for (const word of ["--doc", "README.md", "docs/*.md", "docs/*/*.md"]) {
    assert.ok(words.includes(word), word);
  }
});

testWith(["read"], "README.md begins with two commands: one trains, one tests", () => {
  assert.deepEqual(block("commands with Deno"), ["deno task train", "deno task test"]);
});

testWith(["read"], "README.md's commands for Node run the same under the checks' Deno", () => {
  const [npx] = read(".ci/run").match(/npx -y deno@[\d.]+/)!;
  assert.deepEqual(
    block("commands with Node"),
    block("commands with Deno").map((line) => line.replace(/^deno/, npx)),
  );
});

/** Data of one's own that the commands name. */
const OWN_DATA = new Set(["penguins.csv", "photos/"]);

/** Writes them: two kinds that are easily told apart. */
function writeOwnData(folder: string): void {
  const rows = Array.from(
    { length: 90 },
    (_, i) => `${i % 2 ? "Gentoo" : "Adelie"},${i % 2 * 5 + i / 90}`,
  );
  Deno.writeTextFileSync(`${folder}/penguins.csv`, `species,mass\n${rows.join("\n")}\n`);
  for (const [kind, base] of [["cats", 0], ["dogs", 128]] as const) {
    Deno.mkdirSync(`${folder}/photos/${kind}`, { recursive: true });
    for (let i = 0; i < 20; i++) {
      const data = Uint8Array.from({ length: 16 * 16 }, (_, at) => base + (at * 7 + i * 13) % 100);
      const png = io.encodePng(tensor(data, { shape: [16, 16] }));
      Deno.writeFileSync(`${folder}/photos/${kind}/${i}.png`, png);
    }
  }
}

testWith(
  ["read", "write", "run"],
  "the commands of README.md and docs/commands.md run",
  async () => {
    using folder = temporaryFolder();
    const more = blocksOf(read("docs/commands.md"));
    assert.deepEqual(more.map(({ info }) => info), ["sh", "sh", "sh", "sh"]);
    const lines = [block("commands with Deno"), ...more.map(({ lines }) => lines)].flat()
      .filter((line) => line !== "deno task test"); // this is it
    assert.equal(lines.length, 9);
    writeOwnData(folder.path);
    for (const [i, line] of lines.entries()) {
      const [program, task, name = "", ...words] = line.split(" ");
      const args = words.map((word) => OWN_DATA.has(word) ? `${folder.path}/${word}` : word);
      const isOwn = words.some((word) => OWN_DATA.has(word));
      assert.deepEqual([program, task], ["deno", "task"]);
      assert.ok(["train", "grid"].includes(name), name);
      const isHelp = args.includes("--help");
      if (!isHelp) {
        args.push("--epochs", "1", "--out", `${folder.path}/${i}`);
        if (!isOwn && !args.includes("--batch-size")) args.push("--batch-size", "250"); // a shorter epoch
      }
      const { code, stdout, stderr } = await deno(["task", name, ...args]);
      assert.equal(code, 0, `${line}: ${stderr}`);
      const end = /^test accuracy +[01]\.\d{4}|^The best is trained and tested by: /m;
      assert.match(stdout, isHelp ? /^Usage: deno task train / : end);
    }
  },
);

testWith(
  ["read", "write", "run"],
  "README.md's program runs by the name given to it, and bundled",
  async () => {
    using folder = temporaryFolder();
    Deno.writeTextFileSync(`${folder.path}/main.ts`, block("the program").join("\n"));
    const names = block("a name for it in Deno").join("\n").replace("/path/to/glim/", root);
    Deno.writeTextFileSync(`${folder.path}/deno.json`, names);
    const run = await deno(["run", "--no-prompt", "main.ts"], { cwd: folder.path });
    assert.equal(run.code, 0, run.stderr);
    assertLearnt(run.stdout);
    const [line] = block("a bundle");
    const bundled = await deno(line!.split(" ").slice(1), { cwd: folder.path });
    assert.equal(bundled.code, 0, bundled.stderr);
    assertLearnt((await deno(["run", "--no-prompt", "main.js"], { cwd: folder.path })).stdout);
  },
);

testWith(["read"], "README.md packs by a task, and installs what that writes", () => {
  const [pack, install] = block("the npm package");
  assert.ok(pack!.replace("deno task ", "") in config.tasks, `${pack}`);
  assert.equal(install, "npm install /path/to/glim/dist/glim.tgz");
});

testWith(["read", "write", "run", "net"], "README.md's program runs from a URL", async () => {
  const code = block("the program").join("\n");
  assert.equal(code.split('"@glim/glim"').length, 2);
  using folder = temporaryFolder();
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ url }) => {
      const path = new URL(url).pathname.slice(1);
      asked.push(path);
      // As a server that knows nothing of TypeScript.
      const type = path.endsWith(".js") ? "text/javascript" : "text/plain";
      const body = await Deno.readFile(root + path);
      return new Response(body, { headers: { "content-type": type } });
    },
  );
  const here = `http://127.0.0.1:${server.addr.port}/`;
  Deno.writeTextFileSync(`${folder.path}/main.ts`, code.replace("@glim/glim", `${here}mod.ts`));
  Deno.writeTextFileSync(`${folder.path}/package.json`, "{}"); // an ordinary project
  const flags = ["--no-prompt", "--check", "--no-npm", "--allow-import=127.0.0.1"];
  const env = { DENO_DIR: `${folder.path}/cache` }; // nothing that was fetched before
  const { stdout, stderr, ...ended } = await deno(["run", ...flags, "main.ts"], {
    cwd: folder.path,
    env,
  });
  assert.equal(ended.code, 0, stderr);
  assertLearnt(stdout);
  // What a URL needs must be in the package too.
  const published = config.publish.include;
  const outside = asked.filter((path) =>
    !published.some((part) => part.endsWith("/") ? path.startsWith(part) : path === part)
  );
  assert.deepEqual(outside, []);
});

testWith(["read"], "README.md's permissions are what the tasks grant", () => {
  const rows = read("README.md").matchAll(/^\| (.*?) +\| (.*?) +\|$/gm);
  const named = new Set<string>();
  for (const [_, what, needs] of rows) {
    const task = what!.match(/`deno task (\w+)`/)?.[1];
    if (task === undefined || !needs!.startsWith("`--allow")) continue;
    named.add(task);
    const { command } = config.tasks[task as keyof typeof config.tasks];
    assert.equal(`\`${command.match(/--allow-\S+/g)!.join(" ")}\``, needs, task);
  }
  assert.deepEqual([...named].sort(), ["bench", "build", "docs", "fuzz", "test", "train", "web"]);
  assert.equal(
    config.tasks["web:build"].command,
    config.tasks.web.command.replace("serve", "build"),
  );
});

testWith(["read"], "the code in docs/kernels.md stands in assembly/ and src/", () => {
  const filesIn = (folder: string): string[] =>
    Array.from(Deno.readDirSync(root + folder)).flatMap(({ name, isDirectory }) =>
      isDirectory ? filesIn(`${folder}/${name}`) : `${folder}/${name}`
    );
  const flush = (text: string) => text.replaceAll(/^ +/gm, "");
  const code = flush([...filesIn("assembly"), "src/wasm/formulas.ts"].map(read).join("\n"));
  const quoted = blocksOf(read("docs/kernels.md")).filter(({ info }) => info === "ts ignore");
  assert.equal(quoted.length, 2);
  for (const { lines } of quoted) {
    assert.ok(code.includes(flush(lines.join("\n"))), lines.join("\n"));
  }
});

testWith(["read"], "links between documents lead to files", () => {
  const documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"];
  for (const folder of ["docs", "docs/tutorials"]) {
    for (const { name } of Deno.readDirSync(root + folder)) {
      if (name.endsWith(".md")) documents.push(`${folder}/${name}`);
    }
  }
  let links = 0;
  for (const document of documents) {
    for (const [_, target] of read(document).matchAll(/\]\(([^)#:]+)\)/g)) {
      const folder = document.slice(0, document.lastIndexOf("/") + 1);
      assert.doesNotThrow(() => Deno.statSync(root + folder + target), `${document}: ${target}`);
      links++;
    }
  }
  assert.ok(links > 10, `${links} links found`);
});
