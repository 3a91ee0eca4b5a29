/**
 * How kernels reach the GPU: one compute pass that stays open, and one bind group for all kernels.
 *
 * ```
 * dispatch   dispatch   dispatch … flush: numbers → GPU, pass → GPU
 *    │          │          │
 *    └──────────┴──────────┴──→ numbers: | 256 bytes | 256 bytes | 256 bytes | …
 * ```
 *
 * A call writes the kernel's numbers, addresses among them, into a slot of an array on this side and
 * takes down three commands: nothing is made for it. A flush sends the array and then the pass.
 *
 * @module
 */
import type { Platform } from "../core/platform.ts";
import {
  COMPUTE,
  type GpuBuffer,
  type GpuDevice,
  type GpuEncoder,
  type GpuPass,
  USAGE,
} from "./api.ts";

import { BINDINGS, MOST_NUMBERS, type Shader } from "./shader.ts";

declare const queueMicrotask: Platform["queueMicrotask"];

/** Bytes from one slot to the next: every GPU can begin there. */
const SLOT = 256;

/** Calls between two flushes at most. */
const SLOTS = 256;

/**
 * Calls before the first flush of a burst: the GPU is to begin while the next are taken down. So a step
 * of more calls, such as a GPT's of 156, is two submits and not one: a call takes some 5 µs of the host
 * (see docs/webgpu.md), so the GPU begins after 0.3 ms and not after 0.8, for one submit more.
 */
const FIRST = 64;

/** Work for one GPU, in the order in which it is asked for. */
export class Queue {
  /** How much there was, for benchmarks. */
  readonly counts: { dispatches: number; submits: number; bytes: number } = {
    dispatches: 0,
    submits: 0,
    bytes: 0,
  };
  /** Of all kernels. */
  readonly pipelineLayout: object;
  /** The numbers of the calls since the last flush. */
  readonly #numbers: ArrayBuffer = new ArrayBuffer(SLOTS * SLOT + MOST_NUMBERS);
  readonly #u32 = new Uint32Array(this.#numbers);
  readonly #f32 = new Float32Array(this.#numbers);
  readonly #onGpu: GpuBuffer;
  readonly #layout: object;
  readonly #device: GpuDevice;
  readonly #at: Uint32Array = new Uint32Array(1);
  #group: object | null = null;
  #encoder: GpuEncoder | null = null;
  #pass: GpuPass | null = null;
  #pipeline: object | null = null;
  #slot = 0;
  #isAwaited = false;
  #flushAt = FIRST;

  constructor(device: GpuDevice) {
    this.#device = device;
    this.#onGpu = device.createBuffer({
      size: this.#numbers.byteLength,
      usage: USAGE.uniform | USAGE.copyTarget,
    });
    const { numbers, blamed, heap } = BINDINGS;
    this.#layout = device.createBindGroupLayout({
      entries: [
        {
          binding: numbers,
          visibility: COMPUTE,
          buffer: { type: "uniform", hasDynamicOffset: true },
        },
        { binding: blamed, visibility: COMPUTE, buffer: { type: "storage" } },
        { binding: heap, visibility: COMPUTE, buffer: { type: "storage" } },
      ],
    });
    this.pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [this.#layout] });
  }

  /** Says which memory kernels see from here on. */
  bind(heap: GpuBuffer, blamed: GpuBuffer): void {
    this.flush();
    this.#group = this.#device.createBindGroup({
      layout: this.#layout,
      entries: [
        { binding: BINDINGS.numbers, resource: { buffer: this.#onGpu, size: MOST_NUMBERS } },
        { binding: BINDINGS.blamed, resource: { buffer: blamed } },
        { binding: BINDINGS.heap, resource: { buffer: heap } },
      ],
    });
  }

  /** Calls a kernel with x · y · z groups of threads, and tells it numbers and the rows of a table. */
  dispatch(
    pipeline: object,
    { floats, tableAt }: Shader,
    x: number,
    y: number,
    z: number,
    numbers: readonly number[],
    table: readonly number[],
  ): void {
    const at = this.#slot * (SLOT / 4);
    const u32 = this.#u32;
    const f32 = this.#f32;
    for (let i = 0; i < numbers.length; i++) {
      if (floats[i] === true) f32[at + i] = numbers[i]!;
      else u32[at + i] = numbers[i]!;
    }
    for (let i = 0; i < table.length; i++) u32[at + tableAt + i] = table[i]!;
    let pass = this.#pass;
    if (pass === null) {
      this.#encoder = this.#device.createCommandEncoder();
      pass = this.#pass = this.#encoder.beginComputePass();
      this.#pipeline = null;
      if (!this.#isAwaited) {
        this.#isAwaited = true;
        queueMicrotask(() => {
          this.#isAwaited = false;
          this.flush();
          this.#flushAt = FIRST;
        });
      }
    }
    if (pipeline !== this.#pipeline) pass.setPipeline(this.#pipeline = pipeline);
    this.#at[0] = at * 4;
    pass.setBindGroup(0, this.#group!, this.#at, 0, 1);
    pass.dispatchWorkgroups(x, y, z);
    this.counts.dispatches++;
    const words = table.length === 0 ? numbers.length : tableAt + table.length;
    this.#slot += words <= SLOT / 4 ? 1 : Math.ceil(words / (SLOT / 4));
    if (this.#slot >= this.#flushAt) this.flush();
  }

  /** Sends what has been taken down; `then` may add commands behind it. */
  flush(then?: (encoder: GpuEncoder) => void): void {
    if (this.#pass === null && then === undefined) return;
    const encoder = this.#encoder ?? this.#device.createCommandEncoder();
    this.#pass?.end();
    const { queue } = this.#device;
    if (this.#slot > 0) {
      const bytes = this.#slot * SLOT;
      queue.writeBuffer(this.#onGpu, 0, this.#numbers, 0, bytes);
      this.counts.bytes += bytes;
    }
    then?.(encoder);
    queue.submit([encoder.finish()]);
    this.counts.submits++;
    this.#encoder = this.#pass = null;
    this.#slot = 0;
    this.#flushAt = SLOTS;
  }
}
