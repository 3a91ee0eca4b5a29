import assert from "node:assert/strict";
import type { z } from "zod";
import { evaluateOnce, testEvaluations } from "../../../cli/test_record.ts";

/** A folder in memory. */
class Folder {
  readonly #files: Map<string, string> = new Map();
  read<S extends z.ZodType>(name: string, schema: S): z.output<S> | undefined {
    const text = this.#files.get(name);
    return text === undefined ? undefined : schema.parse(JSON.parse(text));
  }
  write(name: string, content: string | Uint8Array | object): void {
    this.#files.set(name, JSON.stringify(content));
  }
}

const of = { trial: "t", weightHash: "w", again: false };

Deno.test("a look at the test set is on record before it is taken", async () => {
  const folder = new Folder();
  await evaluateOnce(folder, of, () => {
    assert.deepEqual(testEvaluations(folder).map(({ figures }) => figures?.accuracy ?? null), [
      null,
    ]);
    return Promise.resolve({ loss: 0.1, accuracy: 0.98 });
  });
  assert.deepEqual(testEvaluations(folder).map(({ figures }) => figures?.accuracy ?? null), [0.98]);
});

Deno.test("a second look is refused, and taken where it is asked for", async () => {
  const folder = new Folder();
  await evaluateOnce(folder, of, () => Promise.resolve({ loss: 0.1, accuracy: 0.98 }));
  const second = await evaluateOnce(folder, of, () => assert.fail("looked"));
  assert.deepEqual([second.refused, second.evaluation.figures?.accuracy], [true, 0.98]);
  const third = await evaluateOnce(
    folder,
    { ...of, again: true },
    () => Promise.resolve({ loss: 0.2, accuracy: 0.97 }),
  );
  assert.deepEqual([third.refused, third.evaluation.figures?.accuracy], [false, 0.97]);
  assert.deepEqual(testEvaluations(folder).map(({ figures }) => figures?.accuracy ?? null), [
    0.98,
    0.97,
  ]);
});

Deno.test("a look that nobody came to see may be taken again, and stays on record", async () => {
  const folder = new Folder();
  await assert.rejects(evaluateOnce(folder, of, () => Promise.reject(new Error("killed"))));
  const { refused } = await evaluateOnce(
    folder,
    of,
    () => Promise.resolve({ loss: 0.1, accuracy: 0.98 }),
  );
  assert.equal(refused, false);
  assert.deepEqual(testEvaluations(folder).map(({ figures }) => figures?.accuracy ?? null), [
    null,
    0.98,
  ]);
});
