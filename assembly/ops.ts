// Codes of the operations that the kernels take as a number. The build copies them into build/abi.ts.

export const enum BinaryOp {
  Add = 0,
  Sub = 1,
  Mul = 2,
  Div = 3,
  Maximum = 4,
  Minimum = 5,
  Pow = 6,
  /** a > b ? 1 : a == b ? 0.5 : 0, the share of the gradient that maximum(a, b) gives to a. */
  Share = 7,
}

export const enum CompareOp {
  Eq = 0,
  Gt = 1,
  Lt = 2,
  Ge = 3,
  Le = 4,
  Ne = 5,
}

export const enum ReduceOp {
  Sum = 0,
  Max = 1,
  Min = 2,
}

export const enum SoftmaxOp {
  Softmax = 0,
  LogSoftmax = 1,
  /** 0 in rows that are -Infinity everywhere: attention that may look at nothing sees nothing. */
  MaskedSoftmax = 2,
}

/** Element types that kernels compute in. */
export const enum Dtype {
  Float32 = 0,
  Int32 = 1,
  Uint8 = 2,
  Bool = 3,
}
