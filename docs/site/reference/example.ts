/**
 * Examples of names whose comments have none: the functions of examples.ts as programs.
 *
 * @module
 */
const source = Deno.readTextFileSync(new URL("examples.ts", import.meta.url));

/** What the examples may import. */
const imported = source.match(/^import \{([^}]*)\} from "@glim\/glim";/m)![1]!
  .split(",").map((name) => name.trim()).filter((name) => name !== "");

const bodies = new Map(
  Array.from(
    source.matchAll(/^ {2}(?:async )?"?([\w.]+)"?\(\) \{\n([^]*?)\n {2}\},$/gm),
    ([_, name, body]) => [name!, body!.replaceAll(/^ {4}/gm, "")],
  ),
);

/** The names that have an example there. */
export const exampleNames: readonly string[] = [...bodies.keys()];

/** A program that shows what a name does, or null. */
export function exampleOf(name: string): string | null {
  const body = bodies.get(name);
  if (body === undefined) return null;
  const code = body.replaceAll(/"[^"]*"|\/\/.*$/gm, "");
  const used = imported.filter((name) =>
    new RegExp(`(?<![.\\w])${name.replace("type ", "")}\\b(?!:)`).test(code)
  );
  const lines = `import { ${used.join(", ")} } from "@glim/glim";`;
  return `${lines}\n${body}`;
}
