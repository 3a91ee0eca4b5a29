/** Experiments on tables: one for classes, one for numbers. */
import { data, nn, train } from "@glim/glim";
import { z } from "zod";
import { type DataInfo, defineExperiment, type Experiment } from "../experiment.ts";
import { path, withDefaults } from "../flags.ts";
import { interval } from "../intervals.ts";
import { accuracy, confusion, meanAbsoluteError, r2, rootMeanSquaredError } from "../metrics.ts";
import { adamW } from "../recipe.ts";
import { dialect } from "./read_table.ts";
import { Rescale, scaledLoss } from "./scale.ts";
import {
  type TableChoices,
  type TableData,
  tableData,
  type TableInfo,
  type TableKind,
} from "./table_data.ts";
import { tableExtras } from "./table_extras.ts";
import { EncodeWithWords } from "./words.ts";

const column = (description: string) =>
  z.string().trim().min(1).nullable().default(null).meta({ description });

/** The network: columns are filled in, scaled and encoded; then layers with ReLU between them. */
function tableNetwork(
  { plan, words, classNames, scale }: TableInfo,
  { hidden, layers, dropout }: { hidden: number; layers: number; dropout: number },
): nn.Sequential {
  const known = words.reduce((sum, { vocabulary }) => sum + vocabulary.length, 0);
  const encode = known === 0 ? new data.Encoder(plan) : new EncodeWithWords(plan, known);
  const sizes = [encode.outFeatures, ...Array<number>(layers - 1).fill(hidden)];
  const body = sizes.slice(1).flatMap((size, i) => [
    new nn.Linear(sizes[i]!, size),
    new nn.ReLU(),
    ...dropout > 0 ? [new nn.Dropout(dropout)] : [],
  ]);
  const last = new nn.Linear(sizes.at(-1)!, scale === null ? classNames.length : 1);
  const all: nn.Module[] = [encode, ...body, last, ...scale ? [new Rescale(scale)] : []];
  return new nn.Sequential(...all as [nn.Module]);
}

/**
 * An experiment that learns a column of a table from the others.
 *
 * @param kind Whether the column has classes, or numbers.
 * @param defaults Values of options in the place of those that they have unless given.
 */
export function tableExperiment(
  kind: TableKind,
  defaults: Readonly<Record<string, unknown>> = {},
): Experiment {
  const { file = null, ...given } = defaults as { file?: string | null };
  const options = {
    file: path("the table: CSV or JSON, perhaps .gz, Parquet or Arrow", file),
    target: column("the column that is predicted"),
    ignore: column("columns that are not learnt from, with commas between them"),
    split: z.string().default("0.2/0.2").describe("the shares, or numbers, of dev and test"),
    group: column("rows with one value in this column stay in one part"),
    time: column("what is later by this column is tested on"),
    fold: column("test on a fold, such as 1/5, the first of five"),
    dropDuplicates: z.boolean().default(false).describe("keep one of equal rows"),
    ...dialect,
    ...kind === "numbers" && {
      logTarget: z.enum(["auto", "yes", "no"]).default("auto")
        .describe("learn the target's logarithm; auto: where it is above 0 and strongly skewed"),
    },
    epochs: z.int().min(1).default(100).describe("passes over the training set"),
    batchSize: z.int().min(1).default(32).describe("samples a step"),
    lr: z.number().positive().default(0.005).describe("highest learning rate"),
    hidden: z.int().min(1).default(64).describe("neurons of a layer"),
    layers: z.int().min(1).default(3).describe("layers of weights"),
    dropout: z.number().min(0).lt(1).default(0.1).describe("share of neurons left out at random"),
    weightDecay: z.number().min(0).default(0.01).describe("of the weights, not of biases"),
  };
  return defineExperiment({
    title: ({ layers, hidden }, info) =>
      `${(info as TableData).table.target} by ${columnsOf(info as TableData)} columns, ` +
      `${layers} layers of ${hidden}`,
    options: withDefaults(options, given),
    data: ({ options, known }) =>
      tableData(options as TableChoices, kind, known as DataInfo<TableData> | undefined),
    build({ options: { lr, weightDecay, ...options }, data: { table }, steps }) {
      const model = tableNetwork(table, options);
      const { scale } = table;
      return {
        model,
        ...adamW(model, { lr, weightDecay, steps, warmUp: 0.1 }),
        loss: scale === null ? new nn.CrossEntropyLoss() : scaledLoss(scale),
        evaluationLoss: scale === null ? new nn.CrossEntropyLoss() : new nn.MSELoss(),
        callbacks: [
          train.earlyStopping({
            monitor: "devLoss",
            patience: Math.max(10, Math.ceil(options.epochs / 4)),
            restoreBest: false, // as the run keeps the best
          }),
        ],
      };
    },
    metrics: kind === "classes"
      ? [accuracy(), interval("accuracy"), confusion()]
      : [rootMeanSquaredError(), interval("RMSE"), meanAbsoluteError(), r2()],
    monitor: "devLoss",
    threads: 1,
    extras: tableExtras,
  });
}

function columnsOf({ table: { features, words } }: Pick<TableData, "table">): number {
  return features.length + words.length;
}
