/**
 * The NATS server between a grid and its workers.
 *
 *     stream glim_work_<grid>      glim.<grid>.work.<trial>     until a worker has finished it
 *     stream glim_results_<grid>   glim.<grid>.result.<trial>   until the grid has all
 *     no stream                    glim.<grid>.progress         lost if nobody listens
 *
 * A subject holds one message and takes no second: so publishing again, by a grid that was restarted
 * or by a worker whose trial somebody else had finished, changes nothing.
 *
 * @module
 */
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { UsageError } from "../usage_error.ts";
import { GridError } from "./grid_error.ts";
import type { TrialProgress } from "./run_trial.ts";
import type { Ground, Trial, TrialResult } from "./trial.ts";

/** What the streams of a grid say about it, as JSON in their description. */
export interface GridNotice extends Ground {
  /** The grid's hash. */
  grid: string;
}

/** What a worker sends of a trial that is over. */
export type QueueResult = { result: TrialResult } | { id: string; error: string };

/** What a worker sends of a trial that runs. */
export interface QueueProgress {
  /** Which trial. */
  trial: Trial;
  /** How far it is. */
  progress: TrialProgress;
}

/** Streams and subjects of a grid. */
export function queueNames(grid: string): {
  work: string;
  results: string;
  workOf: (trial: string) => string;
  resultOf: (trial: string) => string;
  progress: string;
} {
  return {
    work: `glim_work_${grid}`,
    results: `glim_results_${grid}`,
    workOf: (trial) => `glim.${grid}.work.${trial}`,
    resultOf: (trial) => `glim.${grid}.result.${trial}`,
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
export const PATIENCE = 2_000;

/** A connection that closes at the end of its `using` block, and what streams are managed with. */
export interface Queue extends AsyncDisposable {
  /** The connection; it tries for ever to come back when it is lost. */
  readonly connection: NatsConnection;
  /** Makes, finds and deletes streams. */
  readonly streams: JetStreamManager["streams"];
  /** All of it. */
  readonly manager: JetStreamManager;
}

/**
 * Connects to a server. Throws GridError where none answers or it has no JetStream, and UsageError
 * where the permission is missing.
 */
export async function openQueue(url: string, line: (text: string) => void): Promise<Queue> {
  const host = url.replace("nats://", "");
  const permission = await Deno.permissions.request({ name: "net", host });
  if (permission.state !== "granted") {
    throw new UsageError(`--queue: needs the permission --allow-net=${host}`);
  }
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: url,
      timeout: 5000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
    });
  } catch (cause) {
    throw new GridError(
      `--queue: no NATS server answers at ${url} (${
        textOf(cause)
      }): start one with nats-server -js`,
      { cause },
    );
  }
  (async () => {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") line(`lost ${url}: trying to come back`);
      if (type === "reconnect") line(`${url} is back`);
    }
  })();
  try {
    const manager = await jetstreamManager(connection, { timeout: PATIENCE });
    return {
      connection,
      manager,
      streams: manager.streams,
      [Symbol.asyncDispose]: () => connection.close(),
    };
  } catch (cause) {
    await connection.close();
    throw new GridError(
      `--queue: ${url} has no JetStream (${textOf(cause)}): start it with nats-server -js`,
      { cause },
    );
  }
}

/** The notices of all grids that have a work stream on the server. */
export async function listGrids(streams: Queue["streams"]): Promise<GridNotice[]> {
  const notices: GridNotice[] = [];
  for await (const { config } of streams.list()) {
    if (!config.name.startsWith("glim_work_")) continue;
    notices.push(JSON.parse(config.description ?? "{}"));
  }
  return notices;
}

/** Whether the server refused a message because its subject has one. */
export function isTaken(error: unknown): boolean {
  // The number is also that of a stream without room, which is another matter.
  return error instanceof JetStreamApiError && error.code === 10077 &&
    error.message.includes("per subject");
}

/** Whether the server has no such stream. */
export function isGone(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === 10059;
}

/** What the packages throw while a connection is down, or a server has only just come back. */
const DOWN = [
  "ClosedConnectionError",
  "ConnectionError",
  "JetStreamError",
  "JetStreamNotEnabled",
  "NoRespondersError",
  "RequestError",
  "TimeoutError",
];

/** Whether there is no connection, so that trying again may help. */
export function isDown(error: unknown): boolean {
  return error instanceof Error && DOWN.includes(error.name);
}

/** An error's message. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
