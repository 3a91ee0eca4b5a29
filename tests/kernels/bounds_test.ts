import { ACTIVATION_OP, UNARY_OP } from "../../build/abi.ts";
import { unaryGrad } from "../reference.ts";
import { arena, type Kernels, type Numbers, numbers, tableOf, testBuilds } from "./harness.ts";

/** A call: how long its array arguments are, and the call itself with their addresses. */
interface Call {
  arrays: readonly Numbers[];
  run: (kernels: Kernels, at: readonly number[]) => void;
}

function floats(n: number): Float32Array {
  return numbers(n, 1, n);
}

function bytes(n: number): Uint8Array {
  return new Uint8Array(n).fill(1);
}

function ints(n: number): Int32Array {
  return new Int32Array(n);
}

/** A list of one parameter, of n elements. */
function listOf(n: number, at: readonly number[]): number {
  return tableOf({ n, arrays: at.map((byteOffset) => ({ byteOffset })) });
}

/** Every kernel but the matrix product, on n elements or rows of n. */
function calls(n: number): Record<string, Call> {
  const f = floats(n), i = ints(n), u = bytes(n), rows = 3, m = floats(rows * n);
  const all: Record<string, Call> = {
    clamp: { arrays: [f, f], run: (k, [x, y]) => k.clamp!(x!, y!, -1, 1, 0, n) },
    clampGrad: {
      arrays: [f, f, f],
      run: (k, [x, dy, dx]) => k.clampGrad!(x!, dy!, dx!, -1, 1, 0, n),
    },
    where: { arrays: [u, f, f, f], run: (k, at) => k.where!(...at, 0, n) },
    fill32: { arrays: [f], run: (k, [y]) => k.fill32!(y!, 1, 0, n) },
    fill8: { arrays: [u], run: (k, [y]) => k.fill8!(y!, 1, 0, n) },
    copy4: {
      arrays: [m, m],
      run: (k, [x, y]) => k.copy!(4, x!, 0, n, 1, y!, 0, n, 1, rows, n, 0, 1),
    },
    transpose: {
      arrays: [m, m],
      run: (k, [x, y]) => k.copy!(4, x!, 0, 1, n, y!, 0, rows, 1, n, rows, 0, 1),
    },
    copyBack: {
      arrays: [m, m],
      run: (k, [x, y]) => {
        const last = x! + 4 * (n - 1);
        k.copy!(4, last, 0, n, -1, y!, 0, n, 1, rows, n, 0, 1);
      },
    },
    scanI32: { arrays: [m, m], run: (k, [x, y]) => k.scanI32!(x!, y!, rows, n, 0, 0, n) },
    scanExtremes: {
      arrays: [m, m, m],
      run: (k, at) => {
        k.scanExtremes!(2, 0, ...at, rows, n, 0, n);
        k.scanExtremes!(3, 0, ...at, n, 1, 0, rows);
      },
    },
    order: {
      arrays: [m, ints(rows), bytes(20_000)],
      run: (k, [x, index, scratch]) => k.order!(0, x!, index!, n, 1, 0, scratch!, 0, rows),
    },
    ranked: {
      arrays: [m, ints(rows), bytes(20_000)],
      run: (k, [x, index, scratch]) => k.ranked!(0, x!, index!, n, -1, scratch!, 0, rows),
    },
    nonzero: {
      arrays: [f, i, ints(1)],
      run: (k, [x, out, count]) => k.nonzero!(0, x!, out!, count!, 1, n, 0, 0, 1),
    },
    nonzeroInPairs: {
      arrays: [u, ints(2 * n), ints(1)],
      run: (k, [x, out, count]) => k.nonzero!(1, x!, out!, count!, 1, n, 1, 0, 1),
    },
    compress: {
      arrays: [f, u, i, ints(1)],
      run: (k, [x, mask, out, count]) => k.compress!(x!, mask!, out!, count!, n, 0, 1),
    },
    indexCopy: {
      arrays: [m, ints(rows), f, ints(1)],
      run: (k, [x, index, y, status]) => {
        k.indexCopy!(4, x!, index!, y!, 1, rows, n, status!, 0, 1);
      },
    },
    indexSelectWords: {
      arrays: [floats(1), i, f, ints(1)],
      run: (k, [x, index, y, status]) => {
        k.indexSelect!(4, x!, index!, y!, 1, n, 1, status!, 0, n);
      },
    },
    scatterWords: {
      arrays: [f, i, floats(1), ints(1)],
      run: (k, [x, index, y, status]) => k.scatter!(1, 4, x!, index!, y!, 1, n, 1, status!, 0, 1),
    },
    copy1: { arrays: [u, u], run: (k, [x, y]) => k.copy!(1, x!, 0, 0, 1, y!, 0, 0, 1, 1, n, 0, 1) },
    sgd: {
      arrays: [f, f, f],
      run: (k, at) => k.sgd!(listOf(n, at), 1, 0.1, 0.9, 0, 0, 1, 0, 0, n),
    },
    sgdPlain: {
      arrays: [f, f],
      run: (k, at) => k.sgd!(listOf(n, at), 1, 0.1, 0, 0, 0, 0, 0, 0, n),
    },
    scaleList: { arrays: [f], run: (k, at) => k.scaleList!(listOf(n, at), 1, 0.5, 0, n) },
    squareSums: { arrays: [f], run: (k, at) => k.squareSums!(listOf(n, at), 0, 1) },
    softmaxGrad: { arrays: [m, m, m], run: (k, at) => k.softmaxGradRows!(0, ...at, n, 0, rows) },
    logSoftmaxGrad: {
      arrays: [m, m, m],
      run: (k, at) => k.softmaxGradRows!(1, ...at, n, 0, rows),
    },
    nll: {
      arrays: [m, ints(rows), floats(rows), ints(1)],
      run: (k, [x, labels, losses, status]) => {
        k.nllRows!(x!, labels!, losses!, n, status!, 0, rows);
      },
    },
    nllGrad: {
      arrays: [ints(rows), floats(rows), m],
      run: (k, [labels, d, dx]) => k.nllGradRows!(labels!, d!, 1, 1, dx!, n, 0, rows),
    },
    crossEntropy: {
      arrays: [m, ints(rows), floats(rows), floats(2 * rows), ints(1)],
      run: (k, [x, labels, losses, stats, status]) => {
        k.crossEntropyRows!(x!, labels!, losses!, stats!, n, status!, 0, rows);
      },
    },
    crossEntropyGrad: {
      arrays: [m, ints(rows), floats(2 * rows), floats(rows), m],
      run: (k, [x, labels, stats, d, dx]) => {
        k.crossEntropyGradRows!(x!, labels!, stats!, d!, 1, 1, dx!, n, 0, rows);
      },
    },
    gatherRowsU8: {
      arrays: [u, ints(rows), m],
      run: (k, at) => k.gatherRowsU8!(...at, n, 255, 0, rows),
    },
    indexSelect: {
      arrays: [f, ints(rows), m, ints(1)],
      run: (k, [x, index, y, status]) => {
        k.indexSelect!(4, x!, index!, y!, 1, rows, n, status!, 0, rows);
      },
    },
    indexAdd: { arrays: [m, ints(rows), f], run: (k, at) => k.indexAdd!(...at, 1, rows, n, 0, 1) },
    gather: {
      arrays: [f, ints(rows * n), m, ints(1)],
      run: (k, [x, index, y, status]) => {
        k.gather!(4, x!, index!, y!, 1, rows, n, status!, 0, 1);
      },
    },
    scatterAdd: {
      arrays: [m, ints(rows * n), f],
      run: (k, at) => k.scatterAdd!(...at, 1, rows, n, 0, 1),
    },
    scatter: {
      arrays: [m, ints(rows * n), f, ints(1)],
      run: (k, [x, index, y, status]) => {
        k.scatter!(3, 4, x!, index!, y!, 1, rows, n, status!, 0, 1);
      },
    },
    randomUniform: { arrays: [f], run: (k, [y]) => k.randomUniform!(y!, 1, 2, 3, 4, 0, 1, 0, n) },
    randomNormal: { arrays: [f], run: (k, [y]) => k.randomNormal!(y!, 1, 2, 3, 4, 0, 1, 0, n) },
  };
  for (const [name, op] of Object.entries(UNARY_OP)) {
    all[`unary ${op}`] = { arrays: [f, f], run: (k, at) => k.unary!(op, ...at, 0, n) };
    if (!(name in unaryGrad)) continue; // a formula
    all[`unaryGrad ${op}`] = { arrays: [f, f, f], run: (k, at) => k.unaryGrad!(op, ...at, 0, n) };
  }
  for (const op of Object.values(ACTIVATION_OP)) {
    all[`activation ${op}`] = {
      arrays: [f, f],
      run: (k, at) => k.activation!(op, ...at, 0.5, 2, 0, n),
    };
    all[`activationGrad ${op}`] = {
      arrays: [f, f, f],
      run: (k, at) => k.activationGrad!(op, ...at, 0.5, 2, 0, n),
    };
  }
  for (let op = 0; op <= 7; op++) {
    all[`binary ${op}`] = { arrays: [f, f, f], run: (k, at) => k.binary!(op, ...at, 0, n) };
    for (const [a, b] of [[1, 0], [0, 1]] as const) {
      all[`binaryBroadcast ${op}, strides ${a} and ${b}`] = {
        arrays: [a ? f : floats(1), b ? f : floats(1), f],
        run: (k, [x, y, z]) => k.binaryBroadcast!(op, x!, 0, 0, a, y!, 0, 0, b, z!, 1, n, 0, 1),
      };
    }
  }
  for (const op of [0, 1, 2, 4, 5]) {
    all[`binaryI32 ${op}`] = { arrays: [i, i, i], run: (k, at) => k.binaryI32!(op, ...at, 0, n) };
  }
  for (let op = 0; op <= 5; op++) {
    all[`compare ${op}`] = { arrays: [f, f, u], run: (k, at) => k.compare!(op, ...at, 0, n) };
    all[`compareI32 ${op}`] = { arrays: [i, i, u], run: (k, at) => k.compareI32!(op, ...at, 0, n) };
  }
  for (let op = 0; op <= 2; op++) {
    for (const type of ["", "I32"]) {
      const row = { arrays: [m, floats(rows)] };
      all[`reduceRows${type} ${op}`] = {
        ...row,
        run: (k, at) => k[`reduceRows${type}`]!(op, ...at, n, 0, rows),
      };
      all[`reduceCols${type} ${op}`] = {
        arrays: [m, f],
        run: (k, at) => k[`reduceCols${type}`]!(op, ...at, rows, n, 0, 1, 0, n),
      };
      if (op > 0) {
        all[`argRows${type} ${op}`] = {
          ...row,
          run: (k, at) => k[`argRows${type}`]!(op, ...at, n, 0, rows),
        };
      }
    }
  }
  for (const log of [0, 1]) {
    all[`softmaxRows ${log}`] = {
      arrays: [m, m],
      run: (k, at) => k.softmaxRows!(log, ...at, n, 0, rows),
    };
  }
  // rows of n with 1 channel, and images of rows × 1 with n channels
  const whole = Int32Array.of(0, rows, rows);
  const cols = Int32Array.from(Array.from(i, (_, j) => [j, j + 1, 1]).flat());
  const one = Int32Array.of(0, 1, 1);
  for (const [name, w, inner, table] of [["row", n, 1, cols], ["pixel", 1, n, one]] as const) {
    all[`maxPool ${name}`] = {
      arrays: [m, f, i, whole, table],
      run: (k, at) => k.maxPool!(...at, rows, w, 1, w, inner, 0, 1),
    };
    all[`maxPoolGrad ${name}`] = {
      arrays: [f, i.map((_, j) => inner === 1 ? j : 0), m],
      run: (k, at) => k.maxPoolGrad!(...at, rows * w, w, inner, 0, 1),
    };
    all[`avgPool ${name}`] = {
      arrays: [m, f, whole, table],
      run: (k, at) => k.avgPool!(...at, rows, w, 1, w, inner, 0, 1),
    };
    all[`avgPoolGrad ${name}`] = {
      arrays: [f, m, whole, table],
      run: (k, at) => k.avgPoolGrad!(...at, rows, w, 1, w, inner, 0, 1),
    };
  }
  // [1, rows, n] and [rows, n, 1]
  for (const [outer, c, inner] of [[1, rows, n], [rows, n, 1]] as const) {
    const v = floats(c), shape = `[${outer}, ${c}, ${inner}]`;
    all[`channelMoments ${shape}`] = {
      arrays: [m, v, v, floats(3 * 512)],
      run: (k, [x, mean, variance, scratch]) =>
        k.channelMoments!(x!, mean!, variance!, outer, c, inner, scratch!, 0, c),
    };
    all[`channelSums ${shape}`] = {
      arrays: [m, m, v, v, v, v, v, floats(6 * 512)],
      run: (k, at) => k.channelSums!(...at.slice(0, 7), outer, c, inner, at[7]!, 0, c),
    };
    all[`channelAffine ${shape}`] = {
      arrays: [m, m, v, v, v],
      run: (k, at) => k.channelAffine!(...at, 0, c, inner, 0, outer),
    };
    all[`channelAffineGrad ${shape}`] = {
      arrays: [m, m, m, v, v, v, v, v],
      run: (k, at) => k.channelAffineGrad!(...at, c, inner, 0, outer),
    };
  }
  const stats = floats(2 * rows);
  all.layerNorm = {
    arrays: [m, f, f, m, stats],
    run: (k, at) => k.layerNormRows!(...at, n, 1e-5, 0, rows),
  };
  all.layerNormGrad = {
    arrays: [m, f, m, stats, m],
    run: (k, at) => k.layerNormGradRows!(...at, n, 0, rows),
  };
  all.layerNormGradWeight = {
    arrays: [m, m, stats, f, f, floats(6 * 512)],
    run: (k, at) => k.layerNormGradWeight!(...at.slice(0, 5), rows, n, at[5]!, 0, n),
  };
  all.channelScale = { arrays: [f, f, f, f], run: (k, at) => k.channelScale!(...at, 1e-5, 0, n) };
  all.channelGradScale = {
    arrays: [f, f, f, f, f, f, f],
    run: (k, at) => k.channelGradScale!(...at, 0.5, 0, n),
  };
  const steps = 2, states = floats((steps + 1) * rows * n), lengths = new Int32Array([1, 2, 2]);
  [4, 3, 1, 1].forEach((gates, cell) => {
    const gate = floats(steps * rows * gates * n), weight = floats(gates * n * n);
    const forward = [gate, weight, floats(gates * n), states, states, floats(steps * rows * n)];
    all[`recurrent ${cell}`] = {
      arrays: [...forward, lengths, floats(n * (gates * n + rows + 16) + 500)],
      run: (k, at) => {
        const [x, w, ...rest] = at as [number, number];
        const scratch = rest.pop()!;
        k.recurrent!(cell, x, w, n, 1, ...rest, steps, rows, n, 0, scratch, 0, rows);
        k.recurrent!(cell, x, w, 1, gates * n, ...rest, steps, rows, n, 1, scratch, 0, rows);
      },
    };
    all[`recurrentGrad ${cell}`] = {
      arrays: [
        ...[gate, weight, states, states, floats(steps * rows * n), lengths, states],
        ...[gate, gate, m, m, floats(gates * n * (n + rows + 16) + 500)],
      ],
      run: (k, at) => {
        const [x, w, ...rest] = at as [number, number];
        const scratch = rest.pop()!;
        k.recurrentGrad!(cell, x, w, n, 1, ...rest, steps, rows, n, 1, scratch, 0, rows);
      },
    };
  });
  all.leakyRelu = { arrays: [f, f, f], run: (k, at) => k.leakyRelu!(...at, 0.1, 0, n) };
  all.dropout = {
    arrays: [f, f],
    run: (k, at) => k.dropout!(...at, 1, 2, 3, 4, 0.5, 2, 0, n),
  };
  const types = [f, i, u, u];
  types.forEach((x, from) =>
    types.forEach((y, to) => {
      all[`cast ${from} to ${to}`] = {
        arrays: [x, y],
        run: (k, at) => k.cast!(from, to, ...at, 0, n),
      };
    })
  );
  return all;
}

testBuilds("no kernel reads or writes past the end of an argument", (kernels) => {
  for (const n of [1, 2, 3, 5, 6, 7, 9, 13, 15, 17, 31, 33]) {
    for (const [name, { arrays, run }] of Object.entries(calls(n))) {
      for (let last = 0; last < arrays.length; last++) {
        arena.clear();
        const at = arrays.map((a, i) => (i === last ? arena.last(a) : arena.put(a)).byteOffset);
        try {
          run(kernels, at);
        } catch (cause) {
          throw new Error(`${name} of ${n}: argument ${last} at the end of memory`, { cause });
        }
        arena.check();
      }
    }
  }
});
