/**
 * The NATS server between a grid and its workers.
 *
 *     stream glim_work_<grid>      glim.<grid>.work.<trial>     until a worker has finished it
 *     stream glim_results_<grid>   glim.<grid>.result.<trial>   until the grid has all
 *     no stream                    glim.<grid>.progress         lost if nobody listens
 *
 * A publish that got no answer may have been stored all the same. So each message has an id of its
 * own (`Nats-Msg-Id`), under which it is sent again and stored once; nobody can guess it, and so
 * nobody can have a true message taken for one that was there before. And a subject holds one message
 * and takes no second: publishing again, by a grid that was restarted or by a worker whose trial
 * somebody else had finished, changes nothing.
 */
import { jetstream, JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import {
  AuthorizationError,
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  PermissionViolationError,
} from "@nats-io/transport-node";
import { DataError } from "@glim/glim";
import { GridError, messageOf, printable, UsageError } from "../errors.ts";
import { type QueueAddress, readNamed } from "./queue_address.ts";
import { type GridNotice, type Message, Seal } from "./queue_messages.ts";
import { trialId } from "./trial.ts";

/** Streams and subjects of a grid. */
export function queueNames(grid: string) {
  return {
    work: `glim_work_${grid}`,
    results: `glim_results_${grid}`,
    workOf: (trial: string) => `glim.${grid}.work.${trial}`,
    resultOf: (trial: string) => `glim.${grid}.result.${trial}`,
    progress: `glim.${grid}.progress`,
  };
}

/** The name that all workers take trials by. */
export const WORKERS = "workers";

/** Milliseconds after which the server gives a trial to another worker if it hears nothing. */
export const ACK_WAIT = 6_000;

/** Milliseconds between a worker's signs of life. */
export const HEARTBEAT = 1_500;

/** Milliseconds that the server has for an answer. */
const PATIENCE = 2_000;

/** A connection that closes at the end of its `using` block, and what streams are managed with. */
export type Queue = Awaited<ReturnType<typeof openQueue>>;

/** What lets a client in: a user and a password, a token, or a user's credentials. */
function loginOf({ login, authFile }: QueueAddress): ConnectionOptions {
  const text = authFile === null ? login : readNamed("--queue-auth", authFile).trim();
  if (text === null) return {};
  if (text.includes("-----BEGIN NATS USER JWT-----")) {
    return { authenticator: credsAuthenticator(new TextEncoder().encode(text)) };
  }
  if (text === "" || /\s/.test(text)) {
    throw new UsageError(
      `--queue-auth: ${authFile}: needs user:password or a token in a line, or a .creds file`,
    );
  }
  const decode = authFile === null ? decodeURIComponent : String;
  const [first, ...rest] = text.split(":");
  return rest.length === 0
    ? { token: decode(first!) }
    : { user: decode(first!), pass: decode(rest.join(":")) };
}

/** How the server's certificate is checked: also one for an address, which `host` is compared with. */
function tlsOptions({ host, tlsCa }: QueueAddress): { host: string; ca?: string } {
  const name = host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  return { host: name, ...tlsCa === null ? {} : { ca: readNamed("--tls-ca", tlsCa) } };
}

/** What went wrong, and what to do. */
function connectError({ url }: QueueAddress, cause: unknown): GridError {
  const reason = printable(messageOf(cause));
  const text = cause instanceof AuthorizationError
    ? `the NATS server at ${url} lets nobody in without the right login (${reason}): name a file ` +
      `with it by --queue-auth`
    : /certificate|self.signed|issuer|SSL|TLS/i.test(reason)
    ? `the NATS server at ${url} cannot be trusted (${reason}): name the certificate of its ` +
      `authority by --tls-ca`
    : cause instanceof PermissionViolationError
    ? `${url} does not let this user use JetStream (${reason})`
    : `no NATS server answers at ${url} (${reason}): start one with nats-server -js`;
  return new GridError(`--queue: ${text}`, { cause });
}

/**
 * Connects to a server. Throws GridError where none answers, it does not let one in or has no
 * JetStream, and UsageError where the permission or a file is missing.
 */
export async function openQueue(address: QueueAddress, line: (text: string) => void) {
  const { url, host, secretFile } = address;
  const permission = await Deno.permissions.query({ name: "net", host });
  if (permission.state !== "granted") {
    throw new UsageError(`--queue: needs the permission --allow-net=${host}`);
  }
  const seal = await Seal.open(secretFile);
  const options: ConnectionOptions = {
    servers: host,
    timeout: 5000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    // A link that is gone says nothing: silence for twice this long is taken for it.
    pingInterval: 5000,
    maxPingOut: 2,
    ignoreClusterUpdates: true, // this one was named, and no other
    ...loginOf(address),
    ...url.startsWith("tls:") ? { tls: tlsOptions(address) } : {},
  };
  const connection = await connect(options).catch((cause) => {
    throw connectError(address, cause);
  });
  let closed: Error | undefined;
  connection.closed().then((error) => {
    if (error) closed = connectError(address, error);
  });
  (async () => {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") line(`lost ${url}: trying to come back`);
      if (type === "reconnect") line(`${url} is back`);
    }
  })();
  const patience = { timeout: PATIENCE };
  const manager = await jetstreamManager(connection, patience).catch(async (cause) => {
    await connection.close();
    if (cause instanceof PermissionViolationError) throw connectError(address, cause);
    const reason = printable(messageOf(cause));
    throw new GridError(
      `--queue: ${url} has no JetStream (${reason}): start it with nats-server -js`,
      { cause },
    );
  });
  return {
    seal,
    /** It tries for ever to come back when it is lost. */
    connection,
    /** Makes, finds and deletes streams and consumers. */
    manager,
    /** Publishes into streams, and takes out of them. */
    client: jetstream(connection, patience),
    /** Throws GridError where the connection is closed for good, such as by a changed password. */
    check() {
      if (closed !== undefined) throw closed;
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** The grids that have a work stream on the server, and what the streams say about them. */
export async function listGrids(
  { manager }: Queue,
): Promise<{ grid: string; description: string }[]> {
  const grids: { grid: string; description: string }[] = [];
  for await (const { config: { name, description = "" } } of manager.streams.list()) {
    const grid = /^glim_work_([0-9a-f]{1,16})$/.exec(name)?.[1];
    if (grid !== undefined) grids.push({ grid, description });
  }
  return grids;
}

/** A result out of a message on a trial's subject. Throws DataError where it is not that trial's. */
export async function readResult(
  { seal }: Queue,
  { grid, ...origin }: GridNotice,
  { subject, data }: { subject: string; data: Uint8Array },
): Promise<Message<"result">> {
  const answer = await seal.open("result", grid, data);
  const id = "result" in answer ? answer.result.id : answer.id;
  if (subject !== queueNames(grid).resultOf(id)) throw new DataError("it is another trial's");
  if ("error" in answer) return answer;
  const { options, seed, epochs } = answer.result;
  if (trialId(options, seed, origin) !== id) throw new DataError("its options are another trial's");
  if (epochs.length !== options.epochs) {
    throw new DataError(`it has ${epochs.length} epochs, the trial ${options.epochs}`);
  }
  return answer;
}

/** What the packages throw while a connection is down, or a server has only just come back. */
const DOWN = ("ClosedConnectionError ConnectionError JetStreamError JetStreamNotEnabled " +
  "NoRespondersError RequestError TimeoutError").split(" ");

/**
 * What an error means: a subject has a message already, the server has no such stream, or there is no
 * connection, so that trying again may help.
 */
export function meaningOf(error: unknown): "taken" | "gone" | "down" | undefined {
  if (error instanceof JetStreamApiError) {
    if (error.code === 10059) return "gone";
    // The number is also that of a stream without room, which is another matter.
    if (error.code === 10077 && error.message.includes("per subject")) return "taken";
  }
  return error instanceof Error && DOWN.includes(error.name) ? "down" : undefined;
}
