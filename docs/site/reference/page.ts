/**
 * The reference as Markdown: a page a name, and one an entry point.
 *
 * @module
 */
import type { Comment, Declaration, Member, Module, Type } from "./deno_doc.ts";
import { exampleOf } from "./example.ts";
import { dottedName, folderName, isType, linkOf, type Name } from "./names.ts";
import { callText, declarationText, memberText, typeText } from "./signature.ts";

/** Pages by their path below the site's root. */
export type Pages = Map<string, string>;

/** All pages of the reference. */
export function referencePages(modules: readonly Module[], names: readonly Name[]): Pages {
  const pages: Pages = new Map();
  const links = new Links(names);
  for (const [page, all] of Map.groupBy(names, ({ page }) => page)) {
    pages.set(
      `reference/${page}.md`,
      isType(all[0]!) ? typesPage(all, links) : namePage(all[0]!, links),
    );
  }
  for (const module of modules) {
    const own = names.filter((name) => name.modules.includes(module));
    pages.set(`reference/${folderName(module)}/index.md`, modulePage(module, own, links));
  }
  pages.set("reference/index.md", contents(modules, links));
  return pages;
}

/** Where names lead. */
class Links {
  readonly #byName: Map<string, Name[]>;

  constructor(names: readonly Name[]) {
    this.#byName = Map.groupBy(names, ({ name }) => name);
  }

  /** The name that is meant, from a page of an entry point: its own come first. */
  find(text: string, from: Module): Name | undefined {
    const found = this.#byName.get(text.split(".")[0]!) ??
      this.#byName.get(text.split(".").at(-1)!);
    return found?.find(({ modules }) => modules.includes(from)) ?? found?.[0];
  }

  /** A comment's text, in which `{@link X}` leads to the page of X and nothing is HTML. */
  text(doc: string | undefined, from: Module): string {
    // Code, in fences or between backticks, stays as it is.
    return (doc ?? "").split(/(```[^]*?```|`[^`]*`)/).map((part, i) =>
      i % 2 === 1
        ? part
        : part.replace(/\{@link (?:[^}|]*\|)?\s*([^}]+)\}|[<>{}]/g, (found, target) => {
          if (target === undefined) return `&#${found.codePointAt(0)};`;
          const name = this.find(target.trim(), from);
          return name === undefined ? `\`${target.trim()}\`` : linkTo(name, target.trim());
        })
    ).join("").trim();
  }

  /** The first sentence, for lists. */
  summary({ declarations, module }: Name): string {
    const doc = declarations.find(({ jsDoc }) => jsDoc?.doc)?.jsDoc?.doc ?? "";
    const [paragraph] = doc.split("\n\n");
    const sentence = paragraph!.replaceAll("\n", " ").match(/^.*?[.:](?=\s+[A-Z]|$)/)?.[0] ??
      paragraph!;
    return this.text(sentence.replace(/:$/, "."), module);
  }
}

function linkTo(name: Name, text: string): string {
  return `[\`${text}\`](${linkOf(name)})`;
}

function namePage(name: Name, links: Links): string {
  return `---\ntitle: ${name.name}\n---\n\n${describe(name, links)}\n`;
}

/** The types of an entry point, on one page: all headings are a level lower. */
function typesPage(names: readonly Name[], links: Links): string {
  const { specifier } = names[0]!.module;
  const sections = names.toSorted(byName).map((name) =>
    describe(name, links).replace(/^(?=#+ )/gm, "#")
  );
  return `---\ntitle: Types of ${specifier}\n---\n\n# Types of ${
    specifier.replace("@", "&#64;")
  }\n\n` +
    `${sections.join("\n\n")}\n`;
}

function byName(a: Name, b: Name): number {
  return a.name.localeCompare(b.name, "en");
}

/** All that there is to say of a name, below a heading. */
function describe(name: Name, links: Links): string {
  const { declarations, module } = name;
  const shown = withoutBody(declarations, ({ def }) => def.hasBody);
  const parts = [
    `# ${name.name} {#${name.name.toLowerCase()}}`,
    importText(name),
    typescript(shown.map((declaration) => declarationText(name.name, declaration)).join("\n")),
    ...shown.flatMap(({ jsDoc }) => commentParts(jsDoc, links, module)),
    typesIn(name, shown, links),
    ...optionParts(shown, links, module),
    ...exampleParts(name),
    ...memberParts(name, shown, links),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** How it is imported. */
function importText(name: Name): string {
  const own = name.modules.find(({ specifier }) => specifier === "@glim/glim");
  const dotted = dottedName(name);
  const isType = ["interface", "typeAlias"].includes(name.declarations[0]!.kind) ? "type " : "";
  const ways = name.modules.map(({ specifier }) =>
    `\`import { ${isType}${name.name} } from "${specifier}"\``
  );
  if (own === undefined && dotted !== name.name) ways.unshift(`\`${dotted}\``);
  return ways.join(" or<br>");
}

/** A block that is read, not run. */
function typescript(code: string): string {
  return "```ts signature\n" + code + "\n```";
}

/** Overloads do not show what implements them. */
function withoutBody<T>(all: readonly T[], hasBody: (one: T) => boolean | undefined): readonly T[] {
  const overloads = all.filter((one) => !hasBody(one));
  return overloads.length > 0 && overloads.length < all.length ? overloads : all;
}

function commentParts(comment: Comment | undefined, links: Links, module: Module): string[] {
  const tags = comment?.tags ?? [];
  const parameters = tags.filter(({ kind }) => kind === "param").map(({ name, doc }) =>
    `- \`${name}\`: ${links.text(doc, module)}`
  );
  const result = tags.find(({ kind }) => kind === "return");
  return [
    links.text(comment?.doc, module),
    parameters.join("\n"),
    result === undefined ? "" : `Returns: ${links.text(result.doc, module)}`,
  ];
}

/** Links to the types that a signature names. */
function typesIn(name: Name, declarations: readonly Declaration[], links: Links): string {
  const found = new Map<string, string>();
  const text = declarations.map((declaration) => declarationText(name.name, declaration)).join(" ");
  for (const [word] of text.matchAll(/\b[A-Z]\w+/g)) {
    const type = links.find(word, name.module);
    if (type !== undefined && type !== name) found.set(word, linkTo(type, word));
  }
  return found.size === 0 ? "" : `Types: ${[...found.values()].join(", ")}`;
}

/** The options that a function or a constructor takes, written out. */
function optionParts(declarations: readonly Declaration[], links: Links, module: Module): string[] {
  const parameters = declarations.flatMap(({ def }) => [
    ...def.params ?? [],
    ...(def.constructors ?? []).flatMap(({ params }) => params ?? []),
  ]);
  const types = new Set(parameters.flatMap(({ tsType, left }) => {
    const type: Type | undefined = tsType ?? left?.tsType;
    return type?.kind === "typeRef" ? [type.value.typeName as string] : [];
  }));
  return [...types].flatMap((type) => {
    if (!/Options$/.test(type)) return [];
    const name = links.find(type, module);
    const [declaration] = name?.declarations ?? [];
    if (declaration?.kind !== "interface") return [];
    const bases = ((declaration.def.extends ?? []) as readonly Type[]).map(typeText);
    const own = (declaration.def.properties ?? []).map((member) => listed(member, links, module));
    const more = bases.map((base) => {
      const found = links.find(base.split("<")[0]!, module);
      return `- those of ${found === undefined ? `\`${base}\`` : linkTo(found, base)}`;
    });
    return ["## Options", [...own, ...more].join("\n")];
  });
}

function exampleParts(name: Name): string[] {
  const own = name.declarations.flatMap(({ jsDoc }) =>
    (jsDoc?.tags ?? []).filter(({ kind }) => kind === "example").map(({ doc }) => doc!.trim())
  );
  const extra = exampleOf(dottedName(name));
  const all = extra === null ? own : [...own, "```ts\n" + extra + "\n```"];
  return all.length === 0 ? [] : [all.length > 1 ? "## Examples" : "## Example", ...all];
}

function listed(member: Member, links: Links, module: Module): string {
  const doc = links.text(member.jsDoc?.doc, module).replaceAll("\n", "\n  ");
  return `- \`${memberText(member).replaceAll(/\s+/g, " ")}\`${doc === "" ? "" : `: ${doc}`}`;
}

function memberParts(
  { name, module }: Name,
  declarations: readonly Declaration[],
  links: Links,
): string[] {
  return declarations.flatMap(({ kind, def }) => {
    if (kind !== "class" && kind !== "interface") return [];
    const isShown = ({ accessibility }: Member) => accessibility !== "private";
    const properties = [...def.indexSignatures ?? [], ...def.properties ?? []].filter(isShown);
    const constructors = kind === "class" ? def.constructors ?? [] : [];
    const methods = Map.groupBy((def.methods ?? []).filter(isShown), ({ name }) => name);
    return [
      ...constructors.flatMap((member) => [
        "## Constructor",
        typescript(callText(`new ${name}`, { params: member.params! })),
        ...commentParts(member.jsDoc, links, module),
      ]),
      ...(properties.length === 0 ? [] : [
        "## Properties",
        properties.map((member) => listed(member, links, module)).join("\n"),
      ]),
      ...(methods.size === 0 ? [] : ["## Methods"]),
      ...Array.from(methods, ([method, all]) => {
        const shown = withoutBody(all, ({ functionDef }) => functionDef?.hasBody);
        return [
          `### ${method.replace(/^\[|\]$/g, "")}`,
          typescript(shown.map(memberText).join("\n")),
          ...all.flatMap(({ jsDoc }) => [
            ...commentParts(jsDoc, links, module),
            ...(jsDoc?.tags ?? []).filter(({ kind }) => kind === "example").map(({ doc }) => doc!),
          ]),
        ].filter((part) => part !== "").join("\n\n");
      }),
    ];
  });
}

const KINDS: readonly [title: string, kinds: readonly Declaration["kind"][]][] = [
  ["Classes", ["class"]],
  ["Functions", ["function", "variable"]],
  ["Types", ["interface", "typeAlias"]],
];

function modulePage(module: Module, names: readonly Name[], links: Links): string {
  const lists = KINDS.flatMap(([title, kinds]) => {
    const rows = names.filter(({ declarations }) => kinds.includes(declarations[0]!.kind))
      .toSorted(byName)
      .map((name) => `- ${linkTo(name, name.name)}: ${links.summary(name)}`);
    return rows.length === 0 ? [] : [`## ${title}`, rows.join("\n")];
  });
  const tags = module.comment.tags ?? [];
  return [
    `---\ntitle: "${module.specifier}"\n---`,
    `# ${module.specifier.replace("@", "&#64;")}`,
    links.text(module.comment.doc, module),
    ...tags.filter(({ kind }) => kind === "example").map(({ doc }) => doc!.trim()),
    ...lists,
  ].join("\n\n") + "\n";
}

function contents(modules: readonly Module[], links: Links): string {
  const rows = modules.map((module) => {
    const [first = ""] = (module.comment.doc ?? "").split("\n\n");
    return `- [\`${module.specifier}\`](/reference/${folderName(module)}/): ` +
      links.text(first.replaceAll("\n", " "), module);
  });
  return [
    "# Reference",
    "Every public name, by the module that has it. Search finds all of them.",
    rows.join("\n"),
  ].join("\n\n") + "\n";
}
