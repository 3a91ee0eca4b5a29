import { constant, integers, mask, uniform, values } from "../prng.ts";
import { adder, type Case, exact, exactKink } from "./case.ts";

/** Other shapes, parts, copies in which parts are repeated or moved, and diagonals. */
export const layout: Case[] = [];
const op = adder(layout);

const cube = uniform([2, 3, 4]);
const square = uniform([3, 5]);
op("a.contiguous().view(4, -1)", [cube], (f, a) => f.view(f.contiguous(a), [4, -1]), exact);
op("a.transpose(0, 1).view(3, 2, 2, 2)", [cube], (f, a) => {
  return f.view(f.transpose(a, 0, 1), [3, 2, 2, 2]);
}, exact);
op(
  "a.contiguous().view_as(b) + b",
  [cube, uniform([6, 4])],
  (f, a, b) => f.add(f.viewAs(f.contiguous(a), b), b),
);
op("a.reshape_as(b).mul(b)", [uniform([6]), uniform([2, 3])], (f, a, b) => {
  return f.mul(f.reshapeAs(a, b), b);
});
op("a.expand_as(b).mul(b)", [uniform([3, 1]), square], (f, a, b) => f.mul(f.expandAs(a, b), b));
op("a.ravel()", [square], (f, a) => f.ravel(a), exact);
op("a.unflatten(-1, (2, -1))", [cube], (f, a) => f.unflatten(a, -1, [2, -1]), exact);
op("a.movedim((0, 1), (-1, 0))", [cube], (f, a) => f.movedim(a, [0, 1], [-1, 0]), exact);
op("a.moveaxis(2, 0)", [cube], (f, a) => f.moveaxis(a, 2, 0), exact);
op("a.swapaxes(0, -1)", [cube], (f, a) => f.swapaxes(a, 0, -1), exact);
op("a.swapdims(0, 0)", [uniform([])], (f, a) => f.swapdims(a, 0, 0), exact);
op("a.squeeze((0, 2))", [uniform([1, 3, 1, 1])], (f, a) => f.squeeze(a, [0, 2]), exact);
op("a.squeeze(-1)", [uniform([])], (f, a) => f.squeeze(a, -1), exact);
for (const shape of [[], [3], [2, 3], [2, 1, 3]]) {
  op("torch.atleast_1d(a)", [uniform(shape)], (f, a) => f.atleast1d(a), exact);
  op("torch.atleast_2d(a)", [uniform(shape)], (f, a) => f.atleast2d(a), exact);
  op("torch.atleast_3d(a)", [uniform(shape)], (f, a) => f.atleast3d(a), exact);
}

op(
  "torch.cat(a.split(2)[::-1])",
  [uniform([5, 2])],
  (f, a) => f.cat(f.split(a, 2).toReversed()),
  exact,
);
op("a.split([1, 0, 3], 1)[2]", [uniform([2, 4])], (f, a) => f.split(a, [1, 0, 3], 1)[2]!, exact);
op("a.chunk(4, -1)[1]", [uniform([2, 7])], (f, a) => f.chunk(a, 4, -1)[1]!, exact);
op("torch.cat(a.tensor_split(3)[::-1])", [uniform([5])], (f, a) => {
  return f.cat(f.tensorSplit(a, 3).toReversed());
}, exact);
op(
  "a.tensor_split([1, -1], 1)[1]",
  [uniform([2, 5])],
  (f, a) => f.tensorSplit(a, [1, -1], 1)[1]!,
  exact,
);
op("a.hsplit(2)[1]", [uniform([3, 4])], (f, a) => f.hsplit(a, 2)[1]!, exact);
op("a.vsplit([1])[1]", [square], (f, a) => f.vsplit(a, [1])[1]!, exact);
op("a.dsplit(2)[0]", [cube], (f, a) => f.dsplit(a, 2)[0]!, exact);
op(
  "torch.stack(a.unbind(1)[::-1])",
  [square],
  (f, a) => f.stack(f.unbind(a, 1).toReversed()),
  exact,
);

op("a.repeat(2, 1, 3)", [uniform([2, 3])], (f, a) => f.repeat(a, [2, 1, 3]));
op("a.repeat(3)", [uniform([])], (f, a) => f.repeat(a, [3]));
op("a.repeat(1, 0)", [uniform([2, 3])], (f, a) => f.repeat(a, [1, 0]), exact);
op("a.tile((2,))", [mask([2, 3])], (f, a) => f.tile(a, [2]), exact);
op("a.repeat_interleave(2)", [uniform([2, 2])], (f, a) => f.repeatInterleave(a, 2));
op("a.repeat_interleave(3, 1)", [uniform([2, 2])], (f, a) => f.repeatInterleave(a, 3, 1));
op("a.repeat_interleave(b, 0)", [uniform([3, 2]), values([2, 0, 3], [3], "int32")], (f, a, b) => {
  return f.repeatInterleave(a, b, 0);
});
op("a.flip(0, -1)", [cube], (f, a) => f.flip(a, [0, -1]), exact);
op("a.flip(0)", [uniform([])], (f, a) => f.flip(a, 0), exact);
op("a.flip(0)", [integers([0, 2], 0, 9)], (f, a) => f.flip(a, 0), exact);
op("a.fliplr()", [square], (f, a) => f.fliplr(a), exact);
op("a.flipud()", [square], (f, a) => f.flipud(a), exact);
for (const k of [-1, 0, 1, 2, 7]) op(`a.rot90(${k})`, [square], (f, a) => f.rot90(a, k), exact);
op("a.rot90(1, (2, 0))", [cube], (f, a) => f.rot90(a, 1, [2, 0]), exact);
op("a.roll(-7)", [square], (f, a) => f.roll(a, -7), exact);
op("a.roll((1, -2), (0, 1))", [square], (f, a) => f.roll(a, [1, -2], [0, 1]), exact);
op("a.roll(3, 0)", [uniform([0, 2])], (f, a) => f.roll(a, 3, 0), exact);

for (const k of [-2, 0, 1, 9]) {
  op(`a.tril(${k})`, [square], (f, a) => f.tril(a, k), { ...exact, allZero: true });
  op(`a.triu(${k})`, [cube], (f, a) => f.triu(a, k), { ...exact, allZero: true });
}
op("a.tril()", [mask([3, 3])], (f, a) => f.tril(a), exact);
for (const k of [-1, 0, 2]) {
  op(`a.diag(${k})`, [square], (f, a) => f.diag(a, k), exact);
  op(`a.diag(${k})`, [uniform([3])], (f, a) => f.diag(a, k), exact);
}
op("a.diagonal(1, -1, 0)", [cube], (f, a) => f.diagonal(a, 1, -1, 0), exact);
op("a.diagonal(9)", [square], (f, a) => f.diagonal(a, 9), exact);
op("a.diag_embed(-1, 0, 2)", [uniform([2, 3])], (f, a) => f.diagEmbed(a, -1, 0, 2), exact);
op("a.diagflat(1)", [uniform([2, 2])], (f, a) => f.diagflat(a, 1), exact);
op("a.trace()", [square], (f, a) => f.trace(a));
op("a.trace()", [integers([3, 2], -9, 9)], (f, a) => f.trace(a), exact);

op("torch.cat([a, b])", [uniform([2]), integers([3], -9, 9)], (f, ...list) => f.cat(list), exact);
op("torch.cat([a, b], 1)", [uniform([0]), uniform([2, 3])], (f, ...list) => f.cat(list, 1), exact);
op("torch.concat([a, b], 1)", [square, square], (f, ...list) => f.concat(list, 1), exact);
for (const shape of [[], [3], [2, 3], [2, 3, 2]]) {
  const two = [uniform(shape), uniform(shape)];
  op("torch.hstack([a, b])", two, (f, ...list) => f.hstack(list), exact);
  op("torch.vstack([a, b])", two, (f, ...list) => f.vstack(list), exact);
  op("torch.dstack([a, b])", two, (f, ...list) => f.dstack(list), exact);
  op("torch.column_stack([a, b])", two, (f, ...list) => f.columnStack(list), exact);
}
op("torch.broadcast_to(a, (2, 3))", [uniform([3])], (f, a) => f.broadcastTo(a, [2, 3]));
op("torch.mul(*torch.broadcast_tensors(a, b))", [uniform([3, 1]), uniform([4])], (f, ...list) => {
  const [a, b] = f.broadcastTensors(list);
  return f.mul(a!, b!);
});
op(
  "torch.mul(*torch.meshgrid(a, b, indexing='ij'))",
  [uniform([3]), uniform([2])],
  (f, ...list) => {
    const [a, b] = f.meshgrid(list);
    return f.mul(a!, b!);
  },
);
op(
  "torch.sub(*torch.meshgrid(a, b, indexing='xy'))",
  [uniform([3]), uniform([2])],
  (f, ...list) => {
    const [a, b] = f.meshgrid(list, { indexing: "xy" });
    return f.sub(a!, b!);
  },
);
op(
  "torch.cartesian_prod(a, b)",
  [uniform([3]), uniform([2])],
  (f, ...list) => f.cartesianProd(list),
);
op("torch.combinations(a, 3)", [uniform([4])], (f, a) => f.combinations(a, 3));
op("torch.combinations(a, 2, True)", [uniform([3])], (f, a) => f.combinations(a, 2, true));
op(
  "F.one_hot(a, 4)",
  [values([0, 3, 1, 0], [2, 2], "int32")],
  (f, a) => f.oneHot(a, 4),
  exactKink,
);
op(
  "torch.block_diag(a, b, c)",
  [uniform([2, 3]), uniform([2]), uniform([])],
  (f, ...list) => f.blockDiag(...list),
);
op("a.unfold(1, 3, 2)", [uniform([2, 7])], (f, a) => f.add(a.unfold(1, 3, 2), 0));
op("a.t().unfold(0, 2, 1)", [uniform([2, 4])], (_, a) => a.t().unfold(0, 2, 1), exact);
op("a.unfold(0, 1, 1)", [uniform([])], (_, a) => a.unfold(0, 1, 1), exact);
op("a.clone().as_strided((2, 3), (2, 1), 1)", [uniform([8])], (f, a) => {
  return f.asStrided(f.clone(a), [2, 3], [2, 1], 1);
}, exact);
op(
  "a.put(b, c, True)",
  [uniform([2, 3]), values([1, 5, 1, -2], [4], "int32"), uniform([2, 2])],
  (f, a, b, c) => f.put(a, b, c, true),
);
op(
  "a.put(b, c)",
  [uniform([2, 3]), values([1, 5], [2], "int32"), uniform([2])],
  (f, a, b, c) => f.put(a, b, c),
);
op(
  "(a.t().put_(b, c), a)[1]",
  [constant(uniform([2, 3])), values([1, 5], [2], "int32"), constant(uniform([2]))],
  (f, a, b, c) => (f.put_(f.t(a), b, c), a),
  exact,
);
