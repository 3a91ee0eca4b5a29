/**
 * Where the network is computed: the CPU or the GPU, with what each is worth here.
 *
 * @module
 */
import type { RunDevice } from "../shared/protocol.ts";
import { element } from "./dom.ts";

/** What is used of `navigator.gpu`, which some browsers lack. */
interface Gpu {
  requestAdapter(): Promise<object | null>;
}

/** The two buttons, and how fast it is on each. */
export class DeviceSwitch {
  readonly #counted: string;
  readonly #inputs = Array.from(
    document.querySelectorAll<HTMLInputElement>("input[name=device]"),
  );

  /** `counted`: what there are so many of in a second. `choose` is called when the user chooses. */
  constructor(counted: string, choose: (device: RunDevice) => void) {
    this.#counted = counted;
    for (const input of this.#inputs) {
      input.addEventListener("change", () => choose(input.value as RunDevice));
    }
    void whyNoGpu().then((reason) => {
      for (const input of this.#inputs) {
        input.disabled = input.value === "webgpu" && reason !== null;
      }
      element("device-note").textContent = reason ?? "";
    });
  }

  /** Where the run computes. */
  show(device: RunDevice): void {
    for (const input of this.#inputs) input.checked = input.value === device;
  }

  /** How fast it is there; the other's rate stays beside it. */
  rate(device: RunDevice, perSecond: number): void {
    const text = perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString("en");
    element("rate").textContent = text;
    element(`rate-${device}`).textContent = `${text} ${this.#counted} a second`;
  }
}

/** Why no GPU can be chosen, as a sentence; null where one can. */
async function whyNoGpu(): Promise<string | null> {
  const { gpu } = navigator as { gpu?: Gpu };
  if (gpu === undefined) return "This browser has no WebGPU, which a GPU is computed with.";
  const adapter = await gpu.requestAdapter().catch(() => null);
  return adapter === null ? "This browser finds no GPU that it can compute with." : null;
}
