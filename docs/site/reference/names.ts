/**
 * The public names of the library, and the page that each has.
 *
 * @module
 */
import type { Declaration, Location, Module } from "./deno_doc.ts";

/** A public name. What several entry points export is one name. */
export interface Name {
  /** As it is declared. */
  readonly name: string;
  /** Overloads, or a class and the interface that adds to it. */
  readonly declarations: readonly Declaration[];
  /** The entry point that it is listed under. */
  readonly module: Module;
  /** All that export it. */
  readonly modules: readonly Module[];
  /** `nn/Linear`: its page below `reference/`, without ending. Types share one. */
  page: string;
  /** `#linearoptions`, where it is on a page with others; else nothing. */
  anchor: string;
}

/** All names, in the order of the entry points and, in one, of its exports. */
export function namesOf(modules: readonly Module[]): Name[] {
  const all = modules.flatMap((module) =>
    module.symbols.flatMap(({ name, declarations }) =>
      declarations[0]!.kind === "namespace" ? [] : [{ name, declarations, module }]
    )
  );
  const origins = new Map(
    all.flatMap(({ declarations }) =>
      declarations.map(({ location, kind, def }) =>
        [placeOf(location), kind === "reference" ? placeOf(def.target!) : null] as const
      )
    ),
  );
  const origin = (place: string): string => {
    const next = origins.get(place) ?? null;
    return next === null ? place : origin(next);
  };
  const groups = Map.groupBy(all, ({ declarations }) => origin(placeOf(declarations[0]!.location)));
  const names = Array.from(groups.values(), (group): Name => {
    const declared = group.find(({ declarations }) => declarations[0]!.kind !== "reference");
    if (declared === undefined) throw new Error(`${group[0]!.name} is declared nowhere`);
    const exporting = group.map(({ module }) => module);
    const module = homeOf(declared.declarations[0]!.location.filename, exporting);
    return { ...declared, module, modules: exporting, page: "", anchor: "" };
  });
  const order = new Map(modules.map((module, i) => [module, i]));
  names.sort((a, b) => order.get(a.module)! - order.get(b.module)!);
  givePages(names);
  return names;
}

function placeOf({ filename, line, col }: Location): string {
  return `${filename}:${line}:${col}`;
}

/** The entry point in the folder of the declaration, else the library's own, else the first. */
function homeOf(file: string, exporting: readonly Module[]): Module {
  const isOwn = ({ specifier }: Module) => specifier.split("/").length === 2;
  return exporting.find((module) => !isOwn(module) && file.startsWith(folderOf(module))) ??
    exporting.find(isOwn) ?? exporting[0]!;
}

function folderOf({ file }: Module): string {
  return file.slice(0, file.lastIndexOf("/") + 1);
}

/** `nn/init` for `@glim/glim/nn/init`, and `glim` for the library itself. */
export function folderName({ specifier }: Module): string {
  return specifier.split("/").slice(2).join("/") || "glim";
}

/** Whether there is nothing of it at run time. */
export function isType({ declarations }: Name): boolean {
  return declarations.every(({ kind }) => kind === "interface" || kind === "typeAlias");
}

/** Names that differ in case only, as `tensor` and `Tensor`, must not be the same file. */
function givePages(names: readonly Name[]): void {
  const taken = new Set<string>();
  for (const name of names) {
    const folder = folderName(name.module);
    if (isType(name)) {
      name.page = `${folder}/types`;
      name.anchor = `#${name.name.toLowerCase()}`;
      continue;
    }
    const plain = `${folder}/${name.name}`;
    const isTaken = taken.has(plain.toLowerCase()) || name.name === "index"; // a folder's own page
    name.page = isTaken ? `${plain}-${name.declarations[0]!.kind}` : plain;
    taken.add(name.page.toLowerCase());
  }
}

/** The address of a name's page, below the site's. */
export function linkOf({ page, anchor }: Name): string {
  return `/reference/${page}${anchor}`;
}

/** How a program that has imported the library's namespaces writes it: `nn.Linear`. */
export function dottedName({ name, module }: Name): string {
  const folders = folderName(module);
  if (["glim", "npz", "webgpu"].includes(folders)) return name; // no namespace of the library
  const camel = (folder: string) => folder.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  return [...folders.split("/").map(camel), name].join(".");
}
