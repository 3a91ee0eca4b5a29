/** Where a queue's server is, and how one is let in. */
import { messageOf, UsageError } from "../errors.ts";

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

/** A queue by the URL and the files that options name. Throws UsageError where it is no URL. */
export function parseQueue(
  queue: string,
  files: { queueAuth: string | null; queueSecret: string | null; tlsCa: string | null },
): QueueAddress {
  const parts = partsOf(queue);
  if (parts === undefined) {
    const shown = JSON.stringify(withoutLogin(queue));
    throw new UsageError(`--queue: needs nats://HOST:PORT: it is ${shown}`);
  }
  const { login, host } = parts;
  const { queueAuth: authFile, queueSecret: secretFile, tlsCa } = files;
  const scheme = parts.isTls || tlsCa !== null ? "tls" : "nats";
  return { url: `${scheme}://${host}`, host, login, authFile, tlsCa, secretFile };
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
