/**
 * A network as a table: its layers, what they give, what they learn and what they cost.
 *
 * @module
 */
import { Buffer } from "../device/buffer.ts";
import type { AllKernels, ConvSizes } from "../device/kernels.ts";
import { watched, type Watcher } from "../device/watch.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  describe,
  isListOf,
  type Kinds,
  oneOf,
  whole,
} from "../core/options.ts";
import { numelOf, type Shape } from "../core/shape.ts";
import { scope } from "../scope/scope.ts";
import { zeros } from "../tensor/create.ts";
import { noGrad, Tensor } from "../tensor/tensor.ts";
import type { HookHandle } from "./hooks.ts";
import { type AnyModule, MODULE } from "./module.ts";

/** Options of {@link summary}. */
export interface SummaryOptions {
  /** Of inputs that are told by a shape: `"int32"` for networks that look numbers up. Default: `"float32"`. */
  dtype?: "float32" | "int32";
}

const OPTIONS: Kinds<SummaryOptions> = { dtype: oneOf("float32", "int32") };

/** An input: its shape without the batch, or the tensor itself. */
export type SummaryInput = Shape | Tensor;

/** A line of the table. */
interface Line {
  depth: number;
  name: string;
  kind: string;
  output: string;
  parameters: number;
  products: number;
}

/** Counts multiply-adds of products and convolutions, whoever asks for them. */
class ProductCounter implements Watcher {
  readonly wantsParts: boolean = true;
  count = 0;
  readonly #tables = new Map<object, object>();

  kernels<K extends object>(of: K): K {
    let table = this.#tables.get(of);
    if (table === undefined) {
      table = this.#counted(of as Partial<AllKernels>);
      this.#tables.set(of, table);
    }
    return table as K;
  }

  /** Kernels that count what they compute. What is left out is made of them. */
  #counted(of: Partial<AllKernels>): Partial<AllKernels> {
    const { gemmRelu: _1, convRelu: _2, attention: _3, recurrent: _4, ...table } = of;
    const { gemm, conv, convGrad } = of;
    const sizeOf = (s: ConvSizes) =>
      s.n * s.o * s.oh * s.ow * (s.c / s.groups) * s.kernel[0] * s.kernel[1];
    if (gemm !== undefined) {
      table.gemm = (a, b, ...rest) => {
        this.count += a.numel * b.shape.at(-1)!;
        gemm(a, b, ...rest);
      };
    }
    if (conv !== undefined && convGrad !== undefined) {
      table.conv = (s, ...rest) => {
        this.count += sizeOf(s);
        conv(s, ...rest);
      };
      table.convGrad = (s, x, w, dy, dx, ...rest) => {
        if (dx !== null) this.count += sizeOf(s);
        convGrad(s, x, w, dy, dx, ...rest);
      };
    }
    return table;
  }

  made(): void {}
}

/** The shapes of tensors, however they are nested. */
function shapes(value: unknown): string {
  if (value instanceof Tensor) return show(value.shape);
  if (!Array.isArray(value)) return "";
  return value.map(shapes).filter((text) => text !== "").join(" ");
}

function inputsOf(input: SummaryInput | readonly SummaryInput[]): readonly SummaryInput[] {
  if (Buffer.is(input) || isListOf(input, whole(0).fits)) return [input as SummaryInput];
  if (isListOf(input, (x) => Buffer.is(x) || isListOf(x, whole(0).fits))) {
    return input as readonly SummaryInput[];
  }
  throw new TypeError(
    `summary: an input must be a shape or a tensor, or a list of these: it is ${describe(input)}`,
  );
}

/**
 * The layers of a network in the order in which they are called, with the shapes that they give, the
 * numbers that they learn and the multiply-adds of matrix products and convolutions for one sample.
 *
 * @param model Any module; it is called once, in evaluation and without gradients.
 * @param input The shape of a sample without the batch, `[1, 28, 28]`; of several inputs a list of
 * shapes. A tensor is handed over as it is. Where a network takes no batches, it is called without.
 *
 * @example
 * ```ts
 * import { nn } from "@glim/glim";
 * const net = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
 * console.log(nn.summary(net, [1, 28, 28]));
 * ```
 */
export function summary(
  model: AnyModule,
  input: SummaryInput | readonly SummaryInput[],
  options: SummaryOptions = {},
): string {
  atMost(3, arguments.length, "summary(model, input, { dtype })");
  check("summary", "the model", model, MODULE);
  const { dtype = "float32" } = checkOptions("summary", options, OPTIONS);
  const given = inputsOf(input);
  const device = [...model.parameters()][0]?.device ?? "cpu";
  const tensors = (batch: readonly number[]) =>
    given.map((x) => x instanceof Tensor ? x : zeros([...batch, ...x], { dtype, device }));
  try {
    return table(linesOf(model, () => tensors([1])), model);
  } catch (error) {
    if (error instanceof TypeError) { // of inputs that the network does not take
      error.message = error.message.replace(/^\w+\.forward: /, "summary: $&");
    }
    if (!(error instanceof ShapeError) || given.every((x) => x instanceof Tensor)) throw error;
    try {
      return table(linesOf(model, () => tensors([])), model);
    } catch {
      throw error; // of the usual call
    }
  }
}

/** Calls a network once and notes its layers. */
function linesOf(model: AnyModule, inputs: () => readonly Tensor[]): Line[] {
  const lines: Line[] = [];
  const counter = new ProductCounter();
  const handles: HookHandle[] = [];
  const modes = Array.from(model.modules(), (module) => [module, module.training] as const);
  const counted = new Set<AnyModule>();
  let depth = 0;
  for (const [name, module] of model.namedModules()) {
    const begun: [Line, number][] = [];
    handles.push(
      module.registerForwardPreHook(() => {
        const own = Array.from(Object.values(module)).filter((x) =>
          x instanceof Tensor && x.isLeaf && x.requiresGrad
        ) as Tensor[];
        const parameters = counted.has(module) ? 0 : own.reduce((n, x) => n + numelOf(x.shape), 0);
        counted.add(module);
        const kind = module.constructor.name;
        const line = { depth, name, kind, output: "", parameters, products: 0 };
        lines.push(line);
        begun.push([line, counter.count]);
        depth++;
      }),
      module.registerForwardHook((_: AnyModule, __: unknown, output: unknown) => {
        const [line, before] = begun.pop()!;
        line.output = shapes(output);
        line.products = counter.count - before;
        depth--;
      }),
    );
  }
  try {
    model.eval();
    scope(() => noGrad(() => watched(counter, () => void model.forward(...inputs()))));
  } finally {
    for (const handle of handles) handle.remove();
    for (const [module, training] of modes) module.training = training;
  }
  return lines;
}

function table(lines: Line[], model: AnyModule): string {
  const parameters = [...model.parameters()];
  const total = parameters.reduce((n, x) => n + x.numel, 0);
  const learnt = parameters.reduce((n, x) => n + (x.requiresGrad ? x.numel : 0), 0);
  const text = (n: number) => n === 0 ? "" : n.toLocaleString("en-US");
  const rows = lines.map(({ depth, name, kind, output, parameters, products }) => [
    `${"  ".repeat(depth)}${name === "" ? kind : `${name.split(".").at(-1)}: ${kind}`}`,
    output,
    text(parameters),
    text(products),
  ]);
  const head = ["layer", "output", "parameters", "multiply-adds"];
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length))
  );
  const line = (row: readonly string[]) =>
    row.map((cell, i) => i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ")
      .trimEnd();
  const rule = "─".repeat(widths.reduce((a, b) => a + b, 2 * (head.length - 1)));
  const all = total.toLocaleString("en-US");
  return [
    line(head),
    rule,
    ...rows.map(line),
    rule,
    `${all} parameters` +
    (learnt === total ? "" : `, ${learnt.toLocaleString("en-US")} of them learnt`) +
    `; ${(lines[0]?.products ?? 0).toLocaleString("en-US")} multiply-adds`,
  ].join("\n");
}
