/**
 * The GPU as a device: all tensors lie in one buffer of its, and their blocks are places there.
 *
 * @module
 */
import { DeviceError, OutOfMemoryError } from "../core/errors.ts";
import { Allocator } from "../device/allocator.ts";
import { type Block, type Device, type KernelFamily, NotCloned } from "../device/device.ts";
import type { AllKernels, Blame } from "../device/kernels.ts";
import { outOfMemory } from "../device/storage.ts";
import { type GpuAdapter, type GpuBuffer, type GpuDevice, MAP_READ, USAGE } from "./api.ts";
import { Blames } from "./blame.ts";
import { Queue } from "./queue.ts";
import type { Shader } from "./shader.ts";

const NO_TABLE: readonly number[] = [];

/** Bytes that the heap begins with. */
const START = 16 * 2 ** 20;

/** Bytes that 32-bit addresses and every implementation reach. */
const MOST = 2 ** 32 - 2 ** 16;

/** The heap's length is a multiple of so many bytes. */
const PIECE = 2 ** 16;

function upTo(multiple: number, n: number): number {
  return Math.ceil(n / multiple) * multiple;
}

/** A GPU that has been opened. */
export class Gpu extends NotCloned implements Device {
  readonly name = "webgpu";
  readonly build = "webgpu";
  readonly limit: number;
  /** Handed down by `kernels.ts` and `unseen.ts`, which stand above. */
  kernels!: AllKernels;
  unseen!: object;
  /** What it is. */
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly isSoftware: boolean;
  };
  /** Where work is handed over. */
  readonly queue: Queue;
  readonly #device: GpuDevice;
  readonly #blames: Blames;
  readonly #allocator: Allocator;
  readonly #pipelines: object[] = [];
  readonly #readers: GpuBuffer[] = [];
  /** Whether it is gone. */
  isLost = false;
  #heap: GpuBuffer;
  #heapBytes = 0;
  #fault: Error | null = null;
  /** Checks of what was compiled that have not come back. */
  #checks: Promise<void>[] = [];

  /** All families are in its one table: a program that opens a GPU has them. */
  family<K extends object>(_family: KernelFamily<K>): K {
    return this.kernels as unknown as K;
  }

  constructor(device: GpuDevice, adapter: GpuAdapter) {
    super();
    this.#device = device;
    const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
    const isSoftware = isFallbackAdapter ?? adapter.isFallbackAdapter ??
      /llvmpipe|swiftshader|lavapipe/i.test(`${description} ${vendor} ${architecture}`);
    this.info = { vendor, architecture, description, isSoftware };
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    this.limit = Math.min(MOST, maxBufferSize, maxStorageBufferBindingSize);
    this.limit -= this.limit % PIECE;
    device.lost.then(({ message }) => this.#lose(message));
    device.onuncapturederror = ({ error }) => {
      this.#fault ??= new DeviceError(`webgpu: the GPU refused a command: ${error.message}`);
    };
    this.queue = new Queue(device);
    this.#blames = new Blames(device);
    this.#heap = this.#makeHeap(Math.min(START, this.limit));
    this.queue.bind(this.#heap, this.#blames.buffer);
    this.#allocator = new Allocator(this.#heapBytes, (bytes) => this.#extend(bytes));
  }

  /**
   * How often a thread may turn in all loops of a call together: llvmpipe leaves them without a word
   * behind so many turns, others have no limit.
   */
  get turns(): number {
    return /llvmpipe|lavapipe/i.test(this.info.description) ? 65535 : Infinity;
  }

  /** Whether it is a program on the CPU, to which a group's memory is slow. */
  get isSoftware(): boolean {
    return this.info.isSoftware;
  }

  get heapBytes(): number {
    return this.#heapBytes;
  }

  /** Closes it: what is on it is gone. */
  close(): void {
    this.#lose("it was closed");
    this.#device.destroy();
  }

  #lose(message: string): void {
    if (this.isLost) return;
    this.isLost = true;
    this.#fault = new DeviceError(
      `webgpu: the GPU was lost: ${
        message || "the engine does not say why"
      }: open it anew by await ` +
        `webgpu(), and load what was saved`,
    );
  }

  alloc(bytes: number): Block | null {
    this.#checkFault();
    const at = this.#allocator.malloc(bytes);
    return at === 0 ? null : at as unknown as Block;
  }

  free(block: Block, bytes: number): void {
    this.#allocator.free(placeOf(block), bytes);
  }

  write(block: Block, at: number, bytes: Uint8Array): void {
    this.#checkFault();
    this.queue.flush(); // kernels that were called before still read what lies there
    const from = placeOf(block) + at;
    const rest = bytes.length % 4;
    const whole = bytes.length - rest;
    if (from % 4 !== 0) throw new RangeError(`webgpu: bytes are written from multiples of 4 on`);
    this.queue.counts.bytes += bytes.length;
    if (whole > 0) {
      this.#device.queue.writeBuffer(this.#heap, from, bytes.buffer, bytes.byteOffset, whole);
    }
    if (rest === 0) return;
    const last = new Uint8Array(4); // what lies behind in these four bytes belongs to the block too
    last.set(bytes.subarray(whole));
    this.#device.queue.writeBuffer(this.#heap, from + whole, last);
  }

  async read(block: Block, at: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#checkFault();
    const from = placeOf(block) + at;
    const first = from - from % 4;
    const length = Math.max(upTo(4, from + bytes) - first, 4);
    const looks = !this.#blames.isEmpty;
    const size = length + (looks ? this.#blames.bytes : 0);
    const reader = this.#takeReader(size);
    this.queue.flush((encoder) => {
      encoder.copyBufferToBuffer(this.#heap, first, reader, 0, length);
      if (looks) {
        encoder.copyBufferToBuffer(this.#blames.buffer, 0, reader, length, this.#blames.bytes);
      }
    });
    const copy = await this.#mapped(reader, size);
    await this.#checked();
    const error = looks ? this.#blames.look(new Uint32Array(copy.buffer, length)) : null;
    if (error !== null) throw error;
    return copy.slice(from - first, from - first + bytes);
  }

  async #mapped(reader: GpuBuffer, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      await reader.mapAsync(MAP_READ);
      const copy = new Uint8Array(reader.getMappedRange(0, bytes).slice(0));
      reader.unmap();
      this.#giveReader(reader, bytes);
      return copy;
    } catch (error) {
      this.#checkFault(); // what is known of the loss says more
      throw error;
    }
  }

  /** Lends memory to a function, that many float32 at a place; kernels called there may use it. */
  withScratch(elements: number, use: (place: number) => void): void {
    const bytes = elements * 4;
    const block = this.alloc(bytes);
    if (block === null) throw outOfMemory(bytes, this.limit);
    try {
      use(placeOf(block) / 4);
    } finally {
      this.free(block, bytes); // what is called next may have it: kernels run in order
    }
  }

  /** Writes numbers of 32 bits to a place. */
  writeNumbers(place: number, numbers: Int32Array): void {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    this.write(4 * place as unknown as Block, 0, bytes);
  }

  /** Calls a kernel with so many groups of threads; see {@link Shader} for what it is told. */
  run(
    shader: Shader,
    x: number,
    y: number,
    z: number,
    numbers: readonly number[],
    table: readonly number[] = NO_TABLE,
  ): void {
    const pipeline = this.#pipelines[shader.id] ??= this.#compile(shader);
    if (this.#fault !== null) this.#checkFault();
    if (x * y * z === 0) return;
    this.queue.dispatch(pipeline, shader, x, y, z, numbers, table);
  }

  /** An entry for a kernel that blames rows. */
  entryFor(blame: Blame): number {
    return this.#blames.entryFor(blame);
  }

  #compile({ name, code }: Shader): object {
    const device = this.#device;
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ code, label: name });
    const pipeline = device.createComputePipeline({
      layout: this.queue.pipelineLayout,
      compute: { module, entryPoint: "main" },
      label: name,
    });
    this.#expectNone((message) =>
      new DeviceError(`webgpu: ${name}: the GPU refused the kernel: ${message}`)
    );
    return pipeline;
  }

  /** Ends an error scope: what it has seen is thrown by the next call that waits, and all after it. */
  #expectNone(faultOf: (message: string) => Error): void {
    const check = async () => {
      try {
        const error = await this.#device.popErrorScope();
        if (error !== null) this.#fault ??= faultOf(error.message);
      } catch {
        // the GPU is lost, which is told elsewhere
      }
    };
    this.#checks.push(check());
  }

  async #checked(): Promise<void> {
    if (this.#checks.length > 0) await Promise.all(this.#checks.splice(0));
    this.#checkFault();
  }

  #checkFault(): void {
    if (this.#fault !== null) throw this.#fault;
  }

  #makeHeap(bytes: number): GpuBuffer {
    const device = this.#device;
    device.pushErrorScope("out-of-memory");
    const heap = device.createBuffer({
      size: bytes,
      usage: USAGE.storage | USAGE.copySource | USAGE.copyTarget,
    });
    this.#expectNone(() =>
      new OutOfMemoryError(
        `webgpu: out of memory: the GPU has not the ${bytes} bytes that all tensors take together`,
      )
    );
    this.#heapBytes = bytes;
    return heap;
  }

  /** Moves all to a longer heap. */
  #extend(needed: number): number {
    const bytes = Math.min(this.limit, Math.max(2 * this.#heapBytes, upTo(PIECE, needed)));
    if (needed > this.limit) return this.#heapBytes;
    const [before, length] = [this.#heap, this.#heapBytes];
    this.queue.flush();
    this.#heap = this.#makeHeap(bytes);
    this.queue.flush((encoder) => encoder.copyBufferToBuffer(before, 0, this.#heap, 0, length));
    this.queue.bind(this.#heap, this.#blames.buffer);
    before.destroy();
    return bytes;
  }

  /** Buffers to read by are kept: of each size of a power of two the last few. */
  #takeReader(bytes: number): GpuBuffer {
    const kept = this.#readers[classOf(bytes)];
    if (kept !== undefined) {
      delete this.#readers[classOf(bytes)];
      return kept;
    }
    return this.#device.createBuffer({
      size: 2 ** classOf(bytes),
      usage: USAGE.mapRead | USAGE.copyTarget,
    });
  }

  #giveReader(reader: GpuBuffer, bytes: number): void {
    const at = classOf(bytes);
    if (this.#readers[at] === undefined && at <= 24) this.#readers[at] = reader;
    else reader.destroy();
  }
}

function classOf(bytes: number): number {
  return Math.max(8, 32 - Math.clz32(bytes - 1));
}

/** The GPU that is open; null: none yet. */
export let opened: Gpu | null = null;

/** Says which GPU is open. */
export function setOpened(gpu: Gpu): void {
  opened = gpu;
}

/** Where a block begins, in bytes. */
export function placeOf(block: Block): number {
  return block as unknown as number;
}
