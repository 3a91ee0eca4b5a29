/** `Tensor.grad`: what may be put there, who owns it, and when it goes. */
import assert from "node:assert/strict";
import {
  GradientError,
  memory,
  noGrad,
  ones,
  optim,
  Parameter,
  ReleasedError,
  scope,
  steps,
  tensor,
} from "../mod.ts";
import { functional } from "../mod.ts";
import { unit } from "./prng.ts";

/** A parameter of ones whose gradient is all of one number. */
function withGradient(value: number, shape = [2]): Parameter {
  const p = new Parameter(ones(shape));
  p.mul(value).sum().backward();
  return p;
}

const updates: Record<string, (p: Parameter, others: Parameter[]) => void> = {
  "grad = null": (p) => p.grad = null,
  "zeroGrad()": (p) => p.zeroGrad(),
  "grad = grad.mul(0.5)": (p) => p.grad = p.grad!.mul(0.5),
  "grad = a clone under noGrad": (p) => p.grad = noGrad(() => p.grad!.clone()),
  "grad = a new tensor": (p) => p.grad = ones(p.shape),
  "grad = a view of itself": (p) => p.grad = p.grad!.detach(),
  "grad = another's": (p, [other]) => p.grad = other!.grad,
};
for (const [name, update] of Object.entries(updates)) {
  Deno.test(`a loop with ${name} takes no more memory with each turn`, () => {
    const p = new Parameter(ones([64]));
    const others = [withGradient(3, [64])];
    const sgd = new optim.SGD([p], { lr: 0.01, momentum: 0.9 });
    const bytes: number[] = [];
    for (const _ of steps(20)) {
      p.mul(2).sum().backward();
      sgd.step();
      update(p, others);
      bytes.push(memory().liveBytes);
    }
    assert.deepEqual(bytes.slice(2), Array(18).fill(bytes[2]));
  });
}

Deno.test("a gradient that does not fit is refused, and the one before stays", () => {
  scope(() => {
    const p = withGradient(2);
    const bad: [unknown, RegExp, new (...args: never[]) => Error][] = [
      [
        tensor([1]),
        /grad: the gradient of \[2\] must be float32 .* it is int32 \[1\]/,
        GradientError,
      ],
      [tensor([[0.5, 2]]), /it is float32 \[1, 2\]/, GradientError],
      [tensor([1, 2], { dtype: "uint8" }), /it is uint8 \[2\]/, GradientError],
      [1, /grad: a tensor or null is needed: it is 1/, TypeError],
      [undefined, /it is undefined/, TypeError],
      [[1, 2], /it is \[1, 2\]/, TypeError],
    ];
    const gone = ones([2]);
    gone[Symbol.dispose]();
    bad.push([gone, /was released by disposal/, ReleasedError]);
    for (const [value, message, kind] of bad) {
      assert.throws(() => p.grad = value as never, (error: Error) => {
        assert.match(error.message, message);
        assert.ok(error instanceof kind);
        return true;
      });
      assert.deepEqual(p.grad!.toArray(), [2, 2]);
    }
  });
});

Deno.test("a gradient that was told to keep() outlives zeroGrad, null and the next gradient", () => {
  const p = withGradient(2);
  for (const end of [() => p.zeroGrad(), () => p.grad = null, () => p.grad = tensor([7, 7])]) {
    p.grad = tensor([2, 3]);
    const kept = p.grad.keep();
    end();
    assert.deepEqual(kept.toArray(), [2, 3]);
    const before = memory().tensors;
    kept[Symbol.dispose]();
    assert.equal(memory().tensors, before - 1);
    p.zeroGrad();
  }
});

Deno.test("a gradient that was not kept goes with the next one, and says so", () => {
  const p = withGradient(2);
  const { grad } = p;
  p.grad = null;
  assert.throws(() => grad!.toArray(), /was released by grad = null/);
});

Deno.test("what somebody else owns is copied: changing or releasing one leaves the other alone", () => {
  scope(() => {
    const sources = {
      "a parameter": () => new Parameter(tensor([3, 4])),
      "a kept tensor": () => tensor([3, 4]).keep(),
      "another's gradient": () => {
        const q = withGradient(1);
        q.grad = tensor([3, 4]);
        return q.grad;
      },
      "a view": () => tensor([[1, 3], [2, 4]]).select(1, 1),
      "an expanded view": () => tensor([5]).expand(2),
    };
    for (const [name, make] of Object.entries(sources)) {
      const p = withGradient(1);
      const source = make();
      const values = source.toArray();
      p.grad = source;
      assert.deepEqual(p.grad!.toArray(), values, name);
      noGrad(() => p.grad!.mul_(2));
      p.zeroGrad();
      assert.deepEqual(source.toArray(), values, name);
    }
  });
});

Deno.test("a gradient assigned inside a turn lives on after it", () => {
  const p = new Parameter(ones([2]));
  for (const _ of steps(2)) p.grad = tensor([1, 2]);
  assert.deepEqual(p.grad!.toArray(), [1, 2]);
  p.zeroGrad();
});

Deno.test("the gradient of a view of what lives longer ends with the turn that the view is of", () => {
  const w = new Parameter(ones([2, 3]));
  const views = {
    retained: () => w.t().retainGrad(),
    "a leaf": () => {
      const v = w.detach().t();
      v.requiresGrad = true;
      return v;
    },
  };
  for (const [name, make] of Object.entries(views)) {
    const counts: number[] = [];
    for (const _ of steps(5)) {
      const v = make();
      v.mul(3).sum().backward();
      assert.deepEqual(v.grad!.toArray(), [[3, 3], [3, 3], [3, 3]], name);
      w.zeroGrad();
      counts.push(memory().tensors);
    }
    assert.deepEqual(counts, Array(5).fill(counts[0]), name);
  }
  const outside = w.detach().select(0, 1); // made outside of the loop: its gradient lives on
  outside.requiresGrad = true;
  for (const _ of steps(3)) outside.sum().backward();
  assert.deepEqual(outside.grad!.toArray(), [3, 3, 3]);
});

Deno.test("one sample's gradient seen as another matrix is the product, not its factors", () => {
  scope(() => {
    const v = new Parameter(tensor([[1, 1], [1, 1], [1, 1]]));
    const w = new Parameter(tensor([[0, 0, 0], [0, 0, 0]]));
    functional.linear(tensor([[10, 20]]), v).backward(tensor([[1, 2, 3]]));
    w.grad = v.grad!.reshape(2, 3);
    new optim.SGD([w], { lr: 1 }).step();
    assert.deepEqual(w.toArray(), [[-10, -20, -20], [-40, -30, -60]]);
  });
});

Deno.test("random sequences of what can be done to a gradient give what plain numbers give", () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  for (let run = 0; run < 200; run++) {
    let at = 0;
    const random = (n: number) => Math.floor(unit(seed + run, at++) * n);
    const before = memory().tensors;
    const p = new Parameter(ones([2]));
    let model = null as number[] | null;
    const kept: { tensor: ReturnType<typeof tensor>; values: number[] }[] = [];
    for (const _ of steps(12)) {
      const k = random(9) + 1;
      switch (random(8)) {
        case 0:
          p.mul(k).sum().backward();
          model = [0, 1].map((i) => (model?.[i] ?? 0) + k);
          break;
        case 1:
          p.grad = null;
          model = null;
          break;
        case 2:
          p.zeroGrad();
          model = null;
          break;
        case 3:
          p.grad = tensor([k, 2 * k], { dtype: "float32" });
          model = [k, 2 * k];
          break;
        case 4:
          if (p.grad !== null) p.grad = p.grad.mul(k % 3);
          model = model?.map((g) => g * (k % 3)) ?? null;
          break;
        case 5:
          if (p.grad !== null) kept.push({ tensor: p.grad.keep(), values: model! });
          break;
        case 6:
          if (p.grad !== null) noGrad(() => p.grad!.add_(1));
          for (const other of kept) { // the same memory, if that is still the gradient
            if (other.tensor === p.grad) other.values = other.values.map((g) => g + 1);
          }
          model = model?.map((g) => g + 1) ?? null;
          break;
        case 7:
          p.grad = kept[0]?.tensor ?? null;
          model = kept[0] === undefined ? null : [...kept[0].values];
          break;
      }
      // a kept gradient is added to in place by backward while it is the gradient
      for (const other of kept) if (other.tensor === p.grad) other.values = [...model!];
      assert.deepEqual(p.grad?.toArray() ?? null, model, `seed ${seed}, run ${run}`);
      for (const { tensor, values } of kept) {
        assert.deepEqual(tensor.toArray(), values, `seed ${seed}, run ${run}`);
      }
    }
    for (const { tensor } of kept) tensor[Symbol.dispose]();
    p[Symbol.dispose]();
    assert.equal(memory().tensors, before, `seed ${seed}, run ${run}`);
  }
});
