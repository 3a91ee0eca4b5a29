import assert from "node:assert/strict";
import fc from "fast-check";
import { extent, free, malloc } from "../src/wasm/memory.ts";
// A query makes another module of the same file: a memory that is still empty.
import * as filling from "../src/wasm/memory.ts?filling";
import * as fitting from "../src/wasm/memory.ts?fitting";
import * as growing from "../src/wasm/memory.ts?growing";
import * as merging from "../src/wasm/memory.ts?merging";

interface Block {
  ptr: number;
  bytes: number;
}

/** Sizes around everything that the allocator treats differently. */
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 2048 }),
  fc.integer({ min: 2048, max: 17_000 }),
  fc.integer({ min: 16_000, max: 70_000 }),
  fc.integer({ min: 100_000, max: 1_000_000 }),
);

/** A block to take, or the number of a held one to give back. */
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ take: sizes }) },
  { weight: 2, arbitrary: fc.record({ giveBack: fc.nat() }) },
);

function run(actions: readonly ({ take: number } | { giveBack: number })[]): Block[] {
  const held: Block[] = [];
  for (const act of actions) {
    if ("take" in act) {
      const block = { ptr: malloc(act.take), bytes: act.take };
      assert.notEqual(block.ptr, 0);
      held.push(block);
    } else if (held.length > 0) {
      const [block] = held.splice(act.giveBack % held.length, 1);
      free(block!.ptr, block!.bytes);
    }
  }
  return held;
}

function checkBlocks(blocks: readonly Block[]): void {
  const sorted = [...blocks].sort((a, b) => a.ptr - b.ptr);
  sorted.forEach(({ ptr, bytes }, i) => {
    assert.equal(ptr % 64, 0, `${ptr} is not aligned`);
    assert(ptr >= 64, "address 0 means no block");
    assert(ptr + bytes <= extent().top && extent().top <= extent().size);
    const next = sorted[i + 1];
    assert(!next || ptr + Math.max(bytes, 1) <= next.ptr, `${ptr} runs into ${next?.ptr}`);
  });
}

Deno.test("held blocks are aligned to 64 bytes, within the memory and never overlap", () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 200, size: "max" }), (actions) => {
    const held = run(actions);
    try {
      checkBlocks(held);
    } finally {
      for (const { ptr, bytes } of held) free(ptr, bytes);
    }
  }));
});

Deno.test("the same sizes every turn take no new memory from the third turn on", () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 60, size: "max" }), (actions) => {
    const turn = () => {
      for (const { ptr, bytes } of run(actions)) free(ptr, bytes);
      return extent().top;
    };
    turn();
    const settled = turn();
    for (let i = 0; i < 5; i++) assert.equal(turn(), settled);
  }));
});

Deno.test("freed neighbours merge, in whichever order they are freed", () => {
  const bytes = 1 << 20;
  const first = merging.malloc(bytes);
  for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    const parts = [0, 1, 2].map(() => merging.malloc(bytes));
    assert.deepEqual(parts, [1, 2, 3].map((i) => first + i * bytes));
    const behind = merging.malloc(bytes); // else they would merge with what was never used
    const { top } = merging.extent();
    for (const i of order) merging.free(parts[i]!, bytes);
    assert.equal(merging.malloc(3 * bytes), parts[0], `freed in the order ${order}`);
    assert.equal(merging.extent().top, top);
    merging.free(parts[0]!, 3 * bytes);
    merging.free(behind, bytes);
  }
});

Deno.test("what is freed last in memory merges with what was never used, in any order", () => {
  const mib = 1 << 20;
  const bottom = growing.malloc(mib);
  for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    const parts = [0, 1, 2].map(() => growing.malloc(8 * mib));
    for (const i of order) growing.free(parts[i]!, 8 * mib);
    assert.equal(growing.extent().top, bottom + mib, `freed in the order ${order}`);
  }
  // each is longer than all that was freed before, and there is not room for two
  for (const mibs of [2000, 2300, 2700, 3200, 3800]) {
    const ptr = growing.malloc(mibs * mib);
    assert.equal(ptr, bottom + mib, `${mibs} MiB`);
    growing.free(ptr, mibs * mib);
  }
});

Deno.test("a large block comes from the free one that fits best", () => {
  const mib = 1 << 20;
  const holes = [8, 3, 5, 4].map((n) => {
    const ptr = fitting.malloc(n * mib);
    fitting.malloc(20_000); // keeps it apart from the next
    return { ptr, bytes: n * mib };
  });
  for (const { ptr, bytes } of holes) fitting.free(ptr, bytes);
  assert.equal(fitting.malloc(4 * mib - 5000), holes[3]!.ptr);
  assert.equal(fitting.malloc(4 * mib), holes[2]!.ptr);
  assert.equal(fitting.malloc(4 * mib), holes[0]!.ptr);
  assert.equal(fitting.malloc(4 * mib), holes[0]!.ptr + 4 * mib);
});

Deno.test("malloc answers 0 past the limit, and what is freed can be had again", () => {
  const gib = 2 ** 30;
  const fill = () => {
    const held: number[] = [];
    for (let ptr; (ptr = filling.malloc(gib)) !== 0;) held.push(ptr);
    return held;
  };
  assert.equal(filling.malloc(4 * gib), 0);
  assert.equal(filling.malloc(2 ** 40), 0);
  const first = fill();
  assert(first.length < 4);
  const { top, size } = filling.extent();
  assert(top <= size, "no block reaches beyond the memory");
  for (const ptr of first) filling.free(ptr, gib);
  assert.deepEqual(fill(), first);
  assert.equal(filling.extent().top, top);
});
