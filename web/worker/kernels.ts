import { type KernelBuild, setKernelBuild } from "@glim/glim";

/** Takes the build that the page's address asks for; without one, what the engine can do decides. */
export function chooseKernels(asked: KernelBuild | undefined): void {
  if (asked !== undefined) setKernelBuild(asked);
}
