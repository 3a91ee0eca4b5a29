/**
 * L-BFGS.
 *
 * @module
 */
import {
  atMost,
  checkOptions,
  type Kinds,
  notNegative,
  oneOf,
  orNull,
  whole,
  withDefaults,
} from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { checkSeen } from "../device/transfer.ts";
import { cat } from "../ops/mod.ts";
import { zeros } from "../tensor/create.ts";
import { noGrad, type Parameter, Tensor } from "../tensor/tensor.ts";
import { evaluate, Optimizer, type Params } from "./optimizer.ts";
import { type Point, strongWolfe } from "./strong_wolfe.ts";

/** Settings of {@link LBFGS}. */
export interface LBFGSOptions {
  /** Learning rate: the length of a step relative to the direction. Default: 1. */
  lr?: number;
  /** The most iterations in one `step`. Default: 20. */
  maxIter?: number;
  /** The most calls of the closure in one `step`. Default: null, 5/4 of maxIter. */
  maxEval?: number | null;
  /** The largest gradient at which it ends. Default: 1e-7. */
  toleranceGrad?: number;
  /** The change of loss and weights below which it ends. Default: 1e-9. */
  toleranceChange?: number;
  /** How many steps it remembers. Default: 100. */
  historySize?: number;
  /** How the length of a step is found: `"strongWolfe"`, or null for `lr`. Default: null. */
  lineSearchFn?: "strongWolfe" | "strong_wolfe" | null;
}

const DEFAULTS: Required<LBFGSOptions> = {
  lr: 1,
  maxIter: 20,
  maxEval: null,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
};

const KINDS: Kinds<LBFGSOptions> = {
  lr: notNegative,
  maxIter: whole(1),
  maxEval: orNull(whole(1)),
  toleranceGrad: notNegative,
  toleranceChange: notNegative,
  historySize: whole(1),
  lineSearchFn: orNull(oneOf("strongWolfe", "strong_wolfe")),
};

/** A step that was taken: by s, where the gradient changed by y. */
interface Taken {
  readonly y: Tensor;
  readonly s: Tensor;
  /** 1 / y·s. */
  readonly rho: number;
}

/** What is remembered between steps. */
interface Memory {
  direction: Tensor | null;
  gradient: Tensor | null;
  taken: Taken[];
  length: number;
  scale: number;
  iterations: number;
  evaluations: number;
}

/**
 * L-BFGS (Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989) with
 * PyTorch's rule: steps along the gradient multiplied by an estimate of the inverse Hessian, which is
 * made of the last steps. For functions without noise and of few thousand weights, all in one group.
 *
 * `step` needs a closure that computes the gradients anew and returns the loss.
 *
 * @example
 * ```ts
 * import { nn, optim, tensor } from "@glim/glim";
 * const w = new nn.Parameter(tensor([-1, 1]));
 * const lbfgs = new optim.LBFGS([w], { lineSearchFn: "strongWolfe" });
 * lbfgs.step(() => {
 *   lbfgs.zeroGrad();
 *   const loss = w.sub(tensor([3, 4])).square().sum();
 *   loss.backward();
 *   return loss;
 * });
 * console.log(w.toArray()); // [3, 4]
 * ```
 */
export class LBFGS extends Optimizer<Required<LBFGSOptions>> {
  /** RangeError where a setting is out of its range, and for more than one group. */
  constructor(params: Params<Required<LBFGSOptions>>, options: LBFGSOptions = {}) {
    atMost(2, arguments.length, "LBFGS(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("LBFGS", options, KINDS)), KINDS);
    if (this.paramGroups.length !== 1) throw new RangeError("LBFGS: there can be one group only");
  }

  /** TypeError: a closure is needed. */
  override step(): void;
  /** Several iterations; gives what the closure returned first. */
  override step<T>(closure: () => T): T;
  override step<T>(closure?: () => T): T | void {
    atMost(1, arguments.length, "step(closure)");
    if (this.paramGroups.length !== 1) throw new RangeError("LBFGS: there can be one group only");
    for (const p of this.paramGroups[0]!.params) {
      checkSeen("LBFGS", p, "each trial hangs on the loss before it: train on the CPU");
    }
    let first: T | undefined;
    const value = () => {
      const result = evaluate(closure!);
      first ??= result;
      return result instanceof Tensor ? result.item() : Number(result);
    };
    const loss = evaluate(() => value()); // outside of the scope that releases what the rest makes
    noGrad(() => this.#iterate(value, loss));
    return first;
  }

  /** What is kept is of no parameter's shape. */
  protected override memoryShape(): Shape | null {
    return null;
  }

  #iterate(value: () => number, loss: number): void {
    const [group] = this.paramGroups;
    const { lr, maxIter, toleranceGrad, toleranceChange, historySize, lineSearchFn } = group!;
    const maxEval = group!.maxEval ?? Math.floor(maxIter * 5 / 4);
    const memory = this.#load();
    let calls = 1;
    memory.evaluations++;
    let g = this.#gradient();
    if (largest(g) <= toleranceGrad) return this.#save(memory);
    for (let i = 1; i <= maxIter; i++) {
      memory.iterations++;
      const d = direction(memory, g, historySize);
      memory.direction = d;
      memory.gradient = g;
      let t = memory.iterations === 1 ? Math.min(1, 1 / g.abs().sum().item()) * lr : lr;
      const slope = dot(g, d);
      if (slope > -toleranceChange) {
        memory.length = t;
        break;
      }
      const before = loss;
      if (lineSearchFn !== null) {
        const start: Point = { t: 0, f: loss, g, slope };
        const at = (t: number): Point => {
          const [f, g] = this.#look(value, t, d);
          return { t, f, g, slope: dot(g, d) };
        };
        const found = strongWolfe(at, start, t, largest(d), maxEval - calls);
        ({ t, f: loss, g } = found.point);
        this.#move(t, d);
        calls += found.calls;
        memory.evaluations += found.calls;
      } else {
        this.#move(t, d);
        if (i < maxIter) { // nobody asks for the value after the last one
          loss = value();
          g = this.#gradient();
          calls++;
          memory.evaluations++;
        }
      }
      memory.length = t;
      const isDone = calls >= maxEval || largest(g) <= toleranceGrad ||
        largest(d) * Math.abs(t) <= toleranceChange || Math.abs(loss - before) < toleranceChange;
      if (isDone) break;
    }
    this.#save(memory);
  }

  get #all(): readonly Parameter[] {
    return this.paramGroups[0]!.params;
  }

  #gradient(): Tensor {
    return cat(
      this.#all.map((p) =>
        p.grad === null ? zeros([p.numel], { device: p.device }) : p.grad.reshape(-1).clone()
      ),
    );
  }

  #move(t: number, d: Tensor): void {
    let at = 0;
    for (const p of this.#all) {
      p.add_(d.narrow(0, at, p.numel).reshape(p.shape), t);
      at += p.numel;
    }
  }

  /** Loss and gradient at a distance along a direction; the weights stay. */
  #look(value: () => number, t: number, d: Tensor): [loss: number, gradient: Tensor] {
    const here = this.#all.map((p) => p.clone());
    this.#move(t, d);
    const found: [number, Tensor] = [value(), this.#gradient()];
    this.#all.forEach((p, i) => p.copy_(here[i]!));
    return found;
  }

  #load(): Memory {
    const kept = this.state.get(this.#all[0]!) ?? {};
    const taken: Taken[] = [];
    for (let i = 0; `ro.${i}` in kept; i++) {
      taken.push({
        y: kept[`oldDirs.${i}`] as Tensor,
        s: kept[`oldStps.${i}`] as Tensor,
        rho: kept[`ro.${i}`] as number,
      });
    }
    return {
      direction: kept["d"] as Tensor | undefined ?? null,
      gradient: kept["prevFlatGrad"] as Tensor | undefined ?? null,
      taken,
      length: kept["t"] as number | undefined ?? 0,
      scale: kept["hDiag"] as number | undefined ?? 1,
      iterations: kept["nIter"] as number | undefined ?? 0,
      evaluations: kept["funcEvals"] as number | undefined ?? 0,
    };
  }

  #save(memory: Memory): void {
    const next: Record<string, Tensor | number> = {
      funcEvals: memory.evaluations,
      nIter: memory.iterations,
      t: memory.length,
      hDiag: memory.scale,
    };
    if (memory.direction !== null) next["d"] = memory.direction.keep();
    if (memory.gradient !== null) next["prevFlatGrad"] = memory.gradient.keep();
    memory.taken.forEach(({ y, s, rho }, i) => {
      next[`oldDirs.${i}`] = y.keep();
      next[`oldStps.${i}`] = s.keep();
      next[`ro.${i}`] = rho;
    });
    const first = this.#all[0]!;
    const stays = new Set(Object.values(next));
    for (const value of Object.values(this.state.get(first) ?? {})) {
      if (typeof value !== "number" && !stays.has(value)) value[Symbol.dispose]();
    }
    this.state.set(first, next);
  }
}

/** −H·g, H being the estimate of the inverse Hessian, after the last step is remembered. */
function direction(memory: Memory, g: Tensor, historySize: number): Tensor {
  const { taken } = memory;
  if (memory.iterations === 1) return g.neg();
  const y = g.sub(memory.gradient!);
  const s = memory.direction!.mul(memory.length);
  const ys = dot(y, s);
  if (ys > 1e-10) {
    if (taken.length === historySize) taken.shift();
    taken.push({ y, s, rho: 1 / ys });
    memory.scale = ys / dot(y, y);
  }
  const q = g.neg();
  const shares: number[] = [];
  for (let i = taken.length - 1; i >= 0; i--) {
    shares[i] = dot(taken[i]!.s, q) * taken[i]!.rho;
    q.sub_(taken[i]!.y, shares[i]!);
  }
  q.mul_(memory.scale);
  taken.forEach(({ y, s, rho }, i) => q.add_(s, shares[i]! - dot(y, q) * rho));
  return q;
}

function dot(a: Tensor, b: Tensor): number {
  return a.mul(b).sum().item();
}

function largest(x: Tensor): number {
  return x.abs().max().item();
}
