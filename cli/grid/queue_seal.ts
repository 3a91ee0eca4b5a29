/**
 * Messages of a queue, which whoever reaches the server may write: they are signed where grid and
 * workers share a secret, and refused where they are not what they should be.
 *
 *     {"version": 1, "hmac": "<64 hex digits>", "body": "<JSON>"}
 *
 * @module
 */
import { DataError } from "@glim/glim";
import { countOf } from "../setting.ts";
import { UsageError } from "../usage_error.ts";
import { readNamed } from "./queue_address.ts";

/** What a message is for: one that is signed as another kind is refused. */
export type Kind = "grid" | "trial" | "result" | "progress";

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

  /** Whether messages are signed. */
  get isSigned(): boolean {
    return this.#key !== null;
  }

  /** A message of a grid. */
  async close(kind: Kind, grid: string, value: unknown): Promise<string> {
    const body = JSON.stringify(value);
    if (this.#key === null) return JSON.stringify({ version: 1, body });
    const hmac = await crypto.subtle.sign("HMAC", this.#key, signed(kind, grid, body));
    return JSON.stringify({ version: 1, hmac: new Uint8Array(hmac).toHex(), body });
  }

  /** What is in a message of a grid. Throws DataError, which says why it is refused. */
  async open(kind: Kind, grid: string, message: Uint8Array): Promise<unknown> {
    if (message.length > MAX_BYTES) throw new DataError(`it has ${message.length} bytes`);
    const { version, hmac, body } = Object(parse(new TextDecoder().decode(message)));
    if (version !== 1 || typeof body !== "string") throw new DataError("it is of another version");
    if (this.#key !== null) {
      if (typeof hmac !== "string" || !/^[0-9a-f]{64}$/.test(hmac)) {
        throw new DataError("it is not signed");
      }
      const right = await crypto.subtle.verify(
        "HMAC",
        this.#key,
        Uint8Array.fromHex(hmac),
        signed(kind, grid, body),
      );
      if (!right) throw new DataError("it is signed with another secret");
    }
    return parse(body);
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
export class Refusals {
  readonly #line: (text: string) => void;
  readonly #told = new Set<string>();
  /** How many there were. */
  #count = 0;

  /** `line` prints a line. */
  constructor(line: (text: string) => void) {
    this.#line = line;
  }

  /** Notes one. Throws on what is no reason to refuse a message. */
  add(what: string, error: unknown): void {
    if (!(error instanceof DataError)) throw error;
    this.#count++;
    const text = `refused ${what}: ${error.message}`;
    if (this.#told.has(text) || this.#told.size >= 20) return;
    this.#told.add(text);
    this.#line(text);
  }

  /** Says how many there were, where there were any. */
  sum(): void {
    if (this.#count > 0) this.#line(`refused ${countOf(this.#count, "message")}`);
  }
}
