/**
 * Figures of the GPU as tables, and whether the losses agree.
 *
 * @module
 */
import type { Figures } from "./common.ts";

/** What the first losses must agree within, and those of 20 steps. */
const FIRST = 1e-4, TWENTIETH = 5e-3;

/** A sentence for each training whose losses are not those of the first library. */
export function disagreements(figures: readonly Figures[]): string[] {
  return figures.flatMap((figure) => {
    const own = figures.find(({ row }) => row === figure.row)!;
    const off = (name: string, allowed: number) =>
      Math.abs(Number(figure[name]) - Number(own[name])) > allowed;
    if (!off("first", FIRST) && !off("twentieth", TWENTIETH)) return [];
    return [
      `${figure.row}: ${figure.contender} has losses ${figure.first}, ${figure.twentieth}, ` +
      `${own.contender} ${own.first}, ${own.twentieth}`,
    ];
  });
}

/** The figures as tables in Markdown. */
export function gpuTables(figures: readonly Figures[]): string {
  const rowsOf = (kind: string) => figures.filter(({ row }) => row.startsWith(kind));
  const others = ["product ", "attention ", "GPT writes"].map(rowsOf);
  const [products, attention, writing] = others as [Figures[], Figures[], Figures[]];
  const steps = figures.filter((figure) => !others.flat().includes(figure));
  const number = (value: number | string | undefined, digits: number) =>
    typeof value === "number" ? value.toFixed(digits) : "";
  const table = (head: string[], rows: string[][]) =>
    (rows.length === 0 ? [] : [head, head.map(() => "---"), ...rows])
      .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const of = ({ contender, row, error, ...rest }: Figures, cells: [string, number][]) => [
    row,
    contender,
    ...error === undefined
      ? cells.map(([name, digits]) => number(rest[name], digits))
      : [String(error), ...cells.slice(1).map(() => "")],
  ];
  const asked: [string, number][] = [
    ["samplesPerSecond", 0],
    ["msPerStep", 3],
    ["hostMs", 3],
    ["dispatches", 1],
    ["submits", 2],
    ["bindGroups", 1],
    ["buffers", 1],
    ["writes", 2],
  ];
  return [
    table(
      [
        "a step",
        "by",
        "samples or tokens/s",
        "ms",
        "of these on the host",
        "dispatches",
        "submits",
        "bind groups made",
        "buffers made",
        "writes",
      ],
      steps.map((figure) => of(figure, asked)),
    ),
    table(
      ["", "by", "ms", "TFLOP/s"],
      products.map((figure) => of(figure, [["ms", 3], ["teraflops", 2]])),
    ),
    table(
      ["", "by", "ms", "TFLOP/s", "MB"],
      attention.map((figure) => of(figure, [["ms", 3], ["teraflops", 2], ["megabytes", 1]])),
    ),
    table(
      ["", "by", "ms a token", "tokens/s"],
      writing.map((figure) => of(figure, [["ms", 3], ["tokensPerSecond", 0]])),
    ),
  ].filter((text) => text !== "").join("\n\n");
}
