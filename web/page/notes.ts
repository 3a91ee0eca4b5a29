/**
 * What the page tells in words.
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import type { FromLearning } from "./learning.ts";
import { describe } from "../shared/run_config.ts";
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
export function noteData({ name, train, dev, total }: FromLearning & { type: "data" }): void {
  const [learn, judge, here, all] = [train, dev, train + dev, total].map((n) =>
    n.toLocaleString("en")
  );
  // MNIST's are gzipped to that; of others the server may send as much as there is.
  const megabytes = name === "MNIST" ? 10 : Math.ceil(total * 784 / 1e6);
  element("data").textContent = train + dev === 0
    ? `${name}: ${all} images, ${megabytes} MB, which are fetched when they are needed first.`
    : train + dev < total
    ? `${name}: ${here} of ${all} images are here.`
    : `${name}: ${learn} images to learn from, ${judge} to judge by.`;
}

/** That there is a run which can be brought back. */
export function noteKept({ run, isVisit }: FromLearning & { type: "kept" }): void {
  element("kept").hidden = run === null;
  if (run === null) return;
  const which = isVisit ? "The last visit's network" : "A new network begins. The one before";
  element("kept-text").textContent = `${which}, ${describe(run.config)} after ${
    run.steps.toLocaleString("en")
  } steps, is kept.`;
}

/** That one of the page's programs is not to be had. */
export function notLoaded(what: string): void {
  problem(
    `The program that ${what} (worker.js) could not be started: the server does not have it, or it ` +
      "is blocked. Reload the page; if that does not help, tell whoever runs the server.",
  );
  element("state").textContent = "Not available.";
}
