/**
 * The states of all that changes while a training runs, out of it and into it.
 *
 * @module
 */
import { DataError, messageOf } from "../core/errors.ts";
import * as lrScheduler from "../lr_scheduler/mod.ts";
import { canLook } from "../device/transfer.ts";
import { copyOf } from "../io/raw_tensor.ts";
import type { AnyModule } from "../nn/mod.ts";
import * as optim from "../optim/mod.ts";
import type { Platform } from "../core/platform.ts";
import { scope } from "../scope/scope.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Callback } from "./callback.ts";
import { type Copy, type RawTensors, tensorsOf, TensorTable } from "./checkpoint_tensors.ts";

declare const structuredClone: Platform["structuredClone"];

/** All that changes, apart from the position and the random numbers. */
export interface Learners {
  /** What learns. */
  model: AnyModule;
  /** What changes the parameters. */
  optimizer: lrScheduler.AnyOptimizer;
  /** What changes the learning rate; it is told the training loss of the epoch or step. */
  scheduler?: lrScheduler.LRScheduler | undefined;
  /** After what the scheduler steps. Default: `"epoch"`. */
  schedulerInterval?: "epoch" | "step" | undefined;
  /**
   * Averages of the model's weights: moved after each step, and what is evaluated after each epoch.
   * While `onEpochEnd` is called the model holds them, so they are what {@link BestWeights} keeps.
   */
  averagedModel?: optim.swaUtils.AveragedModel | undefined;
  /** Who is told how the run gets on. */
  callbacks?: Callback[] | undefined;
}

/** Their states: all tensors in one table, everything else as JSON has it. */
export interface LearnersState {
  /** The optimizer. */
  optimizer: {
    /** Its class. */
    kind: string;
    /** Settings of each group; parameters by their number. */
    paramGroups: { params: number[] }[];
    /** What it keeps for a parameter: numbers, and null for a tensor. */
    state: [parameter: number, memory: Record<string, number | null>][];
  };
  /** The scheduler; null where there is none. */
  scheduler: {
    /** Its class. */
    kind: string;
    /** After what it steps. */
    interval: "epoch" | "step";
    /** What it has counted. */
    state: lrScheduler.SchedulerState;
  } | null;
  /** Whether there are averages of the weights. */
  averagedModel: boolean;
  /** The callbacks that have a state, by name. */
  callbacks: { name: string; values: unknown }[];
  /**
   * The tensors: `model.layers.0.weight`, `optimizer.0.momentumBuffer` (by the parameter's number),
   * `averagedModel.module.layers.0.weight`, `callbacks.best.layers.0.weight`.
   */
  tensors: RawTensors;
}

/** A callback that has a state. */
type StatefulCallback = Required<Pick<Callback, "name" | "stateDict" | "loadStateDict">>;

/** The callbacks that have a state. RangeError where one has no name that tells it from the others. */
export function statefulCallbacks(callbacks: readonly Callback[] = []): StatefulCallback[] {
  const found = callbacks.filter(isStateful);
  found.forEach(({ name }, i) => {
    const isOwn = found.findIndex((other) => other.name === name) === i;
    if (isOwn && /^[\w-]+$/.test(name ?? "")) return;
    throw new RangeError(
      `Trainer: a callback with a state needs a name of its own, of letters, digits, _ and -: ` +
        `it is ${JSON.stringify(name)}`,
    );
  });
  return found;
}

function isStateful(callback: Callback): callback is Callback & StatefulCallback {
  return callback.stateDict !== undefined && callback.loadStateDict !== undefined;
}

/** The states now, with tensors copied at once (DeviceError of those that the host cannot look at) or so. */
export function readLearners(learners: Learners, copy: Copy = copyOf): LearnersState {
  const { model, optimizer, scheduler, schedulerInterval, averagedModel, callbacks } = learners;
  const table = new TensorTable(copy);
  // The averages may be in the model, whose own weights are what it goes on with.
  const isApplied = averagedModel?.isApplied ?? false;
  averagedModel?.restore();
  table.putAll("model", model.stateDict());
  if (isApplied) averagedModel!.apply();
  table.putAll("averagedModel", averagedModel?.stateDict());
  const { paramGroups, state } = optimizer.stateDict();
  return {
    optimizer: {
      kind: kindOf(optimizer, optim),
      paramGroups: structuredClone(paramGroups),
      state: Array.from(state, ([i, memory]) => [i, numbersOf(table, `optimizer.${i}`, memory)]),
    },
    scheduler: scheduler === undefined ? null : {
      kind: kindOf(scheduler, lrScheduler),
      interval: schedulerInterval ?? "epoch",
      state: structuredClone(scheduler.stateDict()),
    },
    averagedModel: averagedModel !== undefined,
    callbacks: statefulCallbacks(callbacks).map((callback) => {
      const { values = null, tensors: own } = callback.stateDict();
      table.putAll(`callbacks.${callback.name}`, own);
      return { name: callback.name, values: structuredClone(values) };
    }),
    tensors: table.tensors,
  };
}

/** Puts a parameter's tensors into the table and leaves its numbers. */
function numbersOf(
  table: TensorTable,
  part: string,
  memory: Record<string, Tensor | number>,
): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(memory).map(([name, value]) => {
      if (typeof value === "number") return [name, value];
      table.put(`${part}.${name}`, value);
      return [name, null];
    }),
  );
}

/**
 * The name under which Glim exports an object's class: a bundler may have given the class another.
 * For a class of one's own, the class's.
 */
function kindOf(object: object, exported: object): string {
  const found = Object.entries(exported).find(([_, value]) => value === object.constructor);
  return found?.[0] ?? object.constructor.name;
}

/** Goes on from states. Throws DataError, and nothing is changed, where they are of others. */
export function loadLearners(learners: Learners, state: LearnersState): void {
  // what the host cannot look at cannot be put back either, but is looked at for its shape
  let canUndo = true;
  const before = readLearners(learners, (x) => {
    if (canLook(x)) return copyOf(x);
    canUndo = false;
    return { dtype: x.dtype, shape: [...x.shape], data: [] as never };
  });
  const faults = differences(before, state);
  if (faults.length > 0) {
    throw new DataError(`resume: the training must be the same: ${faults.join("; ")}`);
  }
  try {
    scope(() => load(learners, state));
  } catch (cause) {
    if (canUndo) scope(() => load(learners, before));
    const reason = messageOf(cause);
    throw new DataError(`resume: the checkpoint does not fit: ${reason}`, { cause });
  }
}

function load(learners: Learners, state: LearnersState): void {
  const { model, optimizer, scheduler, averagedModel, callbacks } = learners;
  model.loadStateDict(tensorsOf(state, "model"));
  averagedModel?.loadStateDict(tensorsOf(state, "averagedModel"));
  optimizer.loadStateDict({
    paramGroups: structuredClone(state.optimizer.paramGroups),
    state: new Map(state.optimizer.state.map(([i, memory]) => [
      i,
      {
        ...memory as Record<string, number>,
        ...Object.fromEntries(tensorsOf(state, `optimizer.${i}`)),
      },
    ])),
  });
  scheduler?.loadStateDict(structuredClone(state.scheduler!.state));
  for (const callback of statefulCallbacks(callbacks)) {
    const { values } = state.callbacks.find(({ name }) => name === callback.name)!;
    const tensors = tensorsOf(state, `callbacks.${callback.name}`);
    callback.loadStateDict({ values: structuredClone(values), tensors });
  }
}

/** What tells two trainings apart, as a message has it. */
function differences(own: LearnersState, other: LearnersState): string[] {
  const tell: Record<string, (state: LearnersState) => string> = {
    optimizer: ({ optimizer }) => optimizer.kind,
    "parameters of the optimizer's groups": ({ optimizer }) =>
      optimizer.paramGroups.map(({ params }) => params.length).join(" + "),
    scheduler: ({ scheduler }) =>
      scheduler === null ? "none" : `${scheduler.kind}, each ${scheduler.interval}`,
    averagedModel: ({ averagedModel }) => averagedModel ? "one" : "none",
    "callbacks with a state": ({ callbacks }) =>
      callbacks.map(({ name }) => name).sort().join(", ") || "none",
  };
  return Object.entries(tell).flatMap(([what, of]) =>
    of(own) === of(other) ? [] : [`${what}: ${of(own)} is needed, the checkpoint has ${of(other)}`]
  );
}
