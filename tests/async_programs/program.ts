/**
 * Random programs of async functions, loops, scopes and tasks. Each tensor has one number all over,
 * which is looked at again and again while the tensor should live; where its scope has ended, it must
 * be released.
 */
import assert from "node:assert/strict";
import { data, full, noGrad, outside, scope, steps, task, type Tensor, tensor } from "../../mod.ts";
import { Choices, Scheduler } from "./scheduler.ts";

/** A tensor and the number that it should hold. */
interface Made {
  tensor: Tensor;
  value: number;
  isKept: boolean;
}

/** What lives as long as one scope. */
type Region = Made[];

/** Where a piece of the program runs. */
interface Place {
  choices: Choices;
  /** What belongs to the current scope. */
  region: Region;
  /** What else must be alive: the regions around it. */
  around: readonly Region[];
  /** How many more levels may be opened. */
  depth: number;
  /** Whether an error would leave nothing running. */
  mayThrow: boolean;
}

/** What a program throws to itself. */
class Expected extends Error {}

/** What is chosen in synchronous code. */
const SYNC = {
  make: 6,
  add: 4,
  look: 4,
  keep: 1,
  fail: 1,
  start: 1,
  scope: 2,
  loop: 2,
  zipped: 1,
  noGrad: 1,
  left: 1,
};

/** What is chosen in async code, beside. */
const ASYNC = {
  ...SYNC,
  microtask: 3,
  later: 6,
  read: 3,
  several: 2,
  turns: 4,
  batches: 2,
  generator: 1,
  zippedTurns: 1,
  using: 2,
  function: 2,
  functions: 1,
  asyncScope: 2,
  task: 2,
  tasks: 2,
  callback: 1,
  attempt: 1,
};

const batches = new data.DataLoader(
  new data.TensorDataset(tensor([0, 1, 2, 3, 4]), tensor([0, 1, 2, 3, 4])),
  { batchSize: 2 },
);

/** One random program. */
export class Program {
  /** What it keeps for its caller. */
  readonly kept: Made[] = [];
  readonly #choices: Choices;
  readonly #scheduler: Scheduler;
  /** Tasks and callbacks that nobody awaits where they were started. */
  readonly #started: Promise<unknown>[] = [];
  #next = 1;

  constructor(seed: number) {
    this.#choices = new Choices(seed);
    this.#scheduler = new Scheduler(seed + 1);
  }

  /** Runs to its end. What it made is released then, apart from `kept`. */
  async run(): Promise<void> {
    const region: Region = [];
    const choices = this.#choices.part();
    const whole = task(async () => {
      await this.#statements({ choices, region, around: [], depth: 5, mayThrow: false }, 12);
      while (this.#started.length > 0) await Promise.all(this.#started.splice(0));
    });
    await this.#scheduler.run(whole);
    await whole;
    region.forEach(checkReleased);
    this.kept.forEach(look);
  }

  async #statements(place: Place, n = 1 + place.choices.below(5)): Promise<void> {
    for (let i = 0; i < n; i++) await this.#statement(place);
  }

  #syncStatements(place: Place, n = 1 + place.choices.below(4)): void {
    for (let i = 0; i < n; i++) this.#syncStatement(place, place.choices.pick(SYNC));
  }

  #syncStatement(place: Place, kind: keyof typeof SYNC): void {
    const { choices, region } = place;
    const visible = [...place.around, region].flat();
    const one = visible[choices.below(visible.length)];
    if (kind === "make" || one === undefined) return void this.#make(place);
    if (kind === "look") return look(one);
    if (kind === "add") {
      const other = visible[choices.below(visible.length)]!;
      region.push({
        tensor: one.tensor.add(other.tensor),
        value: one.value + other.value,
        isKept: false,
      });
    } else if (kind === "keep") {
      const made = this.#make(place);
      made.tensor.keep();
      made.isKept = true;
      this.kept.push(made);
    } else if (kind === "fail") {
      if (place.mayThrow) throw new Expected();
    } else if (kind === "start") {
      if (place.depth > 0) this.#start(place);
    } else if (place.depth > 0) this.#syncBlock(place, kind);
  }

  /** A task that nobody awaits until the program ends. */
  #start(place: Place): void {
    const inside = { ...this.#beside(place), around: [] };
    const started = task(() => this.#statements(inside));
    this.#started.push(started.then(() => inside.region.forEach(checkReleased)));
  }

  /** An iterator that is left after `next()`: its turn ends with the scope around it. */
  #leave(place: Place): void {
    steps(2).next();
    this.#make(place);
  }

  #syncBlock(place: Place, kind: "scope" | "loop" | "zipped" | "noGrad" | "left"): void {
    const { choices } = place;
    const ended: Region[] = [];
    const enter = () => {
      const inside = within(place);
      ended.push(inside.region);
      return inside;
    };
    try {
      if (kind === "loop") {
        for (const _i of steps(choices.below(4))) {
          this.#syncStatements(enter());
          if (choices.once(6)) break;
        }
      } else if (kind === "zipped") {
        const left = steps(4), right = steps(3);
        while (left.next().done === false) {
          const outer = enter();
          this.#make(outer);
          if (right.next().done !== false) break;
          this.#make(outer); // in the turn of the right one, which the next of the left one may end
          outer.region.forEach(look);
        }
        left.return!();
      } else if (kind === "left") {
        for (const _i of steps(1 + choices.below(3))) this.#leave(enter());
        const inside = enter();
        scope(() => {
          this.#leave(inside);
          this.#syncStatements(inside);
        });
      } else {
        const inside = enter();
        const result = (kind === "scope" ? scope : noGrad)(() => {
          this.#syncStatements(inside);
          return handOver(inside);
        });
        take(place, result, inside);
      }
    } finally {
      ended.forEach((region) => region.forEach(checkReleased));
    }
  }

  async #statement(place: Place): Promise<void> {
    const kind = place.choices.pick(ASYNC);
    if (kind in SYNC) return this.#syncStatement(place, kind as keyof typeof SYNC);
    if (kind === "microtask") return await Promise.resolve();
    if (kind === "later") return await outsideOrNot(place, this.#scheduler.later());
    if (kind === "read") return assert.equal((await this.#make(place).tensor.data()).length, 2);
    if (kind === "several") {
      return void await Promise.all([this.#make(place).tensor.data(), this.#scheduler.later()]);
    }
    if (place.depth > 0) await this.#block(place, kind as Block);
  }

  async #block(place: Place, kind: Block): Promise<void> {
    const { choices } = place;
    const ended: Region[] = [];
    const enter = (mayThrow = place.mayThrow) => {
      const inside = { ...within(place), mayThrow };
      ended.push(inside.region);
      return inside;
    };
    try {
      switch (kind) {
        case "turns":
          for (const _i of steps(choices.below(4))) {
            const inside = enter();
            await this.#statements(inside);
            if (choices.once(6)) this.#leave(inside);
            if (choices.once(6)) break;
          }
          break;
        case "batches": {
          let i = 0;
          for (const [x] of batches) {
            const inside = enter();
            await this.#statements(inside);
            assert.deepEqual(x.toArray(), [2 * i, 2 * i + 1].slice(0, 5 - 2 * i));
            i++;
          }
          break;
        }
        case "generator":
          for (const made of numbers(choices.below(4))) {
            const inside = enter();
            inside.region.push(made);
            await this.#statements(inside);
          }
          break;
        case "zippedTurns": {
          const left = steps(3), right = steps(2);
          while (left.next().done === false) {
            const outer = enter();
            this.#make(outer);
            if (right.next().done !== false) break;
            const inside = { ...within(outer), mayThrow: false };
            ended.push(inside.region);
            await this.#statements(inside);
          }
          left.return!();
          break;
        }
        case "using": {
          using _s = scope();
          await this.#statements(enter());
          break;
        }
        case "function":
          await this.#statements({ ...place, depth: place.depth - 1 });
          break;
        case "functions": // without scopes of their own, so each begins with an await
          await Promise.all(Array.from({ length: 1 + choices.below(3) }, async () => {
            const beside = { ...this.#beside(place), region: place.region };
            await this.#scheduler.later();
            await this.#statements(beside);
          }));
          break;
        case "asyncScope": {
          const inside = enter();
          const promise = scope(async () => {
            await this.#statements(inside);
            return handOver(inside);
          });
          this.#make(place); // while the other is on its way
          take(place, await promise, inside);
          break;
        }
        case "task": {
          const inside = enter(false);
          const promise = task(async () => {
            await this.#statements(inside);
            return handOver(inside);
          });
          this.#make(place);
          await this.#scheduler.later();
          this.#make(place);
          take(place, await promise, inside);
          break;
        }
        case "tasks": {
          const insides = Array.from({ length: 1 + choices.below(3) }, () => {
            const inside = this.#beside(place);
            ended.push(inside.region);
            return inside;
          });
          const promises = insides.map((inside) => {
            const promise = task(async () => {
              await this.#statements(inside);
              return handOver(inside);
            });
            this.#make(place);
            return promise;
          });
          const results = await Promise.all(promises);
          results.forEach((result, i) => take(place, result, insides[i]!));
          break;
        }
        case "callback": {
          const inside = { ...this.#beside(place), around: [] };
          this.#started.push(
            this.#scheduler.later().then(() => {
              scope(() => this.#syncStatements(inside));
              inside.region.forEach(checkReleased);
            }),
          );
          break;
        }
        case "attempt":
          try {
            await this.#statements({ ...place, depth: place.depth - 1, mayThrow: true });
          } catch (error) {
            if (!(error instanceof Expected)) throw error;
          }
          break;
      }
    } finally {
      ended.forEach((region) => region.forEach(checkReleased));
    }
  }

  /** A place that runs beside this one. */
  #beside(place: Place): Place {
    return { ...within(place), choices: place.choices.part(), mayThrow: false };
  }

  #make({ region }: Place): Made {
    const value = this.#next++;
    const made = { tensor: full([2], value), value, isKept: false };
    region.push(made);
    return made;
  }
}

type Block = Exclude<
  keyof typeof ASYNC,
  keyof typeof SYNC | "microtask" | "later" | "read" | "several"
>;

function* numbers(n: number): Generator<Made> {
  for (const i of steps(n)) yield { tensor: full([2], i), value: i, isKept: false };
}

function outsideOrNot({ choices }: Place, promise: Promise<void>): Promise<void> {
  return choices.once(2) ? outside(promise) : promise;
}

/** A place in a scope of its own. */
function within(place: Place): Place {
  return {
    ...place,
    region: [],
    around: [...place.around, place.region],
    depth: place.depth - 1,
  };
}

/** What a scope returns, if it does: one of its tensors. */
function handOver({ choices, region }: Place): { made: Made; tensor: Tensor } | null {
  const own = region.filter((made) => !made.isKept);
  const made = own[choices.below(2 * own.length)];
  return made === undefined ? null : { made, tensor: made.tensor };
}

/** From then on it belongs to the scope around. */
function take(to: Place, result: ReturnType<typeof handOver>, from: Place): void {
  if (result === null) return;
  from.region.splice(from.region.indexOf(result.made), 1);
  to.region.push(result.made);
  look(result.made);
}

function look({ tensor, value }: Made): void {
  assert.deepEqual(Array.from(tensor.toTypedArray()), [Math.fround(value), Math.fround(value)]);
}

function checkReleased({ tensor, value, isKept }: Made): void {
  assert.equal(
    tensor.storage.block === null,
    !isKept,
    `${value} ${isKept ? "is kept" : "is left"}`,
  );
}
