/**
 * What the library uses of Deno, Node and browsers, as types.
 *
 * A program that imports the library by its path checks it with type libraries of its own choice,
 * which may lack Deno, the web's names or both. So a file that uses one of these names declares it,
 * `declare const console: Platform["console"]`, which leaves nothing behind when it runs.
 *
 * @module
 */

/** The names, as every file that uses one declares it. */
export interface Platform {
  readonly WebAssembly: {
    Memory: new (options: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
    Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  };
  readonly console: { warn(text: string): void };
  readonly crypto: { randomUUID(): string };
  readonly performance: { now(): number };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
  readonly TextDecoder: new (
    encoding: string,
    options: { fatal: boolean; ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string };
  readonly MessageChannel: new () => { port1: Port; port2: Port };
  readonly Worker: new (
    url: string,
    options: { type: "module" },
  ) => Omit<Port, "close"> & { onerror: unknown };
  readonly Blob: new (parts: string[], options: { type: string }) => object;
  readonly URL: { createObjectURL(blob: object): string };
  atob(base64: string): string;
  btoa(bytes: string): string;
  queueMicrotask(then: () => void): void;
  setTimeout(then: () => void, milliseconds: number): unknown;
  structuredClone<T>(value: T): T;
}

/** A memory that threads share. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** Compiled code. Nothing is asked of it but to be instantiated. */
export type WasmModule = object;

/** An end of a channel, or a worker. */
interface Port {
  onmessage: unknown;
  postMessage(message: unknown): void;
  close(): void;
}
