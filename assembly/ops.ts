// Codes of operations that kernels of several files take as a number. The build copies them into
// build/abi.ts, as it does with those that a file of kernels has for itself.

export const enum ReduceOp {
  Sum = 0,
  Max = 1,
  Min = 2,
  Prod = 3,
  SumSquares = 4,
}

export const enum ScanOp {
  Sum = 0,
  Prod = 1,
  Max = 2,
  Min = 3,
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
