/**
 * What rows of ops are in ONNX, by their names: its operator, or how several make it of the values
 * called x, or a and b. What has no line here ONNX lacks. It stands here and not in the rows, so that
 * a page that writes no ONNX file has none of it.
 *
 * @module
 */

/** Adds an ONNX operator with inputs (a value's name, or a number); returns the name of its result. */
export type OnnxNode = (operator: string, ...inputs: (string | number)[]) => string;

/** Functions of one element, by their kernels. */
export const ofOne: Readonly<Record<string, string | ((node: OnnxNode, x: string) => string)>> = {
  abs: "Abs",
  acos: "Acos",
  acosh: "Acosh",
  asin: "Asin",
  asinh: "Asinh",
  atan: "Atan",
  atanh: "Atanh",
  ceil: "Ceil",
  cos: "Cos",
  cosh: "Cosh",
  deg2rad: (node, x) => node("Mul", x, Math.PI / 180),
  erf: "Erf",
  erfc: (node, x) => node("Sub", 1, node("Erf", x)),
  exp2: (node, x) => node("Pow", 2, x),
  exp: "Exp",
  expm1: (node, x) => node("Sub", node("Exp", x), 1),
  floor: "Floor",
  frac: (node, x) => {
    const whole = node("Mul", node("Sign", x), node("Floor", node("Abs", x)));
    return node("Sub", x, whole);
  },
  gelu: (node, x) => {
    const erf = node("Erf", node("Mul", x, Math.SQRT1_2));
    return node("Mul", node("Mul", x, 0.5), node("Add", erf, 1));
  },
  geluTanh: (node, x) => {
    const cubic = node("Mul", node("Mul", node("Mul", x, x), x), 0.044715);
    const tanh = node("Tanh", node("Mul", node("Add", x, cubic), Math.sqrt(2 / Math.PI)));
    return node("Mul", node("Mul", x, 0.5), node("Add", tanh, 1));
  },
  log10: (node, x) => node("Mul", node("Log", x), Math.LOG10E),
  log1p: (node, x) => node("Log", node("Add", x, 1)),
  log2: (node, x) => node("Mul", node("Log", x), Math.LOG2E),
  log: "Log",
  logit: (node, x) => node("Log", node("Div", x, node("Sub", 1, x))),
  neg: "Neg",
  rad2deg: (node, x) => node("Mul", x, 180 / Math.PI),
  reciprocal: "Reciprocal",
  relu: "Relu",
  round: "Round",
  rsqrt: (node, x) => node("Reciprocal", node("Sqrt", x)),
  sigmoid: "Sigmoid",
  sign: "Sign",
  silu: (node, x) => node("Mul", x, node("Sigmoid", x)),
  sin: "Sin",
  sinc: (node, x) => {
    const t = node("Mul", x, Math.PI);
    return node("Where", node("Equal", x, 0), 1, node("Div", node("Sin", t), t));
  },
  sinh: "Sinh",
  sqrt: "Sqrt",
  square: (node, x) => node("Mul", x, x),
  tan: "Tan",
  tanh: "Tanh",
  trunc: (node, x) => node("Mul", node("Sign", x), node("Floor", node("Abs", x))),
};

/** Functions of two, and comparisons. */
export const ofTwo: Readonly<
  Record<string, string | ((node: OnnxNode, a: string, b: string) => string)>
> = {
  add: "Add",
  atan2: (node, a, b) => {
    const angle = node("Atan", node("Div", a, b));
    const turned = node("Add", angle, node("Where", node("Less", a, 0), -Math.PI, Math.PI));
    const upright = node("Mul", node("Sign", a), Math.PI / 2);
    const beside = node("Where", node("Less", b, 0), turned, angle);
    return node("Where", node("Equal", b, 0), upright, beside);
  },
  copysign: (node, a, b) => {
    const size = node("Abs", a);
    return node("Where", node("Less", b, 0), node("Neg", size), size);
  },
  div: "Div",
  eq: "Equal",
  floorDivide: (node, a, b) => node("Floor", node("Div", a, b)),
  fmax: (node, a, b) => {
    const other = node("Where", node("IsNaN", b), a, node("Max", a, b));
    return node("Where", node("IsNaN", a), b, other);
  },
  fmin: (node, a, b) => {
    const other = node("Where", node("IsNaN", b), a, node("Min", a, b));
    return node("Where", node("IsNaN", a), b, other);
  },
  fmod: (node, a, b) => {
    const size = node("Floor", node("Abs", node("Div", a, b)));
    return node("Sub", a, node("Mul", b, node("Mul", node("Sign", node("Div", a, b)), size)));
  },
  ge: "GreaterOrEqual",
  gt: "Greater",
  hypot: (node, a, b) => node("Sqrt", node("Add", node("Mul", a, a), node("Mul", b, b))),
  le: "LessOrEqual",
  logaddexp2: (node, a, b) => {
    const apart = node("Neg", node("Abs", node("Sub", a, b)));
    const logarithm = node("Log", node("Add", node("Pow", 2, apart), 1));
    return node("Add", node("Max", a, b), node("Mul", logarithm, Math.LOG2E));
  },
  logaddexp: (node, a, b) => {
    const apart = node("Neg", node("Abs", node("Sub", a, b)));
    return node("Add", node("Max", a, b), node("Log", node("Add", node("Exp", apart), 1)));
  },
  lt: "Less",
  maximum: "Max",
  minimum: "Min",
  mul: "Mul",
  ne: (node, a, b) => node("Not", node("Equal", a, b)),
  pow: "Pow",
  remainder: (node, a, b) => node("Sub", a, node("Mul", b, node("Floor", node("Div", a, b)))),
  sub: "Sub",
  truncDivide: (node, a, b) => {
    const quotient = node("Div", a, b);
    return node("Mul", node("Sign", quotient), node("Floor", node("Abs", quotient)));
  },
  xlogy: (node, a, b) => node("Where", node("Equal", a, 0), 0, node("Mul", a, node("Log", b))),
};

/** Activations with up to two settings, a and b. */
export const ofActivations: Readonly<
  Record<string, (node: OnnxNode, x: string, a: number, b: number) => string>
> = {
  elu: (node, x, a, b) => {
    const power = node("Sub", node("Exp", node("Mul", node("Min", x, 0), b)), 1);
    return node("Where", node("Greater", x, 0), x, node("Mul", power, a));
  },
  hardshrink: (node, x, a) => node("Where", node("Greater", node("Abs", x), a), x, 0),
  hardsigmoid: (node, x) => node("Div", node("Clip", node("Add", x, 3), 0, 6), 6),
  hardswish: (node, x) => node("HardSwish", x),
  hardtanh: (node, x, a, b) => node("Clip", x, a, b),
  logsigmoid: (node, x) => node("Neg", node("Softplus", node("Neg", x))),
  mish: (node, x) => node("Mul", x, node("Tanh", node("Softplus", x))),
  softplus: (node, x, a, b) => {
    const scaled = node("Mul", x, a);
    const bent = node("Div", node("Softplus", scaled), a);
    return b >= 20 ? bent : node("Where", node("Greater", scaled, b), x, bent);
  },
  softshrink: (node, x, a) => node("Sub", x, node("Clip", x, -a, a)),
  softsign: (node, x) => node("Softsign", x),
  threshold: (node, x, a, b) => node("Where", node("Greater", x, a), x, b),
};
