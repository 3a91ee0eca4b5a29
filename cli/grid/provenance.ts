/**
 * What a trial's bits depend on beside its options and seed: the code of the experiment and of the
 * programs that its options name, the library that computes it and the data that it learns from. Two
 * machines that agree on these give the same bits.
 */
import { basename } from "node:path";
import { getDefaultDevice, getKernelHash, scope, tensor, VERSION } from "@glim/glim";
import { gpuName } from "../device.ts";
import type { Data, Options as RunOptions } from "../experiment.ts";
import { dataId, dataOf } from "../fit.ts";
import { check, flagsOf, wordsOf } from "../flags.ts";
import { type Loaded, sourcesHash } from "../load.ts";
import type { Options, Provenance } from "./trial.ts";

/** The provenance of what is trained here with these options, paths among them. */
export async function provenanceOf(loaded: Loaded, options: Options): Promise<Provenance> {
  const { experiment } = loaded;
  const given = check(experiment.schema, options, "its options") as RunOptions;
  const data = await dataId(await dataOf(experiment, given));
  return { ...await codeOf(loaded, options), data };
}

/** The part of it that is code. */
export async function codeOf(
  { experiment: { schema }, name, sha256 }: Loaded,
  options: Options,
): Promise<Omit<Provenance, "data">> {
  const idOf = (file: string, hash: string) => `${basename(file)} ${hash.slice(0, 16)}`;
  const programs = [idOf(name, sha256)];
  for (const { name, path } of flagsOf(schema)) {
    const file = options[name];
    if (path !== "program" || typeof file !== "string") continue;
    programs.push(`${wordsOf(name)} ${idOf(file, await sourcesHash(file))}`);
  }
  return { experiment: programs.join(", "), library: libraryId() };
}

/** Gives the data of one trial after the other: read again only where an option that they read has changed. */
export function dataSource({ experiment }: Loaded): (options: RunOptions) => Promise<Data> {
  /** The options that the data have read, and the values that they had. */
  const read = new Map<string, unknown>();
  let data: Data | undefined;
  return async (options) => {
    if (data !== undefined && read.entries().every(([key, v]) => options[key] === v)) return data;
    data = undefined; // and stays so where reading fails
    read.clear();
    const noted = new Proxy(options, {
      get(_, key: string) {
        read.set(key, options[key]);
        return options[key];
      },
    });
    return data = await dataOf(experiment, noted);
  };
}

/**
 * The library by its version, its kernels, and whether multiply and add are one rounding or two,
 * which the processor decides: `0.1.0, kernels 1a2b3c4d, fused`. Elsewhere than on the processor by
 * what computes: `0.1.0, webgpu NVIDIA H200`.
 */
export function libraryId(): string {
  const device = getDefaultDevice();
  if (device !== "cpu") {
    return `${VERSION}, ${device} ${device === "webgpu" ? gpuName() : ""}`.trim();
  }
  return `${VERSION}, kernels ${getKernelHash()}, ${isFused() ? "fused" : "two roundings"}`;
}

/**
 * Whether the kernels round once after multiply and add. With x = 1 + 2⁻¹², x² is 1 + 2⁻¹¹ + 2⁻²⁴,
 * whose last term a rounding to float32 loses: x² - (1 + 2⁻¹¹) is 0 after two roundings, else 2⁻²⁴.
 */
export function isFused(): boolean {
  const x = 1 + 2 ** -12;
  const device = "cpu";
  return scope(() => {
    const a = tensor([[-(1 + 2 ** -11), x]], { device }).expand([16, 2]).contiguous();
    const b = tensor([[1], [x]], { device }).expand([2, 16]).contiguous();
    return a.matmul(b).max().item() > 0;
  });
}
