import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { check, type Flag, flagsOf, helpOf, readFlags, schemaOf } from "../../cli/flags.ts";
import { UsageError } from "../../cli/errors.ts";

const SHAPE = {
  layers: z.int().min(1).max(100).default(3).describe("linear layers"),
  hidden: 100,
  heads: z.int().min(4).multipleOf(4).default(8),
  lr: 0.01,
  momentum: z.number().min(0).lt(1).nullable().default(null).meta({ bare: 0.9 }),
  decay: z.number().gt(0).lt(1).default(0.5),
  activation: ["relu", "tanh"] as const,
  augment: true,
  verbose: false,
  name: "run",
};
const SCHEMA = schemaOf(SHAPE);
const FLAGS = flagsOf(SCHEMA);

/** The values of all options where these words are typed. */
function values(...args: string[]): Record<string, unknown> {
  return SCHEMA.parse(readFlags(args, FLAGS).values);
}

/** Those that are not what they are unless given. */
function changes(...args: string[]): Record<string, unknown> {
  const plain = values();
  return Object.fromEntries(Object.entries(values(...args)).filter(([k, v]) => v !== plain[k]));
}

Deno.test("a default says what an option may be, and a schema whatever it says", () => {
  assert.deepEqual(values(), {
    layers: 3,
    hidden: 100,
    heads: 8,
    lr: 0.01,
    momentum: null,
    decay: 0.5,
    activation: "relu",
    augment: true,
    verbose: false,
    name: "run",
  });
  const all =
    "--layers 5 --hidden=64 --heads 12 --lr 1e-3 --momentum .5 --decay 0.1 --activation TANH " +
    "--no-augment --verbose --name x";
  assert.deepEqual(values(...all.split(" ")), {
    layers: 5,
    hidden: 64,
    heads: 12,
    lr: 0.001,
    momentum: 0.5,
    decay: 0.1,
    activation: "tanh",
    augment: false,
    verbose: true,
    name: "x",
  });
});

Deno.test("what may be off goes on, off, and on with a value of its own", () => {
  assert.deepEqual(changes("--momentum"), { momentum: 0.9 });
  assert.deepEqual(changes("--momentum", "--layers", "2"), { momentum: 0.9, layers: 2 });
  assert.deepEqual(changes("--momentum", "--no-momentum"), {});
  assert.deepEqual(changes("--momentum", "0.3", "--momentum", "off"), {});
});

Deno.test("a wrong value is refused by name, with what the option needs and what it is", () => {
  const wrong: [args: string[], message: string][] = [
    [["--layers", "0"], '--layers: needs a whole number from 1 to 100: it is "0"'],
    [["--layers", "1.5"], '--layers: needs a whole number from 1 to 100: it is "1.5"'],
    [["--hidden", "0x10"], '--hidden: needs a whole number, 1 or more: it is "0x10"'],
    [["--lr", "fast"], '--lr: needs a number: it is "fast"'],
    [["--lr", "1e999"], '--lr: needs a number: it is "1e999"'],
    [["--lr="], '--lr: needs a number: it is ""'],
    [["--momentum", "1"], '--momentum: needs a number from 0 to below 1, or off: it is "1"'],
    [["--decay", "-1"], '--decay: needs a number above 0 and below 1: it is "-1"'],
    [["--activation", "gelu"], '--activation: needs relu or tanh: it is "gelu"'],
    [["--heads", "5"], '--heads: needs a multiple of 4, 4 or more: it is "5"'],
    [["--layers"], "option '--layers <n>' argument missing"],
  ];
  for (const [args, message] of wrong) {
    assert.throws(() => readFlags(args, FLAGS), new UsageError(message));
  }
});

Deno.test("an unknown option is refused with the one that was meant, if there is one", () => {
  const wrong = [
    ["--lyers", ": did you mean --layers?"],
    ["--no-augmnt", ": did you mean --no-augment?"],
    ["--colour", ""],
    ["--no-layers", ""],
    ["-x", ""],
  ] as const;
  for (const [name, hint] of wrong) {
    const error = new UsageError(`unknown option '${name}'${hint}`);
    assert.throws(() => readFlags([name, "3"], FLAGS), error);
  }
});

Deno.test("words are what is no option, and everything after --", () => {
  const { words, values, help } = readFlags(["a", "--lr", "2", "-", "--", "--lr", "-h"], FLAGS);
  assert.deepEqual([words, values, help], [["a", "-", "--lr", "-h"], { lr: 2 }, false]);
  assert.equal(readFlags(["-h"], FLAGS).help, true);
});

Deno.test("help tells each option with its default and its range", () => {
  const help = helpOf(FLAGS);
  assert.match(
    help,
    /^ {2}--layers <n> +linear layers \(default: 3; a whole number from 1 to 100\)$/m,
  );
  assert.match(
    help,
    /^ {2}--momentum \[n\] .*\(default: off; a number from 0 to below 1, or off\)$/m,
  );
  assert.match(help, /^ {2}--activation <word> .*\(default: relu; relu or tanh\)$/m);
  assert.match(help, /^ {2}--no-augment +without augment$/m);
  assert.match(help, /^ {2}--verbose +with verbose$/m);
});

Deno.test("any words give values within their bounds or a UsageError", () => {
  const word = fc.oneof(
    fc.constantFrom(...FLAGS.map(({ flag }: Flag) => flag), "--no-momentum", "--no-augment"),
    fc.string(),
    fc.double().map(String),
    fc.nat().map(String),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 5 }), (args) => {
    let typed;
    try {
      typed = readFlags(args, FLAGS);
    } catch (error) {
      assert.ok(error instanceof UsageError, String(error));
      return;
    }
    const options = SCHEMA.parse(typed.values) as Record<string, number>;
    assert.ok(Number.isInteger(options.layers) && options.layers! >= 1 && options.layers! <= 100);
    assert.ok(Number.isFinite(options.lr));
  }));
});

Deno.test("a value of a file is refused by its field, with what it needs", () => {
  const schema = z.looseObject({
    layers: z.int().min(1).max(100),
    data: z.object({ checksums: z.array(z.string()).min(2).max(2) }),
    hash: z.string("a SHA-256").regex(/^[0-9a-f]{64}$/, "a SHA-256").nullable(),
  });
  const good = { layers: 2, data: { checksums: ["a", "b"] }, hash: null };
  assert.deepEqual(check(schema, good, "read f"), good);
  const wrong: [change: object, message: string][] = [
    [{ layers: "2" }, 'layers needs to be a whole number from 1 to 100: it is "2"'],
    [{ data: { checksums: ["a"] } }, 'data.checksums needs to be a list of 2: it is ["a"]'],
    [{ data: { checksums: ["a", 1] } }, "data.checksums.1 needs to be a text: it is 1"],
    [{ data: {} }, "data.checksums needs to be a list of 2: it is missing"],
    [{ hash: "12" }, 'hash needs to be a SHA-256: it is "12"'],
  ];
  for (const [change, message] of wrong) {
    assert.throws(() => check(schema, { ...good, ...change }, "read f"), {
      name: "DataError",
      message: `read f: ${message}`,
    });
  }
});
