/**
 * Kullback–Leibler divergences.
 *
 * @module
 */
import { atMost, check, kind } from "../core/options.ts";
import { add, eq, ge, le, mul, where } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Bernoulli, softplus } from "./bernoulli.ts";
import { Beta, logBeta } from "./beta.ts";
import { Binomial } from "./binomial.ts";
import { Categorical } from "./categorical.ts";
import { Cauchy } from "./cauchy.ts";
import { Dirichlet } from "./dirichlet.ts";
import { Distribution } from "./distribution.ts";
import { Exponential } from "./exponential.ts";
import { Gamma } from "./gamma.ts";
import { digamma, lgamma } from "./gamma_functions.ts";
import { Geometric } from "./geometric.ts";
import { HalfNormal } from "./half_normal.ts";
import { Independent, summed } from "./independent.ts";
import { Laplace } from "./laplace.ts";
import { LogNormal } from "./log_normal.ts";
import { MultivariateNormal } from "./multivariate_normal.ts";
import { Normal } from "./normal.ts";
import { Poisson } from "./poisson.ts";
import { solveLower } from "./triangular.ts";
import { Uniform } from "./uniform.ts";

// deno-lint-ignore no-explicit-any
type Class<D> = new (...args: any[]) => D;
type Rule = (p: Distribution, q: Distribution) => Tensor | null;

/** A rule for two distributions of one class. */
function rule<D extends Distribution>(of: Class<D>, divergence: (p: D, q: D) => Tensor): Rule {
  return (p, q) => p instanceof of && q instanceof of ? divergence(p, q) : null;
}

/**
 * The rules. They are made at a call, not when the module is loaded, so that a bundle of a program
 * that measures no divergence has none of these classes.
 */
const rules = (): readonly Rule[] => [
  rule(Normal, (p, q) => {
    const ratio = p.scale.div(q.scale).square();
    const distance = p.loc.sub(q.loc).div(q.scale).square();
    return ratio.add(distance).sub(1).sub(ratio.log()).mul(0.5);
  }),
  rule(Bernoulli, (p, q) => {
    const [u, v] = [p.logits, q.logits];
    const one = p.probs.mul(softplus(v.neg()).sub(softplus(u.neg())));
    const zero = p.probs.neg().add(1).mul(softplus(v).sub(softplus(u)));
    return where(eq(p.probs, 0), 0, where(eq(q.probs, 0), Infinity, one))
      .add(where(eq(p.probs, 1), 0, where(eq(q.probs, 1), Infinity, zero)));
  }),
  rule(Categorical, (p, q) => {
    const term = p.probs.mul(p.logits.sub(q.logits));
    return where(eq(p.probs, 0), 0, where(eq(q.probs, 0), Infinity, term)).sum(-1);
  }),
  rule(Uniform, (p, q) => {
    const fits = mul(le(q.low, p.low), ge(q.high, p.high)).to("bool");
    return where(fits, q.high.sub(q.low).div(p.high.sub(p.low)).log(), Infinity);
  }),
  rule(Exponential, (p, q) => {
    const ratio = q.rate.div(p.rate);
    return ratio.sub(1).sub(ratio.log());
  }),
  rule(Laplace, (p, q) => {
    const ratio = p.scale.div(q.scale);
    const distance = p.loc.sub(q.loc).abs();
    const near = ratio.mul(distance.div(p.scale).neg().exp());
    return distance.div(q.scale).add(near).sub(ratio.log()).sub(1);
  }),
  rule(Gamma, (p, q) => {
    const { concentration: a, rate: r } = p, { concentration: b, rate: s } = q;
    return b.mul(r.div(s).log()).add(lgamma(b)).sub(lgamma(a)).add(a.sub(b).mul(digamma(a)))
      .add(s.sub(r).mul(a.div(r)));
  }),
  rule(Beta, (p, q) => {
    const [a, b, c, d] = [p.concentration1, p.concentration0, q.concentration1, q.concentration0];
    const total = add(a, b);
    return logBeta(c, d).sub(logBeta(a, b)).add(a.sub(c).mul(digamma(a)))
      .add(b.sub(d).mul(digamma(b))).add(c.add(d).sub(total).mul(digamma(total)));
  }),
  rule(LogNormal, (p, q) => klDivergence(p.baseDist, q.baseDist)),
  rule(HalfNormal, (p, q) => klDivergence(p.baseDist, q.baseDist)),
  rule(Cauchy, (p, q) => {
    const apart = p.scale.add(q.scale).square().add(p.loc.sub(q.loc).square());
    return apart.div(p.scale.mul(q.scale).mul(4)).log();
  }),
  rule(Poisson, (p, q) => p.rate.mul(p.rate.log().sub(q.rate.log())).sub(p.rate.sub(q.rate))),
  rule(Geometric, (p, q) => {
    return q.probs.neg().log1p().div(p.probs).add(p.entropy()).add(q.logits).neg();
  }),
  rule(Binomial, (p, q) => {
    if (p.totalCount !== q.totalCount) throw noRule(p, q);
    const zero = p.probs.neg().log1p().sub(q.probs.neg().log1p());
    return p.probs.mul(p.logits.sub(q.logits)).add(zero).mul(p.totalCount);
  }),
  rule(Dirichlet, (p, q) => {
    const { concentration: a } = p, { concentration: b } = q;
    const weights = digamma(a).sub(digamma(a.sum(-1, true)));
    return q.logNormalizer().sub(p.logNormalizer()).add(a.sub(b).mul(weights).sum(-1));
  }),
  rule(MultivariateNormal, (p, q) => {
    const [n] = p.eventShape;
    if (n !== q.eventShape[0]) throw noRule(p, q);
    const spread = solveLower(q.scaleTril, p.scaleTril).square().sum([-2, -1]);
    const apart = solveLower(q.scaleTril, q.loc.sub(p.loc).unsqueeze(-1)).square().sum([-2, -1]);
    return spread.add(apart).sub(n!).mul(0.5).add(q.logDeterminant()).sub(p.logDeterminant());
  }),
  rule(Independent, (p, q) => {
    const n = p.reinterpretedBatchNdims;
    if (n !== q.reinterpretedBatchNdims) throw noRule(p, q);
    return summed(klDivergence(p.baseDist, q.baseDist), n);
  }),
];

const DISTRIBUTION = /* @__PURE__ */ kind(
  "a distribution",
  (value) => value instanceof Distribution,
);

/**
 * The divergence of q from p in nats: the mean of log p − log q under p. TypeError for two
 * distributions of different classes.
 */
export function klDivergence(p: Distribution, q: Distribution): Tensor {
  atMost(2, arguments.length, "klDivergence(p, q)");
  check("klDivergence", "p", p, DISTRIBUTION);
  check("klDivergence", "q", q, DISTRIBUTION);
  for (const apply of rules()) {
    const divergence = apply(p, q);
    if (divergence !== null) return divergence;
  }
  throw noRule(p, q);
}

function noRule(p: Distribution, q: Distribution): TypeError {
  return new TypeError(
    `klDivergence: two distributions of one class are needed: they are ${p} and ${q}`,
  );
}
