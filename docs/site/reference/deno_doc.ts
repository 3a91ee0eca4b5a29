/**
 * What `deno doc --json` says of the library: its public names, with types and comments.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { entryPoints, NAME, REPOSITORY } from "../library.ts";

/** A comment: its text, and what it marks by `@`. */
export interface Comment {
  readonly doc?: string;
  readonly tags?: readonly { kind: string; name?: string; doc?: string }[];
}

/** A type, by its kind; `value` is as the kind has it. */
export interface Type {
  readonly kind: string;
  readonly repr?: string;
  // deno-lint-ignore no-explicit-any
  readonly value?: any;
}

/** A parameter of a type: `T extends Constraint = Default`. */
export interface TypeParameter {
  readonly name: string;
  readonly constraint?: Type;
  readonly default?: Type;
}

/** A parameter of a function. */
export interface Parameter {
  readonly kind: "identifier" | "assign" | "rest" | "array" | "object";
  readonly name?: string;
  readonly optional?: boolean;
  readonly tsType?: Type;
  /** Of `assign`: what has a default. */
  readonly left?: Parameter;
  /** Of `rest`. */
  readonly arg?: Parameter;
}

/** A function, or the part of a method that one is. */
export interface FunctionDef {
  readonly params: readonly Parameter[];
  readonly returnType?: Type;
  readonly typeParams?: readonly TypeParameter[];
  /** Whether it is no mere overload. */
  readonly hasBody?: boolean;
}

/** A method, property, constructor or index signature. */
export interface Member extends Partial<FunctionDef> {
  readonly name: string;
  readonly kind?: "method" | "getter" | "setter";
  readonly jsDoc?: Comment;
  readonly functionDef?: FunctionDef;
  readonly tsType?: Type;
  readonly optional?: boolean;
  readonly readonly?: boolean;
  readonly isStatic?: boolean;
  readonly isAbstract?: boolean;
  readonly accessibility?: "private" | "protected" | "public";
}

/** What is behind a name, as far as all kinds of it together have it. */
export interface Definition extends Partial<FunctionDef> {
  readonly tsType?: Type;
  readonly constructors?: readonly Member[];
  readonly properties?: readonly Member[];
  readonly methods?: readonly Member[];
  readonly indexSignatures?: readonly Member[];
  readonly extends?: string | readonly Type[];
  readonly superTypeParams?: readonly Type[];
  readonly isAbstract?: boolean;
  /** Of a reference. */
  readonly target?: Location;
}

/** Where something stands. */
export interface Location {
  readonly filename: string;
  readonly line: number;
  readonly col: number;
}

/** One of the declarations of a name: a function has one an overload. */
export interface Declaration {
  readonly kind:
    | "function"
    | "class"
    | "interface"
    | "typeAlias"
    | "variable"
    | "namespace"
    | "reference";
  readonly location: Location;
  readonly jsDoc?: Comment;
  readonly def: Definition;
}

/** An exported name. */
export interface Symbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** An entry point. */
export interface Module {
  /** As it is imported: `@glim/glim/nn`. */
  readonly specifier: string;
  /** The address of its file. */
  readonly file: string;
  readonly comment: Comment;
  readonly symbols: readonly Symbol[];
}

/** All entry points, in the order of deno.json. */
export async function readModules(): Promise<Module[]> {
  const entries = Object.entries(entryPoints);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...Object.values(entryPoints)],
    cwd: fileURLToPath(REPOSITORY),
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(`deno doc: ${new TextDecoder().decode(stderr)}`);
  const { version, nodes } = JSON.parse(new TextDecoder().decode(stdout));
  if (version !== 2) {
    throw new Error(`deno doc: version 2 of its format is needed: it is ${version}`);
  }
  return entries.map(([entry, path]) => {
    const file = new URL(path, REPOSITORY).href;
    const { module_doc: comment, symbols } = nodes[file];
    return { specifier: NAME + entry.slice(1), file, comment: comment ?? {}, symbols };
  });
}
