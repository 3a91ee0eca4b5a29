/**
 * The functions that tensors have as methods under the same names, with the tensor as first argument:
 * `f.std(x, 0)` is `x.std(0)`. Those that rows declare, or that `tensor.ts` writes out, are not here.
 *
 * @module
 */
export {
  bitwiseAnd,
  bitwiseLeftShift,
  bitwiseNot,
  bitwiseOr,
  bitwiseRightShift,
  bitwiseXor,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
} from "./logical.ts";
export { clip } from "./elementwise.ts";
export {
  addcdiv,
  addcmul,
  allclose,
  clampMax,
  clampMin,
  equal,
  floatPower,
  isclose,
  isfinite,
  isinf,
  isnan,
  ldexp,
  lerp,
  logit,
  nanToNum,
  positive,
  round,
  sgn,
  signbit,
} from "./pointwise.ts";
export { gcd, heaviside, lcm, nextafter } from "./stepwise.ts";
export {
  argsort,
  kthvalue,
  median,
  mode,
  msort,
  nanmedian,
  nanquantile,
  quantile,
  sort,
  topk,
} from "./order.ts";
export { cummax, cummin, cumprod, cumsum, diff, logcumsumexp } from "./scan.ts";
export {
  all,
  aminmax,
  any,
  countNonzero,
  logsumexp,
  nanmean,
  nansum,
  prod,
  std,
  var_ as var,
} from "./statistics.ts";
export { norm } from "./vector_norm.ts";
export {
  addbmm,
  addmm,
  addmv,
  addr,
  baddbmm,
  bmm,
  cross,
  dot,
  inner,
  kron,
  matrixPower,
  mm,
  mv,
  outer,
  vdot,
} from "./linear_algebra.ts";
