/**
 * What all optimizers share.
 *
 * @module
 */
import { Buffer, notATensor } from "../device/buffer.ts";
import { moveStorage } from "../device/transfer.ts";
import { zerosLike } from "../tensor/create.ts";
import { DataError, show } from "../core/errors.ts";
import type { DeviceName } from "../devices.ts";
import { inspectAsString, textOf } from "../core/inspect.ts";
import {
  anything,
  atMost,
  check,
  checkOptions,
  copyOptions,
  isIterable,
  isListOf,
  isPlainObject,
  type Kind,
  kind,
  type Kinds,
  number,
  withDefaults,
} from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { noGrad, type Parameter, type Tensor } from "../tensor/tensor.ts";

/** Parameters that share settings. */
export type ParamGroup<Settings> = Settings & {
  /** The parameters of the group. */
  params: Parameter[];
  /** The learning rate before any schedule changed it; the first schedule notes it. */
  initialLr?: number;
};

/** What an optimizer is made of: parameters, or groups of them with settings of their own. */
export type Params<Settings> =
  | Iterable<Parameter>
  | Iterable<Partial<Settings> & { params: Iterable<Parameter> }>;

/** An optimizer's settings and memory, to go on from later. */
export interface OptimizerState<Settings> {
  /** Settings of each group; parameters by their position. */
  paramGroups: (Settings & { params: number[] })[];
  /** Each parameter's tensors and counters, by its position. */
  state: Map<number, Record<string, Tensor | number>>;
}

/** What a group has beside settings. */
type GroupSettings = Partial<Pick<ParamGroup<unknown>, "params" | "initialLr">>;

const GROUP: Kinds<GroupSettings> = { params: anything, initialLr: number };

/** Kinds that let any value through, for settings of which only the names are known. */
function kindsOf<Settings>(defaults: Settings): Kinds<Settings> {
  const names = Object.keys(defaults as object);
  return Object.fromEntries(names.map((name) => [name, anything])) as Kinds<Settings>;
}

/** What an optimizer is made of, as groups. */
function groupsOf<Settings>(name: string, params: Params<Settings>): Group<Settings>[] {
  const list = listOf(name, params as Iterable<Parameter | Group<Settings>>);
  if (list.length > 0 && list.every((item) => isPlainObject(item) && "params" in item)) {
    return list as Group<Settings>[];
  }
  return [{ params: list as Parameter[] } as unknown as Group<Settings>];
}

type Group<Settings> = Partial<Settings> & { params: Iterable<Parameter> };

/** The parameters of a group. TypeError for anything but tensors of float32 that are leaves. */
function parametersOf(name: string, params: Iterable<Parameter>): Parameter[] {
  const list = listOf(name, params);
  list.forEach((p, i) => {
    if (!Buffer.is(p)) {
      throw new TypeError(
        `${name}: parameters must be tensors, or groups { params: [tensor, …], lr, … }: number ` +
          `${i} is ${notATensor(p)}`,
      );
    }
    if (p.dtype !== "float32" || !p.isLeaf) {
      throw new TypeError(
        `${name}: parameters must be leaves of float32: number ${i} is ` +
          (p.isLeaf ? `${p.dtype}: convert it by to("float32")` : `the result of ${p.node!.name}`),
      );
    }
  });
  return list;
}

function listOf<T>(name: string, params: Iterable<T>): T[] {
  check(name, "parameters", params, LIST);
  return [...params];
}

const LIST = kind("a list, as [tensor]", isIterable);

const STATE = kind("what stateDict() gives", (value) => {
  if (!isPlainObject(value)) return false;
  const { paramGroups, state } = value as Partial<OptimizerState<unknown>>;
  return state instanceof Map && Array.from(state.values()).every(isPlainObject) &&
    isListOf(paramGroups, (group) =>
      isPlainObject(group) && "params" in group &&
      Array.isArray(group.params));
});

/** Base of all optimizers: groups of parameters, and memory for each parameter. */
export abstract class Optimizer<Settings extends { lr: number }> {
  /** The groups, whose settings may be changed at any time. */
  readonly paramGroups: ParamGroup<Settings>[];
  /** Tensors and counters that the rule keeps for each parameter. */
  protected readonly state: Map<Parameter, Record<string, Tensor | number>> = new Map();

  /** The kinds of the settings, as far as they are known. */
  readonly #kinds: Partial<Kinds<Settings>>;

  /**
   * Over parameters, or groups of them.
   *
   * @param kinds Which values the settings take; without it groups may have any, under the names of
   * the defaults.
   *
   * TypeError for what is no parameter, and for settings that are not known or of another type.
   * RangeError where there is no parameter, or one appears twice.
   */
  constructor(params: Params<Settings>, defaults: Settings, kinds?: Kinds<Settings>) {
    const name = new.target.name;
    const known = kinds ?? kindsOf(defaults);
    this.#kinds = kinds ?? {};
    this.paramGroups = groupsOf<Settings>(name, params).map((group, i) => {
      const settings = { ...group, params: undefined } as unknown as GroupSettings & Settings;
      checkOptions(
        `${name}: group ${i}`,
        settings,
        { ...known, ...GROUP } as Kinds<typeof settings>,
      );
      const own = withDefaults(defaults as Required<Settings>, settings as Settings);
      return { ...copyOptions(own), params: parametersOf(name, group.params) };
    });
    const all = this.paramGroups.flatMap((group) => group.params);
    if (all.length === 0) throw new RangeError(`${name}: at least one parameter is needed`);
    if (new Set(all).size !== all.length) {
      throw new RangeError(`${name}: a parameter must not appear twice`);
    }
  }

  /**
   * Changes the weights w of parameters of a group by their gradients g, three lists in the same order:
   * each row-major, of its parameter's shape.
   */
  protected abstract update(
    parameters: readonly Parameter[],
    w: readonly Buffer[],
    g: readonly Buffer[],
    group: ParamGroup<Settings>,
  ): void;

  /** Changes all parameters that have a gradient. */
  step(): void {
    atMost(0, arguments.length, "step()");
    for (const group of this.paramGroups) {
      const parameters: Parameter[] = [];
      const grads: Tensor[] = [];
      let isRowMajor = true;
      for (const parameter of group.params) {
        const { grad } = parameter;
        if (grad === null) continue;
        parameters.push(parameter);
        grads.push(grad);
        isRowMajor &&= parameter.isContiguous && grad.isContiguous;
      }
      if (parameters.length === 0) continue;
      if (isRowMajor) {
        this.update(parameters, parameters, grads, group);
        for (const parameter of parameters) parameter.storage.version++;
      } else this.#updateCopies(parameters, grads, group);
    }
  }

  /** The same where some do not lie row-major: those are copied, and the weights copied back. */
  #updateCopies(
    parameters: readonly Parameter[],
    grads: readonly Tensor[],
    group: ParamGroup<Settings>,
  ): void {
    noGrad(() => {
      const w = parameters.map((parameter) => parameter.contiguous());
      this.update(parameters, w, grads.map((grad) => grad.contiguous()), group);
      parameters.forEach((parameter, i) => {
        if (w[i] === parameter) parameter.storage.version++;
        else parameter.copy_(w[i]!);
      });
    });
  }

  /**
   * The tensors that the rule keeps for parameters under a name; zeros at first. They follow a parameter
   * that was moved to another device.
   */
  protected memoriesOf(parameters: readonly Parameter[], name: string): Tensor[] {
    return parameters.map((parameter) => {
      const memory = (this.#memoryOf(parameter)[name] ??= zerosLike(parameter).keep()) as Tensor;
      moveStorage("step", memory.storage, parameter.storage.device);
      return memory;
    });
  }

  /** Counts the steps of parameters under `step`: 1 at the first. */
  protected countSteps(parameters: readonly Parameter[]): number[] {
    return parameters.map((parameter) => {
      const memory = this.#memoryOf(parameter);
      return memory.step = (memory.step as number | undefined ?? 0) + 1;
    });
  }

  #memoryOf(parameter: Parameter): Record<string, Tensor | number> {
    let memory = this.state.get(parameter);
    if (memory === undefined) this.state.set(parameter, memory = {});
    return memory;
  }

  /** Releases all gradients. */
  zeroGrad(): void {
    atMost(0, arguments.length, "zeroGrad()");
    for (const group of this.paramGroups) {
      for (const parameter of group.params) parameter.zeroGrad();
    }
  }

  /** Copies of settings and memory. The tensors are in the current scope: see `Module.stateDict`. */
  stateDict(): OptimizerState<Settings> {
    const index = new Map(
      this.paramGroups.flatMap((group) => group.params).map((p, i) => [p, i] as const),
    );
    return {
      paramGroups: this.paramGroups.map((group) => ({
        ...copyOptions(group),
        params: group.params.map((p) => index.get(p)!),
      })),
      state: new Map(Array.from(this.state, ([p, memory]) => [index.get(p)!, copyOf(memory)])),
    };
  }

  /** Goes on from a state. Throws DataError where groups, parameters or shapes do not agree. */
  loadStateDict(saved: OptimizerState<Settings>): void {
    atMost(1, arguments.length, "loadStateDict(state)");
    check("loadStateDict", "the state", saved, STATE);
    for (const group of saved.paramGroups) {
      for (const [name, kind] of Object.entries(this.#kinds as Record<string, Kind>)) {
        check("loadStateDict", name, group[name as keyof typeof group], kind);
      }
    }
    const all = this.paramGroups.flatMap((group) => group.params);
    const sizes = (groups: readonly { params: readonly unknown[] }[]) =>
      show(groups.map((group) => group.params.length));
    if (sizes(saved.paramGroups) !== sizes(this.paramGroups)) {
      throw new DataError(
        `loadStateDict: the optimizer has groups of ${sizes(this.paramGroups)} parameters, the ` +
          `state of ${sizes(saved.paramGroups)}`,
      );
    }
    for (const [i, memory] of saved.state) {
      for (const [name, value] of Object.entries(memory)) {
        if (typeof value === "number") continue;
        const { shape, dtype } = value;
        if (sameShape(shape, all[i]?.shape ?? [-1]) && dtype === "float32") continue;
        throw new DataError(
          `loadStateDict: ${name} of parameter ${i} must be float32 ${
            show(all[i]?.shape ?? [])
          }: it is ${dtype} ${show(shape)}`,
        );
      }
    }
    this.#releaseState();
    for (const [i, memory] of saved.state) {
      const own = copyOf(memory, all[i]!.device);
      for (const value of Object.values(own)) if (typeof value !== "number") value.keep();
      this.state.set(all[i]!, own);
    }
    saved.paramGroups.forEach((group, i) => {
      Object.assign(this.paramGroups[i]!, {
        ...copyOptions(group),
        params: this.paramGroups[i]!.params,
      });
    });
  }

  #releaseState(): void {
    for (const memory of this.state.values()) {
      for (const value of Object.values(memory)) {
        if (typeof value !== "number") value[Symbol.dispose]();
      }
    }
    this.state.clear();
  }

  /** As PyTorch prints it: the settings of each group, but for the parameters their number. */
  toString(): string {
    const groups = this.paramGroups.map((group, i) =>
      [
        `Parameter Group ${i}`,
        ...Object.entries(group).map(([name, value]) =>
          name === "params" ? `params: ${group.params.length}` : `${name}: ${textOf(value)}`
        ),
      ].join("\n    ")
    );
    return `${this.constructor.name} (\n${groups.join("\n")}\n)`;
  }

  /** Releases the optimizer's memory: for sweeps that make many. */
  [Symbol.dispose](): void {
    this.#releaseState();
  }
}

inspectAsString(Optimizer);

function copyOf(
  memory: Record<string, Tensor | number>,
  device?: DeviceName,
): Record<string, Tensor | number> {
  return Object.fromEntries(
    Object.entries(memory).map(([name, value]) => [
      name,
      typeof value === "number" ? value : noGrad(() => value.to(device ?? value.device).clone()),
    ]),
  );
}
