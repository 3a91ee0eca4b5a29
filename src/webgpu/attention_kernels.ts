/**
 * The kernels of attention, of tiles (`attention_tiles.ts`): results, and the gradients of queries and of
 * keys and values.
 *
 * @module
 */
import {
  addProducts,
  at,
  change,
  DK,
  DQ,
  drop,
  DV,
  DY,
  each,
  EIGHT,
  FOUR,
  K,
  line,
  type Lines,
  MASK,
  other,
  OTHERS,
  OWN,
  perTile,
  PLACES,
  products,
  put,
  Q,
  rowsOf,
  take,
  TOLD,
  V,
  vec4,
  write,
  Y,
  zeros,
} from "./attention_tiles.ts";
import { elementwise as perElement, type Shader } from "./shader.ts";

const LARGER = `
fn larger4(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> { return ${
  vec4((i) => `larger(a[${i}], b[${i}])`)
}; }
fn largest(x: vec4<f32>) -> f32 { return larger(larger(x.x, x.y), larger(x.z, x.w)); }
// what scores are taken from: where all are hidden so far, anything
fn base_of(top: vec4<f32>) -> vec4<f32> {
  return select(top, vec4<f32>(0.0), bitcast<vec4<u32>>(top) == vec4<u32>(0xff800000u));
}
`;

/** Folds what the eight threads that share own lines have, two times four numbers each. */
const fold = (
  values: [string, string],
  start: [string, string],
  f: (x: string, y: string) => string,
) =>
  `${at("right", "t")} = ${values[0]};
    ${at("right", "64u + t")} = ${values[1]};
    workgroupBarrier();
    ${start[0]} ${start[1]}
    for (var i = 0u; i < 8u; i++) {
      ${f("x0", at("right", "ty * 8u + i"))}
      ${f("x1", at("right", "64u + ty * 8u + i"))}
    }
    workgroupBarrier();`;

/** The scores of a tile, with their masks, from products. */
const scores = (own: "query" | "key") => {
  const [query, queries, key, keys] = own === "query"
    ? ["first", OWN, "other0", OTHERS]
    : ["other0", OTHERS, "first", OWN];
  return `workgroupBarrier();
    if (is_open(${query}, ${queries}u, ${key}, ${keys}u, limit)) {
${each(EIGHT, (r) => `      s${r} *= p.scale;`)}
    } else {
    ${put("s")}
    ${change(own, (x, query, key) => `masked(${x}, ${MASK}, ${query}, ${key}, limit)`)}
    ${take("s")}
    }`;
};

const ofRows = (name: string) => (r: number) => `${name}${r >> 2}[${r & 3}]`;

/** Takes down by how much a tile's largest scores are above those before, as far as sums and results go. */
const RESCALED = `{
    ${
  fold(
    [vec4((r) => `largest(s${r})`), vec4((r) => `largest(s${r + 4})`)],
    ["var x0 = top0;", "var x1 = top1;"],
    (x, y) => `${x} = larger4(${x}, ${y});`,
  )
}
    let by0 = exp_of_four(top0 - base_of(x0));
    let by1 = exp_of_four(top1 - base_of(x1));
    top0 = x0; top1 = x1;
    sum0 *= by0; sum1 *= by1;
${each(EIGHT, (r) => each([0, 1], (j) => `o${r}${j} *= by${r >> 2}[${r & 3}];`))}
    }`;

/** Makes shares of a tile's scores, and adds them up. */
const SHARED = `let base0 = base_of(top0); let base1 = base_of(top1);
${each(EIGHT, (r) => `    s${r} = exp_of_four(s${r} - ${ofRows("base")(r)});`)}
    sum0 += ${vec4((r) => `((s${r}.x + s${r}.y) + (s${r}.z + s${r}.w))`)};
    sum1 += ${vec4((r) => `((s${r + 4}.x + s${r + 4}.y) + (s${r + 4}.z + s${r + 4}.w))`)};`;

/** 1 / sums, of all threads that share own lines; 0 of those that see nothing. */
const INVERSES = `${
  fold(
    ["sum0", "sum1"],
    ["var x0 = vec4<f32>(0.0);", "var x1 = x0;"],
    (x, y) => `${x} += ${y};`,
  )
}
    let none = vec4<f32>(0.0);
    let inverse0 = select(1.0 / x0, none, x0 == none);
    let inverse1 = select(1.0 / x1, none, x1 == none);`;

/** Writes what the gradients need of each query. */
const SAVED = `if (tx == 0u && c0 == 0u) {
${
  each(EIGHT, (r) =>
    `if (${line(r)} < p.l) {
        let place = 2u * ((p.first + matrix) * p.l + ${line(r)});
        set_stats(place, select(${ofRows("top")(r)}, 0.0, ${ofRows("x")(r)} == 0.0));
        set_stats(place + 1u, ${ofRows("inverse")(r)});
      }`)
}
    }`;

/** Results: largest scores and sums are those of the tiles so far, and what is there follows them. */
export const attend: Shader = perTile(
  "attend",
  LARGER,
  `var top0 = vec4<f32>(-infinity()); var top1 = top0;
    var sum0 = vec4<f32>(0.0); var sum1 = sum0; // of a thread's own others
    ${zeros("o", 2)}
    let last = select(p.s, min(p.s, first + ${OWN}u), p.causal == 1u);
    for (var other0 = 0u; other0 < last; other0 += ${OTHERS}u) {
    ${products("s", Q, K, "p.d")}
    ${scores("query")}
    ${RESCALED}
    ${SHARED}
    ${put("s")}
    if (p.factor > 0.0) { ${drop("query")} }
    ${rowsOf(V, "p.e")}
    workgroupBarrier();
    ${addProducts("o")}
    }
    workgroupBarrier();
    ${INVERSES}
    ${
    write(
      Y,
      "p.e",
      "o",
      (sum, r) => `select(${sum} * ${ofRows("inverse")(r)}, none, ${ofRows("x")(r)} == 0.0)`,
    )
  }
    ${SAVED}`,
);

/** Of each query Σ dy y. */
export const shares: Shader = perElement({
  name: "attend: Σ dy y",
  ...TOLD,
  declarations: PLACES,
  main: `let row = i % p.l;
  let at = places_of(i / p.l);
  let ofY = p.y + at.b.y + row * p.yRow;
  let ofDy = p.dy + at.b.z + row * p.dyRow;
  var sum = 0.0;
  if (p.even == 1u) {
    for (var c = 0u; c < p.e; c += 4u) {
      sum += dot(fours_at((ofDy + c) >> 2u), fours_at((ofY + c) >> 2u));
    }
  } else {
    for (var c = 0u; c < p.e; c++) {
      sum += dy_at(at.b.z + row * p.dyRow + c * p.dyCol) * y_at(at.b.y + row * p.yRow + c);
    }
  }
  set_shares(p.first * p.l + i, sum);`,
});

/** Of the queries of a thread largest scores, 1 / sums and shares, from `place` of each. */
const saved = (name: string, query: (i: number) => string) =>
  `let place${name} = vec4<u32>(${
    FOUR.map((i) => `(p.first + matrix) * p.l + min(${query(i)}, p.l - 1u)`).join(", ")
  });
    let top${name} = ${vec4((i) => `stats_at(2u * place${name}[${i}])`)};
    let inverse${name} = ${vec4((i) => `stats_at(2u * place${name}[${i}] + 1u)`)};
    let share${name} = ${vec4((i) => `shares_at(place${name}[${i}])`)};`;

/** What gradients begin with: s and dp of a tile, and of dp what dropout has left. */
const gradients = (own: "query" | "key", s: [Lines, Lines], dp: [Lines, Lines]) =>
  `${products("s", ...s, "p.d")}
    ${products("dp", ...dp, "p.e")}
    ${scores(own)}
    if (p.factor > 0.0) {
    ${put("dp")}
    ${drop(own)}
    ${take("dp")}
    }`;

/** The gradients of queries. */
export const ofQueries: Shader = perTile(
  "attend: dq",
  "",
  `${zeros("o", 2)}
    ${saved("0", (i) => line(i))}
    ${saved("1", (i) => line(i + 4))}
    let last = select(p.s, min(p.s, first + ${OWN}u), p.causal == 1u);
    for (var other0 = 0u; other0 < last; other0 += ${OTHERS}u) {
    ${gradients("query", [Q, K], [DY, V])}
${
    each(EIGHT, (r) =>
      `s${r} = exp_of_four(s${r} - ${ofRows("top")(r)}) * ${ofRows("inverse")(r)} * ` +
      `(dp${r} - ${ofRows("share")(r)});`)
  }
    ${put("s")}
    ${rowsOf(K, "p.d")}
    workgroupBarrier();
    ${addProducts("o")}
    }
    ${write(DQ, "p.d", "o", (sum) => `${sum} * p.scale`)}`,
);

/** The gradients of keys and values. */
export const ofKeys: Shader = perTile(
  "attend: dk and dv",
  "",
  `${zeros("dk", 2)}
    ${zeros("dv", 2)}
    for (var other0 = select(0u, first, p.causal == 1u); other0 < p.l; other0 += ${OTHERS}u) {
    ${gradients("key", [K, Q], [V, DY])}
    ${saved("0", (i) => other(i))}
${
    each(EIGHT, (r) =>
      `s${r} = exp_of_four(s${r} - top0) * inverse0;
        dp${r} = s${r} * (dp${r} - share0);`)
  }
    ${put("s")}
    if (p.factor > 0.0) { ${drop("key")} }
    ${rowsOf(DY, "p.e")}
    workgroupBarrier();
    ${addProducts("dv")}
    workgroupBarrier();
    ${put("dp")}
    ${rowsOf(Q, "p.d")}
    workgroupBarrier();
    ${addProducts("dk")}
    }
    ${write(DK, "p.d", "dk", (sum) => `${sum} * p.scale`)}
    ${write(DV, "p.e", "dv", (sum) => sum)}`,
);
