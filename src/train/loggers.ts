/**
 * Callbacks that write down how a training gets on, for other programs.
 *
 * @module
 */
import { disk, fileSystem, readError } from "../data/files.ts";
import { DataError, messageOf } from "../core/errors.ts";
import { atMost, check, text } from "../core/options.ts";
import { outside } from "../scope/outside.ts";
import type { Callback } from "./callback.ts";
import type { EpochRecord } from "./epoch_record.ts";
import { encodeEvent, encodeRecord } from "./event_file.ts";

/** The figures of an epoch, those of metrics among them. */
function figuresOf({ metrics, ...record }: EpochRecord): Record<string, number> {
  return { ...record, ...metrics };
}

/** A callback that writes epochs to a file, which is begun anew with the first of them. */
function logger(path: string, lines: (record: EpochRecord, isFirst: boolean) => string): Callback {
  return {
    async onEpochEnd(record) {
      const isFirst = record.epoch === 0 || disk.kind(path) === "nothing";
      await outside(write(path, lines(record, isFirst), record.epoch === 0));
    },
  };
}

async function write(path: string, data: string | Uint8Array, anew: boolean): Promise<void> {
  const { promises } = fileSystem("write", path);
  try {
    await (anew ? promises.writeFile(path, data) : promises.appendFile(path, data));
  } catch (cause) {
    throw writeError(path, cause);
  }
}

function writeError(path: string, cause: unknown): DataError {
  const told = readError(path, cause).message;
  if (told.includes("--allow-read")) {
    return new DataError(`write ${path}: needs the permission --allow-write=${path}`, { cause });
  }
  return new DataError(`write ${path}: ${messageOf(cause)}`, { cause });
}

/** Writes a line of JSON an epoch. NaN is null there. */
export function jsonlLogger(path: string): Callback {
  atMost(1, arguments.length, "jsonlLogger(path)");
  check("jsonlLogger", "the path", path, text);
  return logger(path, (record) => `${JSON.stringify(record)}\n`);
}

/** Writes a row of CSV an epoch, with the names of the figures above. NaN is an empty cell. */
export function csvLogger(path: string): Callback {
  atMost(1, arguments.length, "csvLogger(path)");
  check("csvLogger", "the path", path, text);
  const cell = (value: string | number) =>
    typeof value === "string" ? value.replaceAll(",", " ") : Number.isNaN(value) ? "" : value;
  const row = (cells: (string | number)[]) => `${cells.map(cell).join(",")}\n`;
  return logger(path, (record, isFirst) => {
    const figures = figuresOf(record);
    return (isFirst ? row(Object.keys(figures)) : "") + row(Object.values(figures));
  });
}

/**
 * Writes what TensorBoard shows, into a folder that is made if need be: `tensorboard --logdir FOLDER`.
 * The scalars of an epoch are called `loss/train`, `loss/dev`, `accuracy/train`, `accuracy/dev`,
 * `learningRate`, and metrics as they are called.
 */
export function tensorBoard(folder: string): Callback {
  atMost(1, arguments.length, "tensorBoard(folder)");
  check("tensorBoard", "the folder", folder, text);
  const seconds = Date.now() / 1000;
  const path = `${folder}/events.out.tfevents.${Math.floor(seconds)}.glim`;
  let isBegun = false;
  return {
    async onEpochEnd(record) {
      const { trainLoss, devLoss, trainAccuracy, devAccuracy, learningRate, metrics } = record;
      const scalars = Object.entries({
        "loss/train": trainLoss,
        "loss/dev": devLoss,
        "accuracy/train": trainAccuracy,
        "accuracy/dev": devAccuracy,
        learningRate,
        ...metrics,
      }).filter(([_, value]) => !Number.isNaN(value));
      const now = Date.now() / 1000;
      const records = scalars.map(([tag, value]) =>
        encodeRecord(encodeEvent({ time: now, step: record.epoch, tag, value }))
      );
      if (!isBegun) {
        records.unshift(encodeRecord(encodeEvent({ time: seconds, version: "brain.Event:2" })));
        const { promises } = fileSystem("write", folder);
        await outside(
          promises.mkdir(folder, { recursive: true }).catch((cause: unknown) => {
            throw writeError(folder, cause);
          }),
        );
      }
      await outside(write(path, joined(records), false));
      isBegun = true;
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
