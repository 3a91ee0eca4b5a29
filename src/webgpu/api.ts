/**
 * What the library uses of WebGPU, as types: a program that imports it may lack the web's types. The
 * names and meanings are those of the specification, https://www.w3.org/TR/webgpu/.
 *
 * @module
 */

/** What `navigator.gpu` is. */
export interface GpuEntry {
  requestAdapter(options?: { powerPreference?: PowerPreference }): Promise<GpuAdapter | null>;
}

/** Which of a machine's GPUs is asked for. */
export type PowerPreference = "low-power" | "high-performance";

/** A GPU that there is. */
export interface GpuAdapter {
  readonly limits: GpuLimits;
  readonly features: { has(name: string): boolean };
  readonly isFallbackAdapter?: boolean;
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  requestDevice(options: {
    requiredLimits?: Record<string, number>;
    requiredFeatures?: string[];
  }): Promise<GpuDevice>;
}

/** What a GPU can do at most. */
export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxUniformBufferBindingSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
}

/** A GPU that has been opened. */
export interface GpuDevice {
  readonly limits: GpuLimits;
  readonly queue: GpuQueue;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  onuncapturederror: ((event: { readonly error: { readonly message: string } }) => void) | null;
  createBuffer(options: { size: number; usage: number }): GpuBuffer;
  createShaderModule(options: { code: string; label?: string }): GpuShaderModule;
  createBindGroupLayout(options: { entries: object[] }): object;
  createPipelineLayout(options: { bindGroupLayouts: object[] }): object;
  createBindGroup(options: { layout: object; entries: object[] }): object;
  createComputePipeline(options: {
    layout: object;
    compute: { module: GpuShaderModule; entryPoint: string };
    label?: string;
  }): object;
  createCommandEncoder(): GpuEncoder;
  pushErrorScope(filter: "validation" | "out-of-memory" | "internal"): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  destroy(): void;
}

/** A compiled shader. */
export interface GpuShaderModule {
  getCompilationInfo(): Promise<{
    readonly messages: readonly { type: string; message: string; lineNum: number }[];
  }>;
}

/** Where work is handed over. */
export interface GpuQueue {
  submit(commands: object[]): void;
  writeBuffer(
    buffer: GpuBuffer,
    at: number,
    data: ArrayBufferLike | ArrayBufferView,
    from?: number,
    size?: number,
  ): void;
  onSubmittedWorkDone(): Promise<unknown>;
}

/** Memory of a GPU. */
export interface GpuBuffer {
  mapAsync(mode: number): Promise<unknown>;
  getMappedRange(at?: number, size?: number): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

/** What takes down commands. */
export interface GpuEncoder {
  beginComputePass(): GpuPass;
  copyBufferToBuffer(from: GpuBuffer, at: number, to: GpuBuffer, toAt: number, size: number): void;
  clearBuffer(buffer: GpuBuffer): void;
  finish(): object;
}

/** Kernels in a row. */
export interface GpuPass {
  setPipeline(pipeline: object): void;
  setBindGroup(index: number, group: object, offsets: Uint32Array, start: number, n: number): void;
  dispatchWorkgroups(x: number, y: number, z: number): void;
  end(): void;
}

/** What a buffer is used for. */
export const USAGE = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
} as const;

/** `GPUMapMode.READ`. */
export const MAP_READ = 1;

/** `GPUShaderStage.COMPUTE`. */
export const COMPUTE = 4;
