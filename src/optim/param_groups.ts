/**
 * What an optimizer is made of: parameters, or groups of them with settings of their own.
 *
 * @module
 */
import { Buffer, notATensor } from "../device/buffer.ts";
import {
  anything,
  check,
  isIterable,
  isPlainObject,
  type Kind,
  kind,
  type Kinds,
  number,
} from "../core/options.ts";
import type { Parameter } from "../tensor/tensor.ts";

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

/** A group as it is given: settings that are left out are the optimizer's. */
export type Group<Settings> = Partial<Settings> & { params: Iterable<Parameter> };

/** What a group has beside settings. */
export type GroupSettings = Partial<Pick<ParamGroup<unknown>, "params" | "initialLr">>;

/** What that may be. */
export const GROUP: Kinds<GroupSettings> = { params: anything, initialLr: number };

/** Kinds that let any value through, for settings of which only the names are known. */
export function kindsOf<Settings>(defaults: Settings): Kinds<Settings> {
  const names = Object.keys(defaults as object);
  return Object.fromEntries(names.map((name) => [name, anything])) as Kinds<Settings>;
}

/** What an optimizer is made of, as groups. */
export function groupsOf<Settings>(name: string, params: Params<Settings>): Group<Settings>[] {
  const list = listOf(name, params as Iterable<Parameter | Group<Settings>>);
  if (list.length > 0 && list.every((item) => isPlainObject(item) && "params" in item)) {
    return list as Group<Settings>[];
  }
  return [{ params: list as Parameter[] } as unknown as Group<Settings>];
}

/** The parameters of a group. TypeError for anything but tensors of float32 that are leaves. */
export function parametersOf(name: string, params: Iterable<Parameter>): Parameter[] {
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

const LIST = kind("a list, as model.parameters() or [tensor]", isIterable);

/** What `addParamGroup` takes. */
export const NEW_GROUP: Kind = kind(
  "{ params, … }",
  (value) => isPlainObject(value) && "params" in value,
);
