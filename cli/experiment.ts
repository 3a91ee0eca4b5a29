/**
 * What an experiment is: data, a network with all that trains it, options with their defaults, and what
 * it is judged by. The command line does the rest.
 */
import { z } from "zod";
import type { data, nn, train } from "@glim/glim";
import { type OptionShape, type OptionsOf, type OptionValue, schemaOf } from "./flags.ts";
import type { Metric } from "./metrics.ts";

/** What an experiment's options always have. */
export type Options = Readonly<Record<string, unknown>> & {
  readonly epochs: number;
  readonly batchSize: number;
};

/**
 * What an experiment learns from and is judged by. Whatever else is in it must be plain values, as JSON
 * has them: `config.json` keeps them, so that the network can be built again where the data are not.
 */
export interface Data {
  /** What is learnt from. */
  readonly train: data.Dataset;
  /** What epochs, networks and options are compared by. */
  readonly dev: data.Dataset;
  /** What is looked at once, at the end; none unless given. */
  readonly test?: data.Dataset | undefined;
  /** What the data are called. */
  readonly name: string;
  /** The folder or file that they are from. */
  readonly dir?: string | undefined;
  /** What tells them from others; the SHA-256 of the samples unless given. */
  readonly checksums?: readonly string[] | undefined;
  /** Rows and columns, where samples are grey pictures in [0, 1]. */
  readonly imageShape?: readonly [rows: number, columns: number] | undefined;
  /** Whether images are placed as MNIST's digits are; looked at unless given. */
  readonly isCentred?: boolean | undefined;
  /** How many classes there are, where targets are labels. */
  readonly classes?: number | undefined;
  /** What the classes are called, by their label; their numbers unless given. */
  readonly classNames?: readonly string[] | undefined;
  /** What was understood of the data, and what is odd in them: lines that are shown before a run. */
  readonly notes?: readonly string[] | undefined;
}

/** What is known of data without the samples. */
export type DataInfo<D extends Data = Data> =
  & Omit<D, "train" | "dev" | "test">
  & Pick<Data, "isCentred">;

/** What {@link Definition.data} is told. */
export interface DataContext<O> {
  /** The values of the options. */
  readonly options: O;
  /**
   * What is known of the data that a network learnt from, which is judged by these: its classes have
   * those labels, and its categories those numbers. Undefined where a network is trained.
   */
  readonly known?: DataInfo | undefined;
}

/** What {@link Definition.build} is told. */
export interface BuildContext<O, D extends Data> {
  /** The values of the options. */
  readonly options: O;
  /** What is known of the data. */
  readonly data: DataInfo<D>;
  /** The samples; undefined where a trained network is built again, which must not depend on them. */
  readonly sets?: D | undefined;
  /** Where all random numbers begin. */
  readonly seed: number;
  /** Steps that the training will have, for schedules. */
  readonly steps: number;
}

/** How a network is to write. */
export interface WritingChoice {
  /** Tokens that it writes at most. */
  readonly length: number;
  /** What logits are divided by; 0: always the likeliest token. */
  readonly temperature: number;
  /** From how many of the likeliest tokens it draws. Default: all. */
  readonly topK?: number;
  /** Where its random numbers begin. */
  readonly seed: number;
}

/** A network and all that trains it. */
export interface Built extends
  Pick<
    train.TrainerOptions,
    | "model"
    | "loss"
    | "optimizer"
    | "scheduler"
    | "schedulerInterval"
    | "averagedModel"
    | "clipNorm"
  > {
  /** The loss that results are told in; that of the training unless given. */
  readonly evaluationLoss?: train.Loss | undefined;
  /** Changes each batch of the training set at random; see `data.DataLoader`. */
  readonly augment?: data.Transform | undefined;
  /** Told how the training gets on. */
  readonly callbacks?: readonly train.Callback[] | undefined;
  /** What a run prints after each epoch: what the network writes by then, say. */
  sample?(): string | Promise<string>;
  /**
   * What the network writes on from a text, or from nothing, piece by piece: what
   * `deno task predict RUN TEXT` prints.
   */
  write?(prompt: string, choice: WritingChoice): AsyncIterable<string>;
  /** What its checkpoints keep besides what the trainer does. */
  note?(): object;
  /** Called before the training goes on from a checkpoint. */
  onResume?(checkpoint: train.Checkpoint): void;
}

/** Options that every experiment has, with these defaults unless it gives its own. */
const ALWAYS = {
  epochs: z.int().min(1).describe("passes over the training set").default(10),
  batchSize: z.int().min(1).describe("samples a step").default(32),
};

/** What options by these names are, where a default is all that is said. */
const KNOWN: Readonly<Record<string, z.ZodNumber>> = {
  epochs: ALWAYS.epochs.unwrap(),
  batchSize: ALWAYS.batchSize.unwrap(),
  lr: z.number().positive().describe("learning rate"),
  weightDecay: z.number().min(0).describe("weight decay"),
};

type Always = { readonly epochs: number; readonly batchSize: number };

/** The values of an experiment's options. */
export type ExperimentOptions<S extends OptionShape = Record<never, never>> =
  & OptionsOf<S>
  & Omit<Always, keyof S>;

/** Figures of others for the same task. */
export interface Reference {
  /** Whose they are: `the paper`. */
  readonly name: string;
  /** A remark: `mean of 4 seeds`. */
  readonly note?: string | undefined;
  /** Accuracy on the dev set, where it is known. */
  readonly dev?: number | undefined;
  /** Accuracy on the test set. */
  readonly test: number;
  /** Where they were published. */
  readonly source?: string | undefined;
}

/** What {@link Definition.reference} is told. */
export interface ReferenceContext<O, D extends Data>
  extends Pick<BuildContext<O, D>, "options" | "data"> {
  /** The names of those that are not what they are unless given. */
  readonly changed: readonly string[];
  /** How many networks vote. */
  readonly networks: number;
}

/** A part of a report. */
export interface ReportSection {
  readonly heading: string;
  readonly text: string;
  /** A table below the text; the first cell of each row names it. */
  readonly table?: {
    readonly head: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
  };
}

/** What {@link Definition.extras} is told. */
export interface ExtrasContext<O, D extends Data> {
  readonly model: nn.Module;
  readonly options: O;
  readonly sets: D;
  readonly seed: number;
  /** What the network is worth on the dev set. */
  readonly figures: Readonly<Record<string, number | number[][]>>;
  /** Writes a file into the run's folder, and its folder if need be; a value as JSON. */
  write(name: string, contents: string | Uint8Array | object): void;
}

/** What {@link defineExperiment} takes. */
export interface Definition<S extends OptionShape, D extends Data> {
  /** What is trained, in a few words. */
  readonly title: string | ((options: ExperimentOptions<S>, data: DataInfo<D>) => string);
  /** Options by name, each by its default or its schema; see `schemaOf`. */
  readonly options?: S;
  /** Reads or makes the data. Random numbers begin anew before it, always the same. */
  data(context: DataContext<ExperimentOptions<S>>): D | Promise<D>;
  /** Makes an untrained network and what trains it. Random numbers begin with the seed before it. */
  build(context: BuildContext<ExperimentOptions<S>, D>): Built | Promise<Built>;
  /** What results are told besides the loss. Default: none. */
  readonly metrics?: readonly Metric[];
  /** Which weights are taken in the end: the best epoch's, or the last. Default: `"best"`. */
  readonly weights?: "best" | "last";
  /** By which figure an epoch is the best: see `train.BestWeights`. Default: accuracy, or else loss. */
  readonly monitor?: string;
  /** Writes more files at the end, and tells more in the report; of the dev set, never of the test set. */
  extras?(context: ExtrasContext<ExperimentOptions<S>, D>): Promise<ReportSection[]>;
  /** Whether what is left over at an epoch's end, less than a batch, is left out. Default: false. */
  readonly dropLast?: boolean;
  /** Threads that an operation is split over, which change no result. Default: one a processor. */
  readonly threads?: number;
  /** What results stand beside. Default: nothing. */
  reference?(context: ReferenceContext<ExperimentOptions<S>, D>): Reference | null;
}

// deno-lint-ignore no-explicit-any -- each experiment has options and data of its own
type Any = any;

/** An experiment, as the command line runs it. */
export interface Experiment extends Omit<Definition<Any, Any>, "options"> {
  /** What its options are. */
  readonly schema: z.ZodObject;
  readonly metrics: readonly Metric[];
  readonly weights: "best" | "last";
  readonly dropLast: boolean;
}

/** Names that `config.json` and the command line have for themselves. */
const RESERVED = ("experiment seed threads device memory checkpointEvery out ensemble resume " +
  "allowOtherBuild quiet help data imageShape classes environment command started").split(" ");

/**
 * Defines an experiment: the default export of a file that `deno task train FILE` runs. Throws
 * RangeError where an option has a name that every command has.
 *
 * @example
 * ```ts ignore
 * import { accuracy, defineExperiment, mnist } from "@glim/cli";
 *
 * export default defineExperiment({
 *   title: "A linear classifier",
 *   options: { epochs: 3, lr: 0.1 },
 *   data: () => mnist(),
 *   build({ options }) {
 *     const model = new nn.Linear(784, 10);
 *     const optimizer = new optim.SGD(model.parameters(), { lr: options.lr });
 *     return { model, optimizer, loss: new nn.CrossEntropyLoss() };
 *   },
 *   metrics: [accuracy()],
 * });
 * ```
 */
export function defineExperiment<const S extends OptionShape, D extends Data>(
  definition: Definition<S, D>,
): Experiment {
  const { options = {} as S, metrics = [], weights = "best", dropLast = false } = definition;
  const taken = Object.keys(options).find((name) => RESERVED.includes(name));
  if (taken !== undefined) {
    throw new RangeError(
      `defineExperiment: the option ${taken} is the command's: name it otherwise`,
    );
  }
  const shape = Object.entries<OptionValue>({ ...options, ...ALWAYS, ...options }).map(
    ([name, value]) => {
      const known = typeof value === "number" ? KNOWN[name]?.default(value) : undefined;
      return [name, known ?? value] as const;
    },
  );
  const schema = schemaOf(Object.fromEntries(shape));
  return { ...definition, schema, metrics, weights, dropLast } as Experiment;
}

/** What epochs and options are compared by: a higher accuracy where there is one, or a lower loss. */
export function judgedBy({ metrics }: Experiment): "accuracy" | "loss" {
  return metrics.some(({ name }) => name === "accuracy") ? "accuracy" : "loss";
}

/** What an experiment trains, in a few words. */
export function titleOf({ title }: Experiment, options: object, data: DataInfo): string {
  return typeof title === "string" ? title : title(options, data);
}
