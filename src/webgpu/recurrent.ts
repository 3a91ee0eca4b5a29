/**
 * Recurrent layers: a step is one call, the product with the state before it and the cells in one.
 *
 * ```
 *   forwards    m = h·wᵀ + b, the cells of m and of what x gives to the gates: the next h
 *   backwards   dh = dhidden·w of the step behind, then the cells' gradients: dgates, dhidden
 *               and a last call in which nothing follows the product: the dh of the first state
 * ```
 *
 * A group has 16 samples and 16 units, and all gates of these: 64 threads, of which each has one unit of
 * four samples. 16 numbers at a time of the states, or gradients, and of the weight are in its memory.
 *
 * @module
 */
import type { Recurrence, Recurrent, RecurrentStates } from "../device/kernels.ts";
import { EXP, NUMBERS, RELU_OF } from "./functions.ts";
import { floatsAt, gpuOf, intsAt } from "./place.ts";
import { type NumberType, type Shader, shader } from "./shader.ts";

type Cell = Recurrence["cell"];

/** Samples and units of a group, and numbers of a line that are in its memory at a time. */
const TILE = 16;

/** Gates of a cell, and what holds one number of each. */
const GATES: Readonly<Record<Cell, readonly [count: number, type: string]>> = {
  lstm: [4, "vec4<f32>"],
  gru: [3, "vec3<f32>"],
  tanh: [1, "f32"],
  relu: [1, "f32"],
};

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const FOUR = upTo(4);
const lines = (count: number, line: (i: number) => string) => upTo(count).map(line).join("\n");

/** What both directions are told. */
const NUMBERS_TOLD: Readonly<Record<string, NumberType>> = {
  tiles: "u32",
  across: "u32", // tiles that share their samples
  batch: "u32",
  hidden: "u32",
  depth: "u32", // numbers of a line that the product goes through; 0: there is none
  step: "u32",
  limited: "u32", // whether samples have lengths
};

/** What cells read and write: of sample b and unit j, or of a gate of theirs. */
const PLACES = (gates: number) =>
  `fn unit_at(b: u32, j: u32) -> u32 { return b * p.hidden + j; }
fn gate_at(b: u32, j: u32, gate: u32) -> u32 { return (b * ${gates}u + gate) * p.hidden + j; }
fn has_step(b: u32) -> bool { return p.limited == 0u || p.step < u32(lengths_at(b)); }
`;

/** The cells of a step: `m` is what the state before gives to the gates. */
const CELLS: Readonly<Record<Cell, string>> = {
  lstm: `let i = sigmoid_of(gates_at(gate_at(b, j, 0u)) + m.x);
  let f = sigmoid_of(gates_at(gate_at(b, j, 1u)) + m.y);
  let g = tanh_of(gates_at(gate_at(b, j, 2u)) + m.z);
  let o = sigmoid_of(gates_at(gate_at(b, j, 3u)) + m.w);
  let c = f * c_at(at) + i * g;
  let t = tanh_of(c);
  set_gates(gate_at(b, j, 0u), i);
  set_gates(gate_at(b, j, 1u), f);
  set_gates(gate_at(b, j, 2u), g);
  set_gates(gate_at(b, j, 3u), o);
  set_nextC(at, c);
  set_aside(at, t);
  set_next(at, o * t);`,
  gru: `let r = sigmoid_of(gates_at(gate_at(b, j, 0u)) + m.x);
  let z = sigmoid_of(gates_at(gate_at(b, j, 1u)) + m.y);
  let n = tanh_of(gates_at(gate_at(b, j, 2u)) + r * m.z);
  set_gates(gate_at(b, j, 0u), r);
  set_gates(gate_at(b, j, 1u), z);
  set_gates(gate_at(b, j, 2u), n);
  set_aside(at, m.z);
  set_next(at, n + z * (h_at(at) - n));`,
  tanh: `set_next(at, tanh_of(gates_at(gate_at(b, j, 0u)) + m));`,
  relu: `set_next(at, relu_of(gates_at(gate_at(b, j, 0u)) + m));`,
};

/** Their gradients: `d` is that of the state behind the step; dh becomes what does not go by the product. */
const GRADIENTS: Readonly<Record<Cell, string>> = {
  lstm: `let i = gates_at(gate_at(b, j, 0u));
  let f = gates_at(gate_at(b, j, 1u));
  let g = gates_at(gate_at(b, j, 2u));
  let o = gates_at(gate_at(b, j, 3u));
  let t = aside_at(at);
  let dc = dc_at(at) + d * o * (1.0 - t * t);
  set_dgates(gate_at(b, j, 0u), dc * g * i * (1.0 - i));
  set_dgates(gate_at(b, j, 1u), dc * c_at(at) * f * (1.0 - f));
  set_dgates(gate_at(b, j, 2u), dc * i * (1.0 - g * g));
  set_dgates(gate_at(b, j, 3u), d * t * o * (1.0 - o));
  set_dc(at, dc * f);
  set_dh(at, 0.0);`,
  gru: `let r = gates_at(gate_at(b, j, 0u));
  let z = gates_at(gate_at(b, j, 1u));
  let n = gates_at(gate_at(b, j, 2u));
  let dz = d * (h_at(at) - n) * z * (1.0 - z);
  let dn = d * (1.0 - z) * (1.0 - n * n);
  let dr = dn * r * aside_at(at) * (1.0 - r);
  set_dgates(gate_at(b, j, 0u), dr);
  set_dhidden(gate_at(b, j, 0u), dr);
  set_dgates(gate_at(b, j, 1u), dz);
  set_dhidden(gate_at(b, j, 1u), dz);
  set_dgates(gate_at(b, j, 2u), dn);
  set_dhidden(gate_at(b, j, 2u), dn * r);
  set_dh(at, d * z);`,
  tanh: `let y = next_at(at);
  set_dgates(gate_at(b, j, 0u), d - d * y * y);
  set_dh(at, 0.0);`,
  relu: `let y = next_at(at); // 0 by the bits: NaN hands the gradient on, as above 0
  set_dgates(gate_at(b, j, 0u), select(d, 0.0, (bitcast<u32>(y) & 0x7fffffffu) == 0u));
  set_dh(at, 0.0);`,
};

/**
 * A kernel: of sample b … b + 3 and unit j `sum0` … `sum3` of a type become products of lines of `left`
 * and what `load` brings of the weight into `right`, and `each` sees to them.
 */
function perTile(
  name: string,
  operands: Parameters<typeof shader>[0]["operands"],
  { type, left, load, numbers, declarations }: {
    type: string;
    left: string;
    load: string;
    numbers: Readonly<Record<string, NumberType>>;
    declarations: string;
  },
): Shader {
  const rows = FOUR.map((i) => `left_at(b + ${i}u, k)`).join(", ");
  return shader({
    name,
    operands,
    numbers: { ...NUMBERS_TOLD, ...numbers },
    group: [64, 1, 1],
    declarations: `${NUMBERS}${EXP}${RELU_OF}
// [number of a line][four samples]
var<workgroup> left: array<array<vec4<f32>, 4>, ${TILE}>;
// [number of a line][unit], and one more, so that neighbours meet other banks
var<workgroup> right: array<array<${type}, ${TILE + 1}>, ${TILE}>;
fn left_at(b: u32, k: u32) -> f32 {
  if (b >= p.batch || k >= p.depth) { return 0.0; }
  return ${left}_at(b * p.depth + k);
}
${declarations}`,
    // masks tell the compiler that no place is outside the group's memory
    main: `let tx = local.x & 15u;
  let ty = (local.x >> 4u) & 3u;
  for (var tile = group.x; tile < p.tiles; tile += groups.x) {
    let j0 = tile % p.across * ${TILE}u;
    let b0 = tile / p.across * ${TILE}u;
    let b = b0 + 4u * ty;
${lines(4, (i) => `    var sum${i} = ${type}(0.0);`)}
    for (var k0 = 0u; k0 < p.depth; k0 += ${TILE}u) {
      workgroupBarrier();
      {
        let k = k0 + tx;
        left[tx][ty] = vec4<f32>(${rows});
      }
      ${load}
      workgroupBarrier();
${
      lines(TILE, (k) =>
        `      {
        let a = left[${k}][ty];
        let w = right[${k}][tx];
${lines(4, (i) => `        sum${i} += a[${i}] * w;`)}
      }`)
    }
    }
${lines(4, (i) => `    cell_of(b + ${i}u, j0 + tx, sum${i});`)}
  }`,
  });
}

function forwardOf(cell: Cell): Shader {
  const [count, type] = GATES[cell];
  const rows = upTo(count).map((gate) => `weight_at((${gate}u * p.hidden + j) * p.depth + k)`);
  const biases = upTo(count).map((gate) => `bias_at(${gate}u * p.hidden + j)`);
  return perTile(`recurrent: ${cell}`, {
    gates: "f32",
    weight: "f32",
    bias: "f32",
    h: "f32",
    next: "f32",
    c: "f32",
    nextC: "f32",
    aside: "f32",
    lengths: "i32",
  }, {
    type,
    left: "h",
    load: lines(
      4,
      (i) => `right[tx][4u * ty + ${i}u] = weights_at(j0 + 4u * ty + ${i}u, k0 + tx);`,
    ),
    numbers: { biased: "u32" },
    declarations: `${PLACES(count)}
// of unit j the weights of its gates with number k of the state
fn weights_at(j: u32, k: u32) -> ${type} {
  if (j >= p.hidden || k >= p.depth) { return ${type}(0.0); }
  return ${type}(${rows.join(", ")});
}
fn cell_of(b: u32, j: u32, product: ${type}) {
  if (b >= p.batch || j >= p.hidden) { return; }
  let at = unit_at(b, j);
  if (!has_step(b)) {
    set_next(at, h_at(at));
    ${cell === "lstm" ? "set_nextC(at, c_at(at));" : ""}
    return;
  }
  var m = product;
  if (p.biased == 1u) { m += ${type}(${biases.join(", ")}); }
  ${CELLS[cell]}
}`,
  });
}

function backwardOf(cell: Cell): Shader {
  const [count] = GATES[cell];
  const none = (name: string) => lines(count, (i) => `    set_${name}(gate_at(b, j, ${i}u), 0.0);`);
  return perTile(`recurrent: ${cell}'s gradient`, {
    gates: "f32",
    weight: "f32",
    h: "f32",
    next: "f32",
    c: "f32",
    aside: "f32",
    lengths: "i32",
    dy: "f32",
    behind: "f32", // dhidden of the step behind
    dgates: "f32",
    dhidden: "f32",
    dh: "f32",
    dc: "f32",
  }, {
    type: "f32",
    left: "behind",
    load: lines(
      4,
      (i) => `right[4u * ty + ${i}u][tx] = weights_at(k0 + 4u * ty + ${i}u, j0 + tx);`,
    ),
    numbers: { ends: "u32" },
    declarations: `${PLACES(count)}
fn weights_at(k: u32, j: u32) -> f32 {
  if (j >= p.hidden || k >= p.depth) { return 0.0; }
  return weight_at(k * p.hidden + j);
}
fn cell_of(b: u32, j: u32, product: f32) {
  if (b >= p.batch || j >= p.hidden) { return; }
  let at = unit_at(b, j);
  var d = dh_at(at) + product;
  if (p.ends == 0u) { d += dy_at(at); }
  if (p.ends == 1u || !has_step(b)) {
    set_dh(at, d);
    if (p.ends == 1u) { return; }
${none("dgates")}
${cell === "gru" ? none("dhidden") : ""}
    return;
  }
  ${GRADIENTS[cell]}
}`,
  });
}

const everyCell = (of: (cell: Cell) => Shader): Readonly<Record<Cell, Shader>> => {
  return { lstm: of("lstm"), gru: of("gru"), tanh: of("tanh"), relu: of("relu") };
};
const FORWARD = everyCell(forwardOf);
const BACKWARD = everyCell(backwardOf);

const OP = "recurrent";

/** Where the states are of one step, and those before and behind it. */
interface Step {
  readonly t: number;
  readonly gates: number;
  readonly h: number;
  readonly next: number;
  readonly c: number;
  readonly nextC: number;
  readonly aside: number;
}

/** The steps in the order in which they are computed. */
function stepsOf(
  { cell, steps, batch, hidden, reverse }: Recurrence,
  { gates, h, c, aside }: RecurrentStates,
): Step[] {
  const size = batch * hidden, width = size * GATES[cell][0];
  const all = (steps + 1) * size;
  const gatesAt = floatsAt(gates, steps * width, OP, "the gates");
  const hAt = floatsAt(h, all, OP, "h");
  const cAt = c === null ? 0 : floatsAt(c, all, OP, "c");
  const asideAt = aside === null ? 0 : floatsAt(aside, steps * size, OP, "what is kept");
  return upTo(steps).map((i) => {
    const t = reverse ? steps - 1 - i : i;
    const before = size * (reverse ? t + 1 : t), behind = size * (reverse ? t : t + 1);
    return {
      t,
      gates: gatesAt + t * width,
      h: hAt + before,
      next: hAt + behind,
      c: cAt + before,
      nextC: cAt + behind,
      aside: asideAt + t * size,
    };
  });
}

/** Tiles of a step: how many there are, and how many of them share their samples. */
function tilesOf({ batch, hidden }: Recurrence): [tiles: number, across: number] {
  const across = Math.ceil(hidden / TILE);
  return [across * Math.ceil(batch / TILE), across];
}

/** Recurrent layers, by name. */
export const recurrence: Required<Recurrent> = {
  recurrent(r, s, weight, bias) {
    const { cell, batch, hidden } = r;
    const width = GATES[cell][0] * hidden;
    const weightAt = floatsAt(weight, width * hidden, OP, "the weight");
    const biasAt = bias === null ? 0 : floatsAt(bias, width, OP, "the bias");
    const lengthsAt = s.lengths === null ? 0 : intsAt(s.lengths, batch, OP, "the lengths");
    const [tiles, across] = tilesOf(r);
    const gpu = gpuOf(s.h);
    for (const { t, gates, h, next, c, nextC, aside } of stepsOf(r, s)) {
      gpu.run(FORWARD[cell], Math.min(tiles, 65535), 1, 1, [
        ...[gates, weightAt, biasAt, h, next, c, nextC, aside, lengthsAt],
        ...[tiles, across, batch, hidden, hidden, t, s.lengths === null ? 0 : 1],
        bias === null ? 0 : 1,
      ]);
    }
  },

  recurrentGrad(r, s, weight, dy, dgates, dhidden, dh, dc) {
    const { cell, steps, batch, hidden } = r;
    const size = batch * hidden, width = GATES[cell][0] * hidden;
    const weightAt = floatsAt(weight, width * hidden, OP, "the weight");
    const lengthsAt = s.lengths === null ? 0 : intsAt(s.lengths, batch, OP, "the lengths");
    const hAt = floatsAt(s.h, (steps + 1) * size, OP, "h");
    const dyAt = floatsAt(dy, (steps + 1) * size, OP, "dy");
    const dgatesAt = floatsAt(dgates, steps * batch * width, OP, "the gates' gradient");
    const dhiddenAt = dhidden === null
      ? dgatesAt
      : floatsAt(dhidden, steps * batch * width, OP, "the hidden part's gradient");
    const dhAt = floatsAt(dh, size, OP, "dh");
    const dcAt = dc === null ? 0 : floatsAt(dc, size, OP, "dc");
    const [tiles, across] = tilesOf(r);
    const gpu = gpuOf(s.h);
    let behind = -1; // the step behind, none at first
    const run = (step: Step, ends: boolean) => {
      const { t, gates, h, next, c, aside } = step;
      const at = t * batch * width, [depth, from] = behind < 0 ? [0, 0] : [width, behind];
      gpu.run(BACKWARD[cell], Math.min(tiles, 65535), 1, 1, [
        ...[gates, weightAt, h, next, c, aside, lengthsAt, dyAt + next - hAt],
        ...[dhiddenAt + from, dgatesAt + at, dhiddenAt + at, dhAt, dcAt],
        ...[tiles, across, batch, hidden, depth, t, s.lengths === null ? 0 : 1, ends ? 1 : 0],
      ]);
      behind = at;
    };
    const all = stepsOf(r, s).reverse();
    for (const step of all) run(step, false);
    run(all.at(-1)!, true);
  },
};
