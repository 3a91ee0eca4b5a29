/**
 * What the page tells in words.
 *
 * @module
 */
import type { KernelBuild } from "../../mod.ts";
import type { FromTrainer } from "../shared/protocol.ts";
import { element } from "./dom.ts";

/** Shows what went wrong; null takes it away. */
export function problem(text: string | null): void {
  const place = element("problem");
  place.hidden = text === null;
  place.textContent = text ?? "";
}

/** How the page computes here, and what would make it faster. */
export function noteEngine(kernels: KernelBuild, threads: number): void {
  const how = threads === 1 ? "one thread" : `${threads} threads`;
  const why = globalThis.crossOriginIsolated
    ? ""
    : "More would need two headers from the server, and https. ";
  element("notes").textContent =
    `Computes on ${how}, with the ${kernels} build of the kernels. ${why}` +
    "Nothing leaves your machine.";
}

/** Which images there are, and how many are still to come. */
export function noteData({ name, train, dev, total }: FromTrainer & { type: "data" }): void {
  const [learn, judge, here, all] = [train, dev, train + dev, total].map((n) =>
    n.toLocaleString("en")
  );
  element("data").textContent = train + dev < total
    ? `${name}: ${here} of ${all} images are here.`
    : `${name}: ${learn} images to learn from, ${judge} to judge by.`;
}
