/** Programs as code that people read. */
import { isSlice } from "../reference/tape/indexed.ts";
import { type Arg, isAction, isRef, type Program, type Step } from "./program.ts";

/** A program as TypeScript; `shapes` are told beside the values. */
export function show(
  { seed, steps }: Program,
  shapes: readonly (readonly number[] | null)[],
): string {
  const lines = steps.map((step, i) => {
    const line = isAction(step) ? `${call(step)};` : `const v${i} = ${call(step)};`;
    const shape = shapes[i];
    return shape ? `${line} // [${shape.join(", ")}]` : line;
  });
  return [`// seed ${seed}`, ...lines].join("\n");
}

function call(step: Step): string {
  if (!("args" in step)) {
    const { shape, ...rest } = step.leaf;
    return `leaf(${write(shape)}, ${write(rest as { [option: string]: Arg })})`;
  }
  const [first, ...others] = step.args;
  if (step.op === "backward") {
    const [gradient, options] = others;
    const given = gradient === null ? "undefined" : write(gradient!);
    return `${write(first!)}.backward(${given}, ${write(options!)})`;
  }
  if (step.op === "retainGrad") return `${write(first!)}.retainGrad()`;
  if (step.op === "descend") {
    const w = write(first!);
    return `noGrad(() => ${w}.sub_(${w}.grad!, ${write(others[0]!)})), ${w}.zeroGrad()`;
  }
  const made = `functional.${step.op}(${step.args.map(write).join(", ")})`;
  const part = typeof step.part === "number" ? `[${step.part}]` : step.part ? `.${step.part}` : "";
  return step.noGrad || isAction(step) ? `noGrad(() => ${made}${part})` : `${made}${part}`;
}

function write(arg: Arg): string {
  if (typeof arg !== "object" || arg === null) return JSON.stringify(arg);
  if (isRef(arg)) return `v${arg.ref}`;
  if (isSlice(arg)) return `slice(${arg.slice(1).join(", ")})`;
  if (Array.isArray(arg)) return `[${arg.map(write).join(", ")}]`;
  const entries = Object.entries(arg).filter(([_, value]) => value !== undefined);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([name, value]) => `${name}: ${write(value)}`).join(", ")} }`;
}
