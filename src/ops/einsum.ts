/**
 * Sums of products by Einstein's convention.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, text } from "../core/options.ts";
import { numelOf } from "../core/shape.ts";
import { alloc, kernelsOf, viewOf } from "../device/buffer.ts";
import { LINEAR, record } from "../autograd/autograd.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inNameOf } from "./in_name_of.ts";
import { mul } from "./binary.ts";
import { cast } from "./cast.ts";
import { checkComputes } from "./check.ts";
import { eq } from "./compare.ts";
import { matmul } from "./matmul.ts";
import { promoteTypes } from "./promote_types.ts";
import { cumsum } from "./scan.ts";
import { expand, sum } from "./sum.ts";
import { permute, reshape, unsqueeze } from "./view.ts";

/** A tensor whose dimensions have names: letters, or numbers of what an ellipsis stands for. */
interface Named {
  x: Tensor;
  names: string[];
}

/**
 * The sum of products that an equation tells: each letter names a dimension of the operands; those that
 * the result does not name are summed. `"ij,jk->ik"` is a matrix product, `"ii"` a trace, `"...ij->...ji"`
 * a transpose. Without an arrow the result has the letters that stand once, in their order.
 *
 * @example
 * ```ts
 * import { einsum, ones } from "@glim/glim";
 * console.log(einsum("bij,bjk->bik", ones([2, 3, 4]), ones([2, 4, 5])).shape); // [2, 3, 5]
 * ```
 */
export function einsum(equation: string, ...operands: Tensor[] | [readonly Tensor[]]): Tensor {
  check("einsum", "the equation", equation, text);
  return inNameOf("einsum", () => {
    const list = (Array.isArray(operands[0]) ? operands[0] : operands) as Tensor[];
    if (Array.isArray(operands[0])) atMost(2, arguments.length, "einsum(equation, operands)");
    list.forEach((x, i) => checkComputes("einsum", x, `operand ${i}`));
    const [left, right, ...more] = equation.replaceAll(" ", "").split("->");
    const terms = left!.split(",");
    if (more.length > 0 || terms.length !== list.length || !/^[a-zA-Z.,]*$/.test(left!)) {
      throw new ShapeError(
        `einsum: an equation for ${list.length} operands is needed, as "ij,jk->ik" is for two: it is ` +
          `"${equation}"`,
      );
    }
    const named = list.map((x, i) => namedBy(equation, terms[i]!, x));
    const wide = Math.max(0, ...named.map(({ names }) => names.filter(isNumber).length));
    const ellipsis = Array.from({ length: wide }, (_, i) => `${wide - i}`);
    const all = named.flatMap(({ names }) => names);
    const once = [...new Set(all)].filter((name) =>
      !isNumber(name) && all.filter((other) => other === name).length === 1
    );
    const result = right === undefined
      ? [...ellipsis, ...once.sort()]
      : lettersOf(right).flatMap((letter) => letter === "..." ? ellipsis : [letter]);
    if (new Set(result).size !== result.length || result.some((name) => !all.includes(name))) {
      throw new ShapeError(
        `einsum: the result's dimensions must be the operands', each once: the equation is ` +
          `"${equation}"`,
      );
    }
    const dtype = list.map(({ dtype }) => dtype).reduce((a, b) => promoteTypes(a, b));
    const sizes = sizesOf(equation, named.map(diagonal));
    const y = named.map(diagonal)
      .map(({ x, names }) => ({ x: cast(x, dtype), names }))
      .reduce((a, b, i) => {
        const later = named.slice(i + 1).flatMap(({ names }) => names);
        return pair(a, b, new Set([...result, ...later]), sizes);
      });
    const left1 = summed(y, new Set(result));
    return permute(left1.x, result.map((name) => left1.names.indexOf(name)));
  });
}

function isNumber(name: string): boolean {
  return /^\d/.test(name);
}

function lettersOf(term: string): string[] {
  return term.match(/\.\.\.|[a-zA-Z]/g) ?? [];
}

/** An operand and what its dimensions are called. What an ellipsis stands for counts from its end. */
function namedBy(equation: string, term: string, x: Tensor): Named {
  const letters = lettersOf(term);
  const dots = letters.indexOf("...");
  const rest = x.ndim - letters.length + (dots < 0 ? 0 : 1);
  if (rest < 0 || (dots < 0 && rest !== 0) || letters.join("").length !== term.length) {
    throw new ShapeError(
      `einsum: "${term}" of "${equation}" must name each dimension of its operand: it is ` +
        `${show(x.shape)}`,
    );
  }
  const numbers = Array.from({ length: rest }, (_, i) => `${rest - i}`);
  return { x, names: letters.flatMap((letter) => letter === "..." ? numbers : [letter]) };
}

/** Of dimensions of one name only where they are at one place, as one dimension. */
function diagonal({ x, names }: Named): Named {
  for (let i = 0; i < names.length; i++) {
    const j = names.indexOf(names[i]!, i + 1);
    if (j < 0) continue;
    if (x.shape[i] !== x.shape[j]) {
      throw new ShapeError(
        `einsum: dimensions of one letter must be as long: "${names[i]}" is ${x.shape[i]} and ` +
          `${x.shape[j]} long`,
      );
    }
    return diagonal({ x: diagonalOf(x, i, j), names: names.toSpliced(j, 1) });
  }
  return { x, names };
}

/** The elements at one place in dimensions i and j, along i. */
function diagonalOf(x: Tensor, i: number, j: number): Tensor {
  const strides = x.strides.with(i, x.strides[i]! + x.strides[j]!).toSpliced(j, 1);
  const out = viewOf(x, x.shape.toSpliced(j, 1), strides);
  return record("einsum", out, [[x, (dy) => {
    return mul(unsqueeze(dy, j), isDiagonal(x, i, j)); // each at its place, 0 beside
  }]], LINEAR);
}

/** Bools: whether the places in dimensions i and j of x are the same. */
function isDiagonal(x: Tensor, i: number, j: number): Tensor {
  const one = alloc(x, [1], "float32");
  kernelsOf(one).fill(one, 1);
  const line = cumsum(expand(record("fill", one, []), [x.shape[i]!]), 0);
  const along = (d: number) => reshape(line, x.shape.map((_, k) => k === d ? x.shape[i]! : 1));
  return eq(along(i), along(j));
}

/** How long the dimension of each name is; 1 gives way. */
function sizesOf(equation: string, all: readonly Named[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { x, names } of all) {
    names.forEach((name, i) => {
      const [n, before = 1] = [x.shape[i]!, sizes.get(name)];
      if (n !== before && n !== 1 && before !== 1) {
        throw new ShapeError(
          `einsum: dimensions of one letter must be as long: "${name}" of "${equation}" is ` +
            `${before} and ${n} long`,
        );
      }
      if (n !== 1 || !sizes.has(name)) sizes.set(name, n);
    });
  }
  return sizes;
}

/** Sums over the dimensions that nobody needs any more. */
function summed({ x, names }: Named, needed: ReadonlySet<string>): Named {
  const gone = names.map((_, i) => i).filter((i) => !needed.has(names[i]!));
  if (gone.length === 0) return { x, names };
  return { x: sum(x, gone), names: names.filter((name) => needed.has(name)) };
}

/** The product of two, summed over what is not needed: a batch of matrix products. */
function pair(
  a: Named,
  b: Named,
  needed: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): Named {
  // what only one has and nobody needs
  a = summed(a, new Set([...needed, ...b.names]));
  b = summed(b, new Set([...needed, ...a.names]));
  const both = a.names.filter((name) => b.names.includes(name));
  const batch = both.filter((name) => needed.has(name));
  const inner = both.filter((name) => !needed.has(name));
  const left = a.names.filter((name) => !both.includes(name));
  const right = b.names.filter((name) => !both.includes(name));
  const names = [...batch, ...left, ...right];
  const size = (list: string[]) => list.map((name) => sizes.get(name)!);
  const laid = ({ x, names }: Named, order: string[]) => {
    const turned = permute(x, order.map((name) => names.indexOf(name)));
    return expand(
      turned,
      order.map((name, i) => both.includes(name) ? sizes.get(name)! : turned.shape[i]!),
    );
  };
  if (a.x.dtype !== "float32") { // integers have no matrix product
    const order = [...batch, ...left, ...right, ...inner];
    const spread = ({ x, names }: Named) =>
      reshape(
        permute(x, order.filter((name) => names.includes(name)).map((name) => names.indexOf(name))),
        order.map((name) => names.includes(name) ? x.shape[names.indexOf(name)]! : 1),
      );
    const all = mul(spread(a), spread(b));
    const dims = inner.map((_, i) => names.length + i);
    return { x: dims.length === 0 ? all : sum(all, dims), names };
  }
  const [n, m, p, k] = [batch, left, right, inner].map((list) => numelOf(size(list))) as [
    number,
    number,
    number,
    number,
  ];
  const product = matmul(
    reshape(laid(a, [...batch, ...left, ...inner]), [n, m, k]),
    reshape(laid(b, [...batch, ...inner, ...right]), [n, k, p]),
  );
  return { x: reshape(product, size(names)), names };
}
