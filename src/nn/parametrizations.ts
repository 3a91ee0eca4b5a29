/**
 * Weights that are functions of what is learnt, as in PyTorch's `torch.nn.utils.parametrizations`, with
 * its names in state dicts: `parametrizations.weight.original0` …
 *
 * @module
 */
import {
  atMost,
  check,
  checkOptions,
  integer,
  type Kinds,
  number,
  oneOf,
  orNull,
  text,
  whole,
} from "../core/options.ts";
import { ShapeError, show } from "../core/errors.ts";
import { axisOf } from "../core/shape.ts";
import { readFirst } from "../device/transfer.ts";
import { pad, stack, where } from "../ops/mod.ts";
import { unseenBy } from "../ops/unseen.ts";
import { eye, randn, zeros } from "../tensor/create.ts";
import { noGrad, Parameter, type Tensor } from "../tensor/tensor.ts";
import { normal_ } from "./init.ts";
import { type AnyModule, MODULE, Module } from "./module.ts";

/** A weight as a function of what is learnt. */
abstract class Parametrization extends Module<[]> {
  /** The weight now. */
  abstract override forward(): Tensor;
}

/** Those of one module, by the name of the weight. */
class Parametrizations extends Module<[], never> {
  forward(): never {
    throw new TypeError("Parametrizations: they have no forward: read the module's weights");
  }
}

/** The parameter of a module. TypeError where there is none of that name. */
function parameterOf(op: string, module: AnyModule, name: string): Parameter {
  check(op, "the module", module, MODULE);
  check(op, "the name", name, text);
  const parameter = (module as unknown as Record<string, unknown>)[name];
  if (parameter instanceof Parameter) return parameter;
  throw new TypeError(`${op}: ${module.constructor.name} has no parameter "${name}"`);
}

/** Puts a function of what is learnt in the place of a parameter. */
function put<M extends AnyModule>(module: M, name: string, by: Parametrization): M {
  const fields = module as unknown as { parametrizations?: Parametrizations };
  fields.parametrizations ??= new Parametrizations();
  fields.parametrizations.addModule(name, by);
  by.train(module.training);
  Object.defineProperty(module, name, {
    get: () => by.forward(),
    enumerable: false,
    configurable: true,
  });
  return module;
}

/** The length of x over all dimensions but one; over all where that is null. */
function lengths(x: Tensor, dim: number | null): Tensor {
  const dims = x.shape.map((_, i) => i).filter((i) => i !== dim);
  const squares = x.mul(x);
  return (dims.length === 0 ? squares : squares.sum(dims, true)).sqrt();
}

class WeightNorm extends Parametrization {
  readonly original0: Parameter;
  readonly original1: Parameter;
  private readonly dim: number | null;

  constructor(weight: Parameter, dim: number | null) {
    super();
    this.dim = dim;
    const length = noGrad(() => lengths(weight, dim));
    this.original0 = new Parameter(dim === null ? length.reshape([]) : length);
    this.original1 = weight;
  }

  forward(): Tensor {
    return this.original1.mul(this.original0.div(lengths(this.original1, this.dim)));
  }
}

/**
 * A weight as length and direction, g v / ‖v‖, for each index of `dim` or, by null, in all: Salimans and
 * Kingma, "Weight normalization", 2016. It learns `original0` (g) and `original1` (v).
 *
 * @example
 * ```ts
 * import { nn } from "@glim/glim";
 * const layer = nn.utils.weightNorm(new nn.Linear(4, 2));
 * console.log([...layer.stateDict().keys()]); // bias, parametrizations.weight.original0 and 1
 * ```
 */
export function weightNorm<M extends AnyModule>(
  module: M,
  name = "weight",
  dim: number | null = 0,
): M {
  atMost(3, arguments.length, "weightNorm(module, name, dim)");
  const weight = parameterOf("weightNorm", module, name);
  if (dim !== null) check("weightNorm", "the dimension", dim, integer);
  const axis = dim === null ? null : axisOf("weightNorm", dim, weight.ndim);
  return put(module, name, new WeightNorm(weight, axis));
}

/** Options of {@link spectralNorm}. */
export interface SpectralNormOptions {
  /** Steps of the power iteration at each call in training. Default: 1. */
  nPowerIterations?: number;
  /** The least length that is divided by. Default: 1e-12. */
  eps?: number;
  /** The dimension that counts as rows. Default: 0. */
  dim?: number;
}

const SPECTRAL: Kinds<SpectralNormOptions> = {
  nPowerIterations: whole(1),
  eps: number,
  dim: integer,
};

/** The vectors of the power iteration: `0` of its owner, as PyTorch has it. */
class PowerIteration extends Module<[], never> {
  readonly u: Tensor;
  readonly v: Tensor;

  constructor(rows: number, columns: number) {
    super();
    this.u = this.registerBuffer("_u", normal_(zeros([rows])));
    this.v = this.registerBuffer("_v", normal_(zeros([columns])));
  }

  forward(): never {
    throw new TypeError("SpectralNorm: read the module's weight");
  }
}

class SpectralNorm extends Parametrization {
  readonly original: Parameter;
  private readonly steps: number;
  private readonly eps: number;
  private readonly dim: number;

  constructor(
    weight: Parameter,
    { nPowerIterations = 1, eps = 1e-12 }: SpectralNormOptions,
    dim: number,
  ) {
    super();
    this.original = weight;
    this.steps = nPowerIterations;
    this.eps = eps;
    this.dim = dim;
    if (weight.ndim < 2) return;
    const rows = weight.shape[dim]!;
    this.addModule("0", new PowerIteration(rows, weight.numel / rows));
    noGrad(() => {
      const { u, v } = this.#vectors;
      u.copy_(this.#unit(u));
      v.copy_(this.#unit(v));
      this.#iterate(15);
    });
  }

  get #vectors(): PowerIteration {
    return (this as unknown as Record<string, PowerIteration>)["0"]!;
  }

  #unit(x: Tensor): Tensor {
    return x.div(x.mul(x).sum().sqrt().clamp({ min: this.eps }));
  }

  get #matrix(): Tensor {
    const rows = this.original.shape[this.dim]!;
    const order = this.original.shape.map((_, i) => i).filter((i) => i !== this.dim);
    return this.original.permute(this.dim, ...order).reshape(rows, this.original.numel / rows);
  }

  #iterate(steps: number): void {
    const w = this.#matrix, { u, v } = this.#vectors;
    for (let i = 0; i < steps; i++) {
      u.copy_(this.#unit(w.matmul(v)));
      v.copy_(this.#unit(w.t().matmul(u)));
    }
  }

  forward(): Tensor {
    if (this.original.ndim < 2) return this.#unit(this.original);
    if (this.training) noGrad(() => this.#iterate(this.steps));
    const u = this.#vectors.u.clone(), v = this.#vectors.v.clone(); // which later calls change
    return this.original.div(u.mul(this.#matrix.matmul(v)).sum());
  }
}

/**
 * A weight over its largest singular value, which a power iteration follows in training: Miyato et al.,
 * "Spectral normalization for generative adversarial networks", 2018. It learns `original`.
 */
export function spectralNorm<M extends AnyModule>(
  module: M,
  name = "weight",
  options: SpectralNormOptions = {},
): M {
  atMost(3, arguments.length, "spectralNorm(module, name, options)");
  const weight = parameterOf("spectralNorm", module, name);
  const { dim = 0 } = checkOptions("spectralNorm", options, SPECTRAL);
  const axis = axisOf("spectralNorm", dim, weight.ndim);
  return put(module, name, new SpectralNorm(weight, options, axis));
}

/** Options of {@link orthogonal}. */
export interface OrthogonalOptions {
  /**
   * What makes an orthogonal matrix of what is learnt: the exponential of a skew-symmetric one, or a
   * product of Householder reflections. Default: the first of square weights, else the second.
   */
  orthogonalMap?: "matrix_exp" | "householder" | null;
}

const ORTHOGONAL: Kinds<OrthogonalOptions> = {
  orthogonalMap: orNull(oneOf("matrix_exp", "householder")),
};

/** Where the weight began: `0` of its owner, as PyTorch has it. */
class Base extends Module<[], never> {
  readonly base: Tensor;

  constructor(base: Tensor) {
    super();
    this.base = this.registerBuffer("base", base);
  }

  forward(): never {
    throw new TypeError("Orthogonal: read the module's weight");
  }
}

class Orthogonal extends Parametrization {
  readonly original: Parameter;
  private readonly map: "matrix_exp" | "householder";

  constructor(weight: Parameter, map: OrthogonalOptions["orthogonalMap"]) {
    super();
    const [rows, columns] = weight.shape as [number, number];
    this.map = map ?? (rows === columns ? "matrix_exp" : "householder");
    this.original = new Parameter(eye(rows, columns).neg());
    this.addModule("0", new Base(noGrad(() => orthogonalised(weight))));
  }

  forward(): Tensor {
    const { base } = (this as unknown as Record<string, Base>)["0"]!;
    const [rows, columns] = this.original.shape as [number, number];
    const tall = rows < columns ? this.original.t() : this.original;
    const q = base.matmul(this.map === "matrix_exp" ? exponential(tall) : reflections(tall));
    return rows < columns ? q.t() : q;
  }
}

/** [n, n]: the columns of a weight, or its rows where these are fewer, made orthogonal; then others. */
function orthogonalised(weight: Tensor): Tensor {
  const [rows, columns] = weight.shape as [number, number];
  const tall = rows < columns ? weight.t() : weight;
  const [n, k] = tall.shape as [number, number];
  // Gram and Schmidt's way, each twice, so that rounding leaves nothing of the ones before
  const vectors: Tensor[] = [];
  for (let i = 0; i < n; i++) {
    let v = i < k ? tall.select(1, i) : randn([n], { device: weight.device });
    for (let pass = 0; pass < 2; pass++) {
      for (const u of vectors) v = v.sub(u.mul(u.dot(v)));
    }
    vectors.push(v.div(v.dot(v).sqrt()));
  }
  return stack(vectors, 1);
}

/** How often a matrix is halved at most where the host does not see how large it is. */
const MOST_HALVINGS = 12;

/** The first k columns of exp(X − Xᵀ), X [n, k] without what is above the diagonal, zeros beside it. */
function exponential(x: Tensor): Tensor {
  const [n, k] = x.shape as [number, number];
  const square = pad(x.tril(), [0, n - k]);
  const skew = square.sub(square.t());
  // of a matrix so small that its powers vanish soon, then squared as often as it was halved
  const halvings = halvingsOf(skew.detach().abs().sum(0).max());
  const isSeen = typeof halvings === "number";
  const a = skew.mul(isSeen ? 2 ** -halvings : halvings.neg().exp2());
  let power = eye(n, n, { device: x.device }), y = power;
  for (let i = 1; i <= 8; i++) y = y.add(power = power.matmul(a).mul(1 / i));
  for (let i = 0; i < (isSeen ? halvings : MOST_HALVINGS); i++) {
    y = isSeen ? y.matmul(y) : where(halvings.gt(i), y.matmul(y), y);
  }
  return y.narrow(1, 0, k);
}

/** How often a matrix is halved until its columns' sums, of which the largest is given, are below ½. */
function halvingsOf(largest: Tensor): number | Tensor {
  const unseen = unseenBy(largest);
  if (unseen === undefined) {
    return Math.max(0, Math.ceil(Math.log2(Number(readFirst("orthogonal", largest)) + 1e-30)) + 1);
  }
  const needed = largest.add(1e-30).log2().ceil().add(1).clamp({ min: 0 });
  unseen.tell(needed.gt(MOST_HALVINGS), () =>
    new RangeError(
      `orthogonal: on "${largest.device}" columns of what is learnt must have sums below ` +
        `${
          2 ** (MOST_HALVINGS - 1)
        }: keep the layer on the CPU, or take orthogonalMap "householder"`,
    ));
  return needed;
}

/** The product of the reflections at the columns of X below its diagonal, whose signs are its columns'. */
function reflections(x: Tensor): Tensor {
  const [n, k] = x.shape as [number, number];
  const below = x.tril(-1);
  const factors = below.square().sum(0).add(1).reciprocal().mul(2);
  let q = eye(n, k, { device: x.device });
  for (let i = k - 1; i >= 0; i--) {
    const v = below.select(1, i).add(eye(n, k, { device: x.device }).select(1, i));
    q = q.sub(v.mul(factors.select(0, i)).outer(v.matmul(q)));
  }
  return q.mul(x.detach().diagonal().trunc());
}

/**
 * A matrix whose columns, or rows where these are fewer, stay orthogonal: Lezcano-Casado, "Trivializations
 * for gradient-based optimization on manifolds", 2019. It learns `original`, from the weight made
 * orthogonal on. ShapeError where the weight is no matrix.
 */
export function orthogonal<M extends AnyModule>(
  module: M,
  name = "weight",
  options: OrthogonalOptions = {},
): M {
  atMost(3, arguments.length, "orthogonal(module, name, options)");
  const weight = parameterOf("orthogonal", module, name);
  const { orthogonalMap } = checkOptions("orthogonal", options, ORTHOGONAL);
  if (weight.ndim !== 2 || weight.numel === 0) {
    throw new ShapeError(`orthogonal: a matrix is needed: ${name} is ${show(weight.shape)}`);
  }
  return put(module, name, new Orthogonal(weight, orthogonalMap));
}
