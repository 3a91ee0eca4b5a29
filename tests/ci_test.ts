/** `.ci/run`: its last line counts what passed and failed, however the checks end. */
import assert from "node:assert/strict";
import { root, temporaryFolder, testWith } from "./subprocess.ts";

const TOOLS = ["bash", "dirname", "grep", "mktemp", "rm", "sed", "tail", "tee", "timeout"];

interface Ended {
  code: number;
  lines: string[];
}

/**
 * Runs the script on a path on which there are these programs alone; `npx` stands for the checks.
 * Each is a shell script by its name.
 */
function run(programs: Record<string, string>): Ended {
  using folder = temporaryFolder();
  const bin = `${folder.path}/bin`;
  const temporary = `${folder.path}/tmp`;
  Deno.mkdirSync(bin);
  Deno.mkdirSync(temporary);
  for (const tool of TOOLS) Deno.symlinkSync(`/usr/bin/${tool}`, `${bin}/${tool}`);
  for (const [name, script] of Object.entries(programs)) {
    Deno.writeTextFileSync(`${bin}/${name}`, `#!/usr/bin/bash\n${script}\n`, { mode: 0o755 });
  }
  const { code, stdout, stderr } = new Deno.Command("/usr/bin/bash", {
    args: [`${root}.ci/run`],
    env: { PATH: bin, TMPDIR: temporary },
    clearEnv: true,
  }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(text(stderr), "");
  assert.deepEqual(Array.from(Deno.readDirSync(temporary)), [], "a temporary file is left");
  return { code, lines: text(stdout).trimEnd().split("\n") };
}

const installed = { "nats-server": "", chromium: "", ip: "", nft: "" };

/** What the checks print, and with which code they end. */
function checks(printed: string, code: number): Ended {
  return run({ ...installed, npx: `echo '${printed}'\nexit ${code}` });
}

const TESTS = `running 3 tests from ./tests/a_test.ts
one ... ok (1ms)
two ... ok (2s)`;

const ENDINGS: [what: string, printed: string, code: number, last: string, ended: number][] = [
  [
    "all tests pass",
    `${TESTS}\n\nok | 2 passed (3 steps) | 0 failed (2s)`,
    0,
    "2 passed, 0 failed",
    0,
  ],
  [
    "a test fails",
    `${TESTS}\nthree ... FAILED (1s)\n\nFAILED | 2 passed | 1 failed (2s)\n\nerror: Test failed`,
    1,
    "2 passed, 1 failed",
    1,
  ],
  [
    "the format is wrong",
    "error: Found 1 not formatted file in 540 files",
    1,
    "0 passed, 1 failed",
    1,
  ],
  [
    "types are wrong",
    "TS2322 [ERROR]: Type 'string' is not\\n\\nerror: Type checking failed.",
    1,
    "0 passed, 1 failed",
    1,
  ],
  ["a test ends the program", `${TESTS}\nthree ...`, 139, "2 passed, 1 failed", 139],
  [
    "a test fails and another ends the program",
    `${TESTS}\nthree ... FAILED (1s)\nfour ...`,
    7,
    "2 passed, 1 failed",
    7,
  ],
  ["nothing answers in time", TESTS, 124, "2 passed, 1 failed", 124],
];

for (const [what, printed, code, last, ended] of ENDINGS) {
  testWith(["read", "write", "run"], `.ci/run where ${what} ends with a count and a code`, () => {
    const outcome = checks(printed, code);
    assert.deepEqual([outcome.lines.at(-1), outcome.code], [last, ended]);
    if (code > 1) assert.match(outcome.lines.at(-2)!, /^(deno task ok|it was) ended /);
  });
}

testWith(["read", "write", "run"], ".ci/run names what was skipped, and fails", () => {
  const printed = `${TESTS}\nthe browser (needs it) ... ignored (0ms)
grid (needs nats-server) ... ignored (1ms)

ok | 2 passed | 0 failed | 2 ignored (2s)`;
  const { code, lines } = checks(printed, 0);
  assert.deepEqual(lines.slice(-4), [
    "skipped, which counts as failed:",
    "  the browser (needs it)",
    "  grid (needs nats-server)",
    "2 passed, 2 failed",
  ]);
  assert.equal(code, 1);
});

testWith(
  ["read", "write", "run"],
  ".ci/run updates and installs what tests start, and shows why it cannot",
  () => {
    const passing = "echo; echo 'ok | 1 passed | 0 failed (1s)'";
    const apt =
      'echo "apt-get $*"; case $* in *chromium) echo "E: no such package"; exit 100;; esac';
    const { code, lines } = run({ id: "echo 0", "apt-get": apt, npx: passing });
    assert.deepEqual(lines.slice(0, 4), [
      "chromium cannot be installed:",
      "apt-get update",
      "apt-get install -y --no-install-recommends chromium",
      "E: no such package",
    ]);
    assert.deepEqual([lines.at(-1), code], ["1 passed, 0 failed", 0]);
    const { lines: user } = run({ id: "echo 1000", "apt-get": "exit 1", npx: passing });
    assert.equal(user[0], "nats-server is not there, and only root can install it with apt-get");
  },
);
