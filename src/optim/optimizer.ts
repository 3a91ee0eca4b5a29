/**
 * What all optimizers share: groups of parameters, what a rule keeps for each, steps, and their state.
 *
 * @module
 */
import { setRecording } from "../autograd/autograd.ts";
import { Buffer } from "../device/buffer.ts";
import { bringStorages, checkSeen, moveStorage } from "../device/transfer.ts";
import { outside } from "../scope/outside.ts";
import { zerosLike } from "../tensor/create.ts";
import { DataError, show } from "../core/errors.ts";
import { type DeviceName, deviceOf } from "../devices.ts";
import { inspectAsString, textOf } from "../core/inspect.ts";
import {
  atMost,
  callable,
  check,
  checkOptions,
  copyOptions,
  isListOf,
  isPlainObject,
  type Kind,
  kind,
  type Kinds,
  withDefaults,
} from "../core/options.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import { noGrad, type Parameter, type Tensor } from "../tensor/tensor.ts";
import {
  GROUP,
  type Group,
  type GroupSettings,
  groupsOf,
  kindsOf,
  NEW_GROUP,
  parametersOf,
  type ParamGroup,
  type Params,
} from "./param_groups.ts";

export type { ParamGroup, Params };

/** An optimizer's settings and memory, to go on from later. */
export interface OptimizerState<Settings> {
  /** Settings of each group; parameters by their position. */
  paramGroups: (Settings & { params: number[] })[];
  /** Each parameter's tensors and counters, by its position. */
  state: Map<number, Record<string, Tensor | number>>;
}

/** What to write where memory is on a GPU and its parameter is not. */
const INSTEAD = "await optimizer.cpu() first";

const STATE = kind("what stateDict() gives", (value) => {
  if (!isPlainObject(value)) return false;
  const { paramGroups, state } = value as Partial<OptimizerState<unknown>>;
  return state instanceof Map && Array.from(state.values()).every(isPlainObject) &&
    isListOf(paramGroups, (group) =>
      isPlainObject(group) && "params" in group &&
      Array.isArray(group.params));
});

/** Base of all optimizers: groups of parameters, and memory for each parameter. */
export abstract class Optimizer<
  // deno-lint-ignore no-explicit-any
  Settings extends { lr: number; maximize?: boolean } = any,
> {
  /** The groups, whose settings may be changed at any time. */
  readonly paramGroups: ParamGroup<Settings>[];
  /** Tensors and counters that the rule keeps for each parameter. */
  protected readonly state: Map<Parameter, Record<string, Tensor | number>> = new Map();

  /** The kinds of the settings, as far as they are known. */
  readonly #kinds: Partial<Kinds<Settings>>;
  readonly #defaults: Settings;

  /**
   * Over parameters, or groups of them.
   *
   * TypeError for what is no parameter, and for settings that are not known or of another type.
   * RangeError where there is no parameter, or one appears twice.
   *
   * @param kinds Which values the settings take; without it groups may have any, under the names of
   * the defaults.
   */
  constructor(params: Params<Settings>, defaults: Settings, kinds?: Kinds<Settings>) {
    const name = new.target.name;
    this.#kinds = kinds ?? {};
    this.#defaults = defaults;
    this.paramGroups = groupsOf<Settings>(name, params).map((group, i) =>
      this.#groupOf(name, `${name}: group ${i}`, group)
    );
    const all = this.#parameters();
    if (all.length === 0) {
      const spent = "next" in params ? ": parameters() gives them once: call it again" : "";
      throw new RangeError(`${name}: at least one parameter is needed${spent}`);
    }
    if (new Set(all).size !== all.length) {
      throw new RangeError(`${name}: a parameter must not appear twice`);
    }
  }

  #parameters(): Parameter[] {
    return this.paramGroups.flatMap((group) => group.params);
  }

  #groupOf(name: string, what: string, group: Group<Settings>): ParamGroup<Settings> {
    const settings = { ...group, params: undefined } as unknown as GroupSettings & Settings;
    const known = Object.keys(this.#kinds).length > 0 ? this.#kinds : kindsOf(this.#defaults);
    checkOptions(what, settings, { ...known, ...GROUP } as Kinds<typeof settings>);
    const own = withDefaults(this.#defaults as Required<Settings>, settings as Settings);
    const made = { ...copyOptions(own), params: parametersOf(name, group.params) };
    this.checkGroup(made);
    return made;
  }

  /** Refuses settings that do not go together. */
  protected checkGroup(_group: ParamGroup<Settings>): void {}

  /**
   * Adds parameters, with settings of their own or the defaults, to be changed by steps from here on.
   *
   * TypeError and RangeError as the constructor's, and for a parameter that is in another group.
   */
  addParamGroup(group: Partial<Settings> & { params: Parameter | Iterable<Parameter> }): void {
    atMost(1, arguments.length, "addParamGroup(group)");
    check("addParamGroup", "the group", group, NEW_GROUP);
    const { params } = group;
    const list = Buffer.is(params) ? [params] : params as Iterable<Parameter>;
    const made = this.#groupOf("addParamGroup", "addParamGroup", { ...group, params: list });
    const all = [...this.#parameters(), ...made.params];
    if (new Set(all).size !== all.length) {
      throw new RangeError("addParamGroup: a parameter must not appear twice");
    }
    this.paramGroups.push(made);
  }

  /**
   * Changes the weights w of parameters of a group by their gradients g, three lists in the same order:
   * each row-major, of its parameter's shape. A rule that is one kernel for the lists overrides this,
   * one that is made of ops {@link Optimizer.change}.
   */
  protected update(
    parameters: readonly Parameter[],
    w: readonly Buffer[],
    g: readonly Buffer[],
    group: ParamGroup<Settings>,
  ): void {
    noGrad(() =>
      parameters.forEach((parameter, i) =>
        this.change(w[i] as Tensor, g[i] as Tensor, group, parameter)
      )
    );
  }

  /**
   * Changes one parameter's weight w in place by its gradient g. Nothing is recorded, and what is made
   * is released; what the rule keeps is the parameter's.
   */
  protected change(
    _w: Tensor,
    _g: Tensor,
    _group: ParamGroup<Settings>,
    _parameter: Parameter,
  ): void {
    throw new TypeError(`${this.constructor.name}: an optimizer must have update() or change()`);
  }

  /** Changes all parameters that have a gradient. */
  step(): void;
  /** The same after a function, recorded, has computed the gradients; gives what it returns. */
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | void {
    atMost(1, arguments.length, "step(closure)");
    if (closure === undefined) return this.#change();
    const result = evaluate(closure);
    this.#change();
    return result;
  }

  #change(): void {
    for (const group of this.paramGroups) {
      const parameters: Parameter[] = [];
      const grads: Tensor[] = [];
      let isRowMajor = group.maximize !== true;
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

  /**
   * The same where some do not lie row-major: those are copied, and the weights copied back; and where
   * a group goes up instead of down.
   */
  #updateCopies(
    parameters: readonly Parameter[],
    grads: readonly Tensor[],
    group: ParamGroup<Settings>,
  ): void {
    noGrad(() => {
      const w = parameters.map((parameter) => parameter.contiguous());
      const down = group.maximize ? grads.map((grad) => grad.neg()) : grads;
      this.update(parameters, w, down.map((grad) => grad.contiguous()), group);
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
    return parameters.map((parameter) => this.keptOf(parameter, name));
  }

  /** The same of one parameter, which begins as `first` says. */
  protected memoryOf(
    parameter: Parameter,
    name: string,
    first: (parameter: Parameter) => Tensor,
  ): Tensor {
    const memory = (this.#memoryOf(parameter)[name] ??= first(parameter).keep()) as Tensor;
    moveStorage("step", memory.storage, parameter.storage.device, INSTEAD);
    return memory;
  }

  /** The shape of what is kept for a parameter under a name; null: any. */
  protected memoryShape(_name: string, parameter: Parameter): Shape | null {
    return parameter.shape;
  }

  /** What the rule keeps for a parameter under a name; zeros at first. */
  protected keptOf(parameter: Parameter, name: string): Tensor {
    return this.memoryOf(parameter, name, zerosLike);
  }

  /** A number that is kept for a parameter under a name. */
  protected numberOf(parameter: Parameter, name: string, first: number): number {
    return this.#memoryOf(parameter)[name] as number | undefined ?? first;
  }

  /** Keeps a number for a parameter. */
  protected keepNumber(parameter: Parameter, name: string, value: number): void {
    this.#memoryOf(parameter)[name] = value;
  }

  /** The number of the step that a parameter takes now: 1 at the first. */
  protected stepOf(parameter: Parameter): number {
    return this.countSteps([parameter])[0]!;
  }

  /** Counts the steps of parameters under `step`: 1 at the first. */
  protected countSteps(parameters: readonly Parameter[]): number[] {
    return parameters.map((parameter) => {
      const memory = this.#memoryOf(parameter);
      return memory["step"] = (memory["step"] as number | undefined ?? 0) + 1;
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

  /**
   * Brings what is kept for parameters to the CPU from a GPU, as `module.cpu()` brings these. No step may
   * be taken meanwhile.
   */
  async cpu(): Promise<this> {
    atMost(0, arguments.length, "cpu()");
    const kept = Array.from(this.state.values(), (memory) => Object.values(memory)).flat();
    const storages = kept.flatMap((value) => typeof value === "number" ? [] : value.storage);
    await outside(bringStorages(storages, deviceOf("cpu", "cpu")));
    return this;
  }

  /** Copies of settings and memory. The tensors are in the current scope: see `Module.stateDict`. */
  stateDict(): OptimizerState<Settings> {
    const index = new Map(this.#parameters().map((p, i) => [p, i] as const));
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
        const setting = group[name as keyof typeof group];
        if (setting !== undefined) check("loadStateDict", name, setting, kind);
      }
    }
    const all = this.#parameters();
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
        if (value.device !== all[i]?.device) checkSeen("loadStateDict", value, INSTEAD);
        const needed = all[i] === undefined ? [-1] : this.memoryShape(name, all[i]);
        if ((needed === null || sameShape(shape, needed)) && dtype === "float32") continue;
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

/** What a function that computes gradients returns. */
export function evaluate<T>(closure: () => T): T {
  check("step", "the closure", closure, callable);
  const wasRecording = setRecording(true);
  try {
    return closure();
  } finally {
    setRecording(wasRecording);
  }
}

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
