import assert from "node:assert/strict";
import { reproducingFile } from "../../cli/tables/reproduce.ts";
import { testWith, text } from "../subprocess.ts";

testWith(
  ["run"],
  "the program of a run tells a command that can be typed, wherever its data lie",
  () => {
    for (
      const place of ["/a/b.csv", "/my data/it's.csv", "/a*/b.csv", "/$HOME/`ls`.csv", "/a\nb.csv"]
    ) {
      const program = reproducingFile("classes", { file: place, epochs: 3 }, 7);
      assert.match(program.slice(program.indexOf("*/")), /^\*\/\nimport /);
      const command = program.slice(program.indexOf("deno task"), program.indexOf("\n *\n * The"));
      const shell = `deno() { printf '%s|' "$@"; }; ${command}`;
      const { stdout } = new Deno.Command("sh", { args: ["-c", shell] }).outputSync();
      const words = [
        "task",
        "train",
        "experiment.ts",
        "--file",
        place,
        "--seed",
        "7",
        "--out",
        "NEW",
      ];
      assert.equal(text(stdout), words.map((word) => `${word}|`).join(""));
      assert.match(
        program,
        new RegExp(`^ {2}file: ${RegExp.escape(JSON.stringify(place))},$`, "m"),
      );
    }
  },
);
