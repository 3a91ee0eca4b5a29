/**
 * Types and signatures as TypeScript writes them.
 *
 * @module
 */
import type {
  Declaration,
  FunctionDef,
  Member,
  Parameter,
  Type,
  TypeParameter,
} from "./deno_doc.ts";

/** A type. Throws Error where it is of a kind that is not known. */
export function typeText({ kind, repr, value }: Type): string {
  switch (kind) {
    case "keyword":
      return value;
    case "this":
    case "typePredicate":
      return repr!;
    case "literal":
      return value.kind === "string" ? JSON.stringify(value.string) : String(value[value.kind]);
    case "typeRef":
      return value.typeName + typeArguments(value.typeParams);
    case "typeQuery":
      return `typeof ${repr}`;
    case "array":
      return `${typeText(value)}[]`;
    case "parenthesized":
      return `(${typeText(value)})`;
    case "rest":
      return `...${typeText(value)}`;
    case "optional":
      return `${typeText(value)}?`;
    case "union":
      return value.map(typeText).join(" | ");
    case "intersection":
      return value.map(typeText).join(" & ");
    case "tuple":
      return `[${value.map(typeText).join(", ")}]`;
    case "typeOperator":
      return `${value.operator} ${typeText(value.tsType)}`;
    case "indexedAccess":
      return `${typeText(value.objType)}[${typeText(value.indexType)}]`;
    case "infer":
      return `infer ${value.typeParam.name}`;
    case "conditional":
      return `${typeText(value.checkType)} extends ${typeText(value.extendsType)} ? ` +
        `${typeText(value.trueType)} : ${typeText(value.falseType)}`;
    case "fnOrConstructor":
      return `${value.constructor ? "new " : ""}${typeParameters(value.typeParams)}` +
        `(${parameters(value.params)}) => ${typeText(value.tsType)}`;
    case "mapped": {
      const { typeParam: { name, constraint }, tsType } = value;
      return `{ [${name} in ${typeText(constraint)}]: ${typeText(tsType)} }`;
    }
    case "typeLiteral": {
      const { properties = [], methods = [], indexSignatures = [] } = value;
      const members = [...properties, ...indexSignatures, ...methods].map(memberText);
      return members.length === 0 ? "{}" : `{ ${members.join("; ")} }`;
    }
  }
  throw new Error(`a type of a kind that has no text yet: ${kind} (${repr})`);
}

function typeArguments(types: readonly Type[] | undefined): string {
  return types === undefined || types.length === 0 ? "" : `<${types.map(typeText).join(", ")}>`;
}

function typeParameters(parameters: readonly TypeParameter[] | undefined): string {
  if (parameters === undefined || parameters.length === 0) return "";
  const texts = parameters.map(({ name, constraint, default: otherwise }) =>
    name + (constraint === undefined ? "" : ` extends ${typeText(constraint)}`) +
    (otherwise === undefined ? "" : ` = ${typeText(otherwise)}`)
  );
  return `<${texts.join(", ")}>`;
}

function parameters(all: readonly Parameter[]): string {
  return all.map(parameterText).join(", ");
}

/** A parameter that has a default is optional; what it is taken apart into is not told. */
function parameterText(parameter: Parameter): string {
  if (parameter.kind === "assign") return parameterText({ ...parameter.left!, optional: true });
  const name = parameter.name ?? parameter.arg?.name ?? "options";
  const type = parameter.tsType === undefined ? "" : `: ${typeText(parameter.tsType)}`;
  return `${parameter.kind === "rest" ? "..." : ""}${name}${parameter.optional ? "?" : ""}${type}`;
}

/** `name<T>(x: T): T`. */
export function callText(name: string, { params, returnType, typeParams }: FunctionDef): string {
  const result = returnType === undefined ? "" : `: ${typeText(returnType)}`;
  const short = `${name}${typeParameters(typeParams)}(${parameters(params)})${result}`;
  if (short.length <= 80 || params.length === 0) return short;
  const lines = params.map((parameter) => `  ${parameterText(parameter)},\n`);
  return `${name}${typeParameters(typeParams)}(\n${lines.join("")})${result}`;
}

/** A member of a class or an interface, in a line or, if it has many parameters, more. */
export function memberText(member: Member): string {
  const { name, kind, functionDef, tsType } = member;
  const marks = [
    member.isStatic ? "static " : "",
    member.accessibility === "protected" ? "protected " : "",
    member.isAbstract ? "abstract " : "",
    member.readonly ? "readonly " : "",
  ].join("");
  if (kind === "getter") return `get ${name}${type(functionDef!.returnType)}`;
  if (kind === "setter") return `set ${callText(name, functionDef!)}`;
  if (functionDef !== undefined) return marks + callText(name, functionDef);
  if (name === "constructor") return callText("new", { params: member.params! });
  if (name === undefined) return `[${parameters(member.params!)}]${type(tsType)}`;
  if (tsType === undefined && member.params !== undefined) {
    return marks + callText(`${name}${member.optional ? "?" : ""}`, member as FunctionDef);
  }
  return `${marks}${name}${member.optional ? "?" : ""}${type(tsType)}`;
}

function type(tsType: Type | undefined): string {
  return tsType === undefined ? "" : `: ${typeText(tsType)}`;
}

/** The first line of a declaration, without its members. */
export function declarationText(name: string, { kind, def }: Declaration): string {
  const generic = name + typeParameters(def.typeParams);
  switch (kind) {
    case "function":
      return `function ${callText(name, def as FunctionDef)}`;
    case "variable":
      return `const ${name}${type(def.tsType)}`;
    case "typeAlias":
      return `type ${generic} = ${typeText(def.tsType!)}`;
    case "class": {
      const base = def.extends === undefined
        ? ""
        : ` extends ${def.extends}${typeArguments(def.superTypeParams)}`;
      return `${def.isAbstract ? "abstract " : ""}class ${generic}${base}`;
    }
    case "interface": {
      const bases = (def.extends ?? []) as readonly Type[];
      return `interface ${generic}` +
        (bases.length === 0 ? "" : ` extends ${bases.map(typeText).join(", ")}`);
    }
  }
  throw new Error(`a declaration of a kind that has no text: ${kind}`);
}
