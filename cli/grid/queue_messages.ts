/**
 * Messages of a queue, which whoever reaches the server may write: they are signed where grid and
 * workers share a secret, and refused where they are not what they should be.
 *
 *     {"version": 1, "hmac": "<64 hex digits>", "body": "<JSON>"}
 */
import { z } from "zod";
import { DataError } from "@glim/glim";
import { UsageError } from "../errors.ts";
import { check, text } from "../flags.ts";
import { countOf } from "../words.ts";
import { readNamed } from "./queue_address.ts";
import { OPTIONS, PROGRESS, RESULT, TRIAL } from "./trial.ts";

const { id } = TRIAL.shape;

/** What a message is for: one that is signed as another kind is refused. */
const KINDS = {
  /** What the streams of a grid say about it, in their description. */
  grid: z.object({
    /** The grid's hash. */
    grid: z.string().regex(/^[0-9a-f]{1,16}$/, "a name of hex digits"),
    experiment: text,
    library: text,
    data: text,
    /** The options that all its trials have in common, by which the data are found. */
    options: OPTIONS,
    /** Whether its messages are signed. */
    signed: z.boolean(),
  }),
  /** What a grid asks for. */
  trial: TRIAL,
  /** What a worker sends of a trial that is over. */
  result: z.union(
    [z.strictObject({ result: RESULT }), z.strictObject({ id, error: text })],
    "a result",
  ),
  /** What a worker sends of a trial that runs. */
  progress: z.object({ id, progress: PROGRESS }),
};

type Kind = keyof typeof KINDS;

/** The value in a message of a kind. */
export type Message<K extends Kind> = z.output<typeof KINDS[K]>;

/** What the streams of a grid say about it. */
export type GridNotice = Message<"grid">;

/** No message is longer. */
const MAX_BYTES = 2 ** 22;

/** Characters of the shortest secret. */
const MIN_SECRET = 16;

const ALGORITHM = { name: "HMAC", hash: "SHA-256" };

/** Puts values into messages, and takes them out. */
export class Seal {
  readonly #key: CryptoKey | null;

  private constructor(key: CryptoKey | null) {
    this.#key = key;
  }

  /** With the secret in a file, or without one. Throws UsageError where the file is none. */
  static async open(path: string | null): Promise<Seal> {
    if (path === null) return new Seal(null);
    const secret = readNamed("--queue-secret", path).trim();
    if (secret.length < MIN_SECRET) {
      throw new UsageError(
        `--queue-secret: ${path}: a secret has ${MIN_SECRET} characters or more, such as those of ` +
          `openssl rand -hex 32: this one has ${secret.length}`,
      );
    }
    const bytes = new TextEncoder().encode(secret);
    return new Seal(
      await crypto.subtle.importKey("raw", bytes, ALGORITHM, false, ["sign", "verify"]),
    );
  }

  get isSigned(): boolean {
    return this.#key !== null;
  }

  /** A message of a grid. */
  async close<K extends Kind>(
    kind: K,
    grid: string,
    value: z.input<typeof KINDS[K]>,
  ): Promise<string> {
    const body = JSON.stringify(value);
    if (this.#key === null) return JSON.stringify({ version: 1, body });
    const hmac = await crypto.subtle.sign("HMAC", this.#key, signed(kind, grid, body));
    return JSON.stringify({ version: 1, hmac: new Uint8Array(hmac).toHex(), body });
  }

  /** What is in a message of a grid. Throws DataError, which says why it is refused. */
  async open<K extends Kind>(kind: K, grid: string, message: Uint8Array): Promise<Message<K>> {
    if (message.length > MAX_BYTES) throw new DataError(`it has ${message.length} bytes`);
    const { version, hmac, body } = Object(parse(new TextDecoder().decode(message)));
    if (version !== 1 || typeof body !== "string") throw new DataError("it is of another version");
    if (this.#key !== null) {
      if (typeof hmac !== "string" || !/^[0-9a-f]{64}$/.test(hmac)) {
        throw new DataError("it is not signed");
      }
      const found = Uint8Array.fromHex(hmac);
      const right = signed(kind, grid, body);
      if (!await crypto.subtle.verify("HMAC", this.#key, found, right)) {
        throw new DataError("it is signed with another secret");
      }
    }
    return check(KINDS[kind] as z.ZodType, parse(body), "it") as Message<K>;
  }
}

function signed(kind: Kind, grid: string, body: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`glim 1 ${kind} ${grid}\n${body}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError("it is not JSON", { cause });
  }
}

/** Counts the messages that are refused, and tells of each reason once. */
export type Refusals = ReturnType<typeof countRefusals>;

/** Begins to count. */
export function countRefusals(line: (text: string) => void) {
  const told = new Set<string>();
  let count = 0;
  return {
    /** Notes one. Throws on what is no reason to refuse a message. */
    add(what: string, error: unknown): void {
      if (!(error instanceof DataError)) throw error;
      count++;
      const text = `refused ${what}: ${error.message}`;
      if (told.has(text) || told.size >= 20) return;
      told.add(text);
      line(text);
    },
    /** Says how many there were, where there were any. */
    sum(): void {
      if (count > 0) line(`refused ${countOf(count, "message")}`);
    },
  };
}
