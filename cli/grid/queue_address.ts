/**
 * Where a queue's server is, and how one is let in.
 *
 * @module
 */
import { UsageError } from "../usage_error.ts";
import { parsePath } from "../values.ts";
import { messageOf } from "../messages.ts";

/** A server, with every choice made. */
export interface QueueAddress {
  /** `nats://host:port` or `tls://host:port`, without a login: it may be shown. */
  url: string;
  /** `host:port`. */
  host: string;
  /** What stood before the host in the URL: a token, or a user and a password; never shown. */
  login: string | null;
  /** A file with the same, or with a user's credentials; null for none. */
  authFile: string | null;
  /** A file with the certificates that the server's is checked by; null for the system's. */
  tlsCa: string | null;
  /** A file with the secret that signs trials and results; null for none. */
  secretFile: string | null;
}

/** What commander makes of the options. */
export interface RawQueue {
  queue?: string;
  queueAuth?: string;
  queueSecret?: string;
  tlsCa?: string;
}

/** The parts of `nats://host:port`, `tls://…` or `host:port`, whose port is 4222 unless it is said. */
function partsOf(url: string) {
  const pattern = /^(?:(nats|tls):\/\/)?(?:([^@/\s]+)@)?([\w.-]+|\[[\da-f:]+\])(?::(\d+))?\/?$/i;
  const [match, scheme, login = null, name, digits = "4222"] = pattern.exec(url) ?? [];
  const port = Number(digits);
  if (match === undefined || port < 1 || port > 65535) return undefined;
  return { isTls: scheme?.toLowerCase() === "tls", login, host: `${name}:${port}` };
}

/** `host:port` of a queue's URL; undefined where it is none. */
export function queueHost(url: string): string | undefined {
  return partsOf(url)?.host;
}

/** A queue's URL as it may be shown, whether it is one or not. */
export function withoutLogin(url: string): string {
  return url.replace(/[^/\s]*@/, "***@");
}

/** Checks what commander read. Throws UsageError, which names the option. */
export function parseQueue({ queue = "", queueAuth, queueSecret, tlsCa }: RawQueue): QueueAddress {
  const parts = partsOf(queue);
  if (parts === undefined) {
    const shown = JSON.stringify(withoutLogin(queue));
    throw new UsageError(`--queue: needs nats://HOST:PORT: it is ${shown}`);
  }
  const { login, host } = parts;
  const isTls = parts.isTls || tlsCa !== undefined;
  const path = (option: string, text: string | undefined) =>
    text === undefined ? null : parsePath(option, text);
  return {
    url: `${isTls ? "tls" : "nats"}://${host}`,
    host,
    login,
    authFile: path("--queue-auth", queueAuth),
    tlsCa: path("--tls-ca", tlsCa),
    secretFile: path("--queue-secret", queueSecret),
  };
}

/** The text of a file that an option names. Throws UsageError where it cannot be read. */
export function readNamed(option: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotCapable
      ? `needs the permission --allow-read=${path}`
      : messageOf(cause);
    throw new UsageError(`${option}: ${path}: ${reason}`, { cause });
  }
}
