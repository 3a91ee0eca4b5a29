/**
 * Runs samples of PyTorch's op_db on Glim, and tells what is not as PyTorch has it:
 *
 *     python3 tests/op_db/samples.py > samples.jsonl
 *     deno run --config tests/deno.json -A tests/op_db/run.ts samples.jsonl [--only NAME] [--all]
 *
 * Of each op two wrong and two refused samples are shown, with --all all of them. --keep FILE writes
 * a selection of what Glim runs, small samples of each op: the fixture of `op_db_test.ts`.
 */
import { parseArgs } from "node:util";
import { judge, type Sample } from "./judge.ts";

const { values, positionals } = parseArgs({
  options: {
    only: { type: "string" },
    all: { type: "boolean", default: false },
    keep: { type: "string" },
  },
  allowPositionals: true,
});

/** Kept are two samples of floats and one of integers and bools, none of more elements than this. */
const MOST_ELEMENTS = 40;

/** What became of the samples of an op. */
class Tally {
  same = 0;
  missing = 0;
  readonly wrong: string[] = [];
  readonly refused: string[] = [];
}

const tallies: Record<string, Tally> = {};
const kept: Record<string, string[]> = {};
for (const line of Deno.readTextFileSync(positionals[0]!).trimEnd().split("\n")) {
  const sample = JSON.parse(line) as Sample;
  if (values.only !== undefined && sample.op !== values.only) continue;
  const tally = tallies[sample.op] ??= new Tally();
  const verdict = judge(sample);
  if (verdict.kind === "wrong" || verdict.kind === "refused") {
    tally[verdict.kind].push(`${nameOf(sample)}: ${verdict.text}\n      ${callOf(sample)}`);
  } else tally[verdict.kind]++;
  if (verdict.kind === "same") keep(sample, line);
}
for (const [op, { same, wrong, refused, missing }] of Object.entries(tallies)) {
  if (wrong.length + refused.length === 0) continue;
  const total = same + wrong.length + refused.length + missing;
  console.log(`${op}: ${same} of ${total}, ${wrong.length} wrong, ${refused.length} refused`);
  const shown = values.all ? Infinity : 2;
  for (const text of [...wrong.slice(0, shown), ...refused.slice(0, shown)]) {
    console.log(`  ${text}`);
  }
}
const all = Object.entries(tallies);
const sum = (count: (tally: Tally) => number) => all.reduce((n, [, tally]) => n + count(tally), 0);
console.log(`missing: ${all.filter(([, { missing }]) => missing > 0).map(([op]) => op).join(" ")}`);
console.log(
  `${all.filter(([, { same }]) => same > 0).length} ops: ${
    sum((t) => t.same)
  } samples as in PyTorch, ` +
    `${sum((t) => t.wrong.length)} wrong, ${sum((t) => t.refused.length)} refused; ` +
    `${sum((t) => t.missing)} of ops that are missing`,
);
if (values.keep !== undefined) {
  Deno.writeTextFileSync(values.keep, Object.values(kept).flat().join("\n") + "\n");
}

function nameOf({ dtype, variant, i }: Sample): string {
  return `${variant === "" ? "" : `${variant}, `}${dtype}, sample ${i}`;
}

/** The arguments, with tensors as their dtypes and shapes. */
function callOf({ input, args, kwargs, tensors }: Sample): string {
  const text = JSON.stringify([input, ...args, kwargs]).slice(0, 300);
  return text.replace(/\{"tensor":(\d+)\}/g, (_, i: string) => {
    const { dtype, shape } = tensors[Number(i)]!;
    return `${dtype}[${shape}]`;
  });
}

/** Keeps the last small sample, and of floats the first. */
function keep(sample: Sample, line: string): void {
  const elements = [...sample.tensors, ...sample.results].map(({ data }) => data.length);
  const total = elements.reduce((n, m) => n + m, 0);
  if (total === 0 || total > MOST_ELEMENTS) return;
  const list = kept[`${sample.op} ${sample.variant} ${sample.dtype}`] ??= [];
  list.splice(sample.dtype === "float32" ? 1 : 0, 1, line);
}
