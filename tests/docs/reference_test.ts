/** The reference of the documentation: every public name has a page, and what it says stands in place. */
import assert from "node:assert/strict";
import library from "../../deno.json" with { type: "json" };
import { exampleNames, exampleOf } from "../../docs/site/reference/example.ts";
import { examples } from "../../docs/site/reference/examples.ts";
import { readModules } from "../../docs/site/reference/deno_doc.ts";
import { dottedName, linkOf, namesOf } from "../../docs/site/reference/names.ts";
import { referencePages } from "../../docs/site/reference/page.ts";
import { torchTable } from "../../docs/site/torch/table.ts";
import { inspect } from "../../docs/site/theme/inspect.ts";
import { root, testWith } from "../subprocess.ts";

testWith(
  ["read", "run"],
  "each public name has a page, with what it is and how to call it",
  async () => {
    const modules = await readModules();
    const names = namesOf(modules);
    const pages = referencePages(modules, names);
    let found = 0;
    for (const [entry, path] of Object.entries(library.exports)) {
      const specifier = library.name + entry.slice(1);
      const exported = Object.entries(await import(`../../${path}`))
        .filter(([_, value]) => Object.prototype.toString.call(value) !== "[object Module]");
      assert.ok(exported.length > 0, entry);
      for (const [name] of exported) {
        const known = names.find((one) =>
          one.name === name && one.modules.some((module) => module.specifier === specifier)
        );
        assert.ok(known !== undefined, `${name} of ${specifier} has no page`);
        const page = pages.get(`reference/${known.page}.md`);
        assert.match(page!, new RegExp(`^# ${name} \\{#`, "m"));
        assert.match(page!, new RegExp(`(function|class|const) ${name}\\b`));
        assert.ok(page!.includes(`from "${specifier}"`), `${name}: ${specifier}`);
        found++;
      }
    }
    assert.ok(found > 250, `${found} names`);
    const files = [...pages.keys()].map((path) => path.toLowerCase());
    assert.equal(new Set(files).size, files.length, "no two differ in case only");
    for (const name of names) {
      const page = pages.get(`reference/${name.page}.md`)!;
      assert.match(page, new RegExp(`^#+ ${name.name} \\{#${name.name.toLowerCase()}\\}$`, "m"));
    }
    const links = [...pages.values()].flatMap((
      page,
    ) => [...page.matchAll(/\]\((\/reference\/[^)]*)\)/g)]);
    const known = new Set([...names.map(linkOf), ...[...pages.keys()].map(linkOfPage)]);
    assert.deepEqual(links.map(([_, link]) => link!).filter((link) => !known.has(link)), []);
    const table = torchTable(names);
    assert.match(table, /\| `clip_grad_norm_` +\| \[`nn\.utils\.clipGradNorm_`\]/);
    assert.match(table, /Missing: .*`SparseAdam`/);
    assert.deepEqual(
      exampleNames.filter((name) => !names.some((one) => dottedName(one) === name)),
      [],
      "examples of what there is not",
    );
  },
);

function linkOfPage(path: string): string {
  return `/${path.replace(/(index)?\.md$/, "")}`;
}

testWith(["read"], "each example of the reference prints what stands behind it", async () => {
  assert.deepEqual(Object.keys(examples), exampleNames);
  const { log } = console;
  for (const [name, run] of Object.entries(examples)) {
    const printed: string[] = [];
    console.log = (...values: unknown[]) => {
      printed.push(values.map((v) => typeof v === "string" ? v : inspect(v)).join(" "));
    };
    try {
      await run();
    } finally {
      console.log = log;
    }
    const said = Array.from(
      exampleOf(name)!.matchAll(/^ *console\.log\([^]*?\); \/\/ (.*)$/gm),
      ([_, text]) => text!,
    );
    assert.ok(said.length > 0, `${name} prints nothing`);
    assert.deepEqual(printed, said, name);
  }
});

/** Paragraphs behind a parameter or a result of a comment: they would be read as a part of that. */
function misplaced(source: string): string[] {
  return Array.from(source.matchAll(/^ *\/\*\*\n(?: *\*.*\n)*? *\*\/$/gm), ([comment]) => {
    const [text] = comment.replace(/^ *\/?\*+\/? ?/gm, "").split(/^@(?:example|module)/m);
    return text!.match(/^@(?:param|returns)\b[^]*?\n\n([^@\s].*)/m)?.[1] ?? [];
  }).flat();
}

/** The sources of a folder and of those in it. */
function sources(folder: string): string[] {
  return Array.from(Deno.readDirSync(root + folder)).flatMap(({ name, isDirectory }) =>
    isDirectory ? sources(`${folder}/${name}`) : [Deno.readTextFileSync(`${root}${folder}/${name}`)]
  );
}

testWith(["read"], "what a comment says of errors stands before its parameters", () => {
  const comment = (...lines: string[]) => ["/**", ...lines.map((line) => ` * ${line}`), " */"];
  const wrong = comment("Adds.", "", "@param a One.", "@returns The sum.", "", "Throws.").join(
    "\n",
  );
  assert.deepEqual(misplaced(wrong), ["Throws."]);
  assert.deepEqual(sources("src").flatMap(misplaced), []);
});
