import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { sourcesHash } from "../../cli/load.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";

testWith(
  ["read", "write"],
  "the hash of a program is its file's, and covers all local files that it imports",
  async () => {
    using folder = temporaryFolder();
    const write = (name: string, text: string): string => {
      Deno.writeTextFileSync(`${folder.path}/${name}`, text);
      return `${folder.path}/${name}`;
    };
    const lone = write("lone.ts", `// from "./none.ts"\nimport { nn } from "@glim/glim";`);
    const bytes = Deno.readFileSync(lone);
    assert.equal(await sourcesHash(lone), createHash("sha256").update(bytes).digest("hex"));

    const forms = [
      `import { a } from "./a 1.ts";`,
      `import{b}from'./b.ts';`,
      `import "./c.ts"; export * from "./d.ts";`,
      `await import("./e.ts"); import f from "./f.json" with { type: "json" };`,
      `import {\n  g,\n} from\n  "${new URL(`file://${folder.path}/g.ts`)}";`,
    ];
    const program = write("program.ts", forms.join("\n"));
    const files = ["a 1.ts", "b.ts", "c.ts", "d.ts", "e.ts", "f.json", "g.ts", "deep.ts"];
    for (const name of files) write(name, `// ${name}`);
    write("g.ts", `import "./deep.ts"; import "./program.ts";`); // a circle, too
    const seen = new Set([await sourcesHash(program)]);
    for (const [i, name] of files.entries()) {
      write(name, `${Deno.readTextFileSync(`${folder.path}/${name}`)}\n// changed`);
      seen.add(await sourcesHash(program));
      assert.equal(seen.size, i + 2, name);
    }
  },
);
