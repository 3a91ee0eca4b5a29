/** Tokenisers that came with a network, and texts as they are written. */
import assert from "node:assert/strict";
import { Tokenizer } from "@huggingface/tokenizers";
import { io, manualSeed, nn, text } from "../../mod.ts";
import { GPT2 } from "../../examples/gpt2.ts";
import { Llama } from "../../examples/llama.ts";
import { deno, temporaryFolder, testWith } from "../subprocess.ts";

/** The characters that stand for bytes in GPT-2's files: those that print are themselves. */
function byteCharacters(): string[] {
  let others = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = byte > 32 && byte < 127 || byte > 160 && byte !== 173;
    return String.fromCharCode(prints ? byte : others++);
  });
}

const MERGES = ["h e", "l l", "he ll", "hell o", "Ġ w", "Ã ©"];

/** A tokenizer.json as GPT-2 has it, with the bytes, some words and an end. */
function gpt2File(): object {
  const tokens = [...byteCharacters(), ...MERGES.map((merge) => merge.replace(" ", ""))];
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  return {
    version: "1.0",
    added_tokens: [{ id: tokens.length, content: "<|endoftext|>", special: true }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      vocab: Object.fromEntries(tokens.map((token, i) => [token, i])),
      merges: MERGES,
    },
  };
}

/** One as BERT has it. */
function bertFile(): object {
  const vocab = ["[UNK]", "[CLS]", "[SEP]", "play", "##ing", "##ed", "the", "whale", "."];
  const special = (id: number) => ({ id, content: vocab[id], special: true });
  return {
    version: "1.0",
    added_tokens: [special(0), special(1), special(2)],
    normalizer: { type: "BertNormalizer", lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: { type: "BertProcessing", cls: ["[CLS]", 1], sep: ["[SEP]", 2] },
    decoder: { type: "WordPiece", prefix: "##", cleanup: false },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab.map((token, i) => [token, i])),
    },
  };
}

/** One as Llama has it: words begin with ▁, what is in no word goes by its bytes, and texts with <s>. */
function llamaFile(): object {
  const merges = ["h e", "l l", "he ll", "hell o", "▁ hello", "▁ w"];
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  });
  const words = [..."▁helow", ...merges.map((merge) => merge.replace(" ", ""))];
  const vocab = ["<unk>", "<s>", "</s>", ...bytes, ...words];
  const special = (id: number) => ({ id, content: vocab[id], special: true });
  const replace = (from: string, to: string) => {
    return { type: "Replace", pattern: { String: from }, content: to };
  };
  const first = { SpecialToken: { id: "<s>", type_id: 0 } };
  return {
    version: "1.0",
    added_tokens: [special(0), special(1), special(2)],
    normalizer: {
      type: "Sequence",
      normalizers: [{ type: "Prepend", prepend: "▁" }, replace(" ", "▁")],
    },
    pre_tokenizer: null,
    post_processor: {
      type: "TemplateProcessing",
      single: [first, { Sequence: { id: "A", type_id: 0 } }],
      pair: [],
      special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        replace("▁", " "),
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      unk_token: "<unk>",
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(vocab.map((token, i) => [token, i])),
      merges,
    },
  };
}

const gpt2 = () => new text.PretrainedTokenizer(new Tokenizer(gpt2File(), {}));

Deno.test("BPE and WordPiece of Hugging Face's files give tokens, and texts of them", () => {
  const words = gpt2();
  assert.equal(words.vocabularySize, 263);
  const tokens = words.encode("hello wé");
  assert.ok(tokens instanceof Uint16Array);
  assert.deepEqual([...tokens], [259, 260, 261]);
  const source = "hello world — “grüße” 🐋 .\n";
  assert.equal(words.decode(words.encode(source)), source);
  assert.equal(words.decode([259, 262]), "hello<|endoftext|>");
  assert.throws(() => words.decode([263]), { name: "RangeError", message: /from 0 to 262/ });
  assert.throws(() => new text.PretrainedTokenizer({} as never), {
    name: "TypeError",
    message: /must be a Tokenizer of @huggingface\/tokenizers/,
  });

  const file = new Tokenizer(bertFile(), {});
  const pieces = new text.PretrainedTokenizer(file);
  assert.deepEqual([...pieces.encode("Playing the whale.")], [1, 3, 4, 6, 7, 8, 2]);
  const bare = new text.PretrainedTokenizer(file, {
    addSpecialTokens: false,
    skipSpecialTokens: true,
  });
  assert.deepEqual([...bare.encode("played")], [3, 5]);
  assert.equal(pieces.decode([1, 3, 5, 2]), "[CLS] played [SEP]");
  assert.equal(bare.decode([1, 3, 5, 2]), "played");
});

Deno.test("a text that streams has its characters whole, and all of them", async () => {
  const source = "né 🐋👩‍🚀 “ß” hello wé\n";
  const pieces = async (tokenizer: text.Tokenizer, tokens: ArrayLike<number>, prompt = 0) => {
    const given = text.decodeStream(tokenizer, Array.from(tokens).slice(prompt), {
      prompt: Array.from(tokens).slice(0, prompt),
    });
    return await Array.fromAsync(given);
  };
  for (const tokenizer of [gpt2(), new text.ByteTokenizer(), new text.CharTokenizer(source)]) {
    const tokens = tokenizer.encode(source);
    const found = await pieces(tokenizer, tokens);
    assert.equal(found.join(""), source);
    assert.ok(found.every((piece) => !piece.includes("\ufffd")), JSON.stringify(found));
    assert.ok(found.length >= 10, "piece by piece");
    for (let prompt = 0; prompt < tokens.length; prompt++) {
      const before = tokenizer.decode(tokens.slice(0, prompt)).replace(/\ufffd$/, "");
      assert.equal(before + (await pieces(tokenizer, tokens, prompt)).join(""), source);
    }
  }
  // what never becomes a character is given all the same, a little later
  const bytes = new text.ByteTokenizer();
  const broken = [0x61, 0x80, 0x81, 0x82, 0x83, 0x84, 0x62, 0xf0, 0x9f];
  const found = await pieces(bytes, broken);
  assert.equal(found.join(""), bytes.decode(broken));
  assert.deepEqual(found.slice(0, 2), ["a", "\ufffd"]);
  // texts whose spaces depend on the word before
  const words = new text.PretrainedTokenizer(new Tokenizer(bertFile(), {}));
  assert.deepEqual(await pieces(words, [6, 7, 3, 4, 8]), ["the", " whale", " play", "ing", " ."]);
  assert.deepEqual(await pieces(words, [3, 4], 1), ["ing"]);
});

testWith(["read", "write", "run"], "examples/gpt2.ts goes on from words", async () => {
  using folder = temporaryFolder();
  const file = (name: string) => `${folder.path}/${name}`;
  manualSeed(2);
  using model = new GPT2(263, 64, 64, 1, 1);
  await io.saveSafetensors(file("model.safetensors"), model.stateDict());
  Deno.writeTextFileSync(file("tokenizer.json"), JSON.stringify(gpt2File()));
  const tokenizer = gpt2();
  const options = { maxNewTokens: 50, temperature: 0.8, topK: 40, seed: 1 };
  const tokens = nn.generate(model, tokenizer.encode("hello wé 🐋"), options);
  const expected = tokenizer.decode(await Array.fromAsync(tokens));
  const files = [file("model.safetensors"), file("tokenizer.json")];
  const flags = ["run", "--cached-only", "--no-prompt", `--allow-read=${folder.path}`];
  const { code, stdout, stderr } = await deno([
    ...flags,
    "examples/gpt2.ts",
    ...files,
    "hello wé",
    "🐋",
  ]);
  assert.equal(code, 0, stderr);
  const written = stdout.replace(/^loaded in .*\n/, "").replace(/\n.* tokens a second\n$/, "");
  assert.equal(written, expected);
});

testWith(["read", "write", "run"], "examples/llama.ts goes on from words", async () => {
  using folder = temporaryFolder();
  const file = (name: string) => `${folder.path}/${name}`;
  const tokenizer = new text.PretrainedTokenizer(new Tokenizer(llamaFile(), {}));
  const words = "hello hello wé";
  const prompt = tokenizer.encode(words);
  assert.deepEqual([...prompt].slice(0, 3), [1, 269, 269]); // <s> ▁hello ▁hello
  assert.equal(prompt.length, 6); // and ▁w, the two bytes of é
  const begun = `<s> ${words}`;
  assert.equal(tokenizer.decode(prompt), begun);
  manualSeed(2);
  const config = {
    vocab_size: tokenizer.vocabularySize,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 40, // fewer than there will be
    rms_norm_eps: 1e-5,
  };
  using model = new Llama(config);
  const nameOf = (name: string) => name === "lm_head.weight" ? name : `model.${name}`;
  const named = Array.from(model.stateDict(), ([name, x]) => [nameOf(name), x] as const);
  await io.saveSafetensors(file("model.safetensors"), new Map(named));
  Deno.writeTextFileSync(file("config.json"), JSON.stringify(config));
  Deno.writeTextFileSync(file("tokenizer.json"), JSON.stringify(llamaFile()));
  const options = { maxNewTokens: 50, temperature: 0.8, topP: 0.95, seed: 1 };
  const tokens = await Array.fromAsync(nn.generate(model, prompt, options));
  const expected = tokenizer.decode([...prompt, ...tokens]).slice(begun.length);
  const flags = ["run", "--cached-only", "--no-prompt", `--allow-read=${folder.path}`];
  const program = [...flags, "examples/llama.ts", folder.path, ...words.split(" ")];
  const { code, stdout, stderr } = await deno(program);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `${expected}\n`);
});
