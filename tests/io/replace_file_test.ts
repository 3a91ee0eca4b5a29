import assert from "node:assert/strict";
import { io, tensor } from "../../mod.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";

testWith(
  ["read", "write"],
  "a save removes what killed saves of the same file have left, and nothing else",
  async () => {
    using folder = temporaryFolder();
    const at = (name: string) => `${folder.path}/${name}`;
    const ago = (minutes: number) => new Date(Date.now() - 60_000 * minutes);
    const left = ["w.safetensors.0123abcd.part", "w.safetensors.ffffffff.part"];
    const others = [
      ["w.safetensors.89abcdef.part", 1], // which somebody may be writing now
      ["w.safetensors.backup.part", 60],
      ["w.safetensors.0123abcd.part.zip", 60],
      ["v.safetensors.0123abcd.part", 60],
      ["w.safetensors.1", 60],
    ] as const;
    for (const [name, minutes] of [...left.map((name) => [name, 60] as const), ...others]) {
      Deno.writeTextFileSync(at(name), "half");
      Deno.utimeSync(at(name), ago(minutes), ago(minutes));
    }
    const names = () => Array.from(Deno.readDirSync(folder.path), ({ name }) => name).sort();
    await io.saveSafetensors(at("w.safetensors"), new Map([["w", tensor([1, 2])]]));
    assert.deepEqual(names(), [...others.map(([name]) => name), "w.safetensors"].sort());
    const before = Deno.cwd();
    try { // in the folder itself, and two at once
      Deno.chdir(folder.path);
      Deno.writeTextFileSync(left[0]!, "half");
      Deno.utimeSync(left[0]!, ago(60), ago(60));
      const save = () => io.saveSafetensors("w.safetensors", new Map([["w", tensor([1, 2])]]));
      await Promise.all([save(), save(), save()]);
      assert.deepEqual(names(), [...others.map(([name]) => name), "w.safetensors"].sort());
    } finally {
      Deno.chdir(before);
    }
  },
);
