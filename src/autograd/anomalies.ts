/**
 * Who looks for the first number that is none: see `anomaly()`.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";
import type { Node } from "./autograd.ts";

/** Told of all that a pass computes. */
export interface Anomalies {
  /** A pass begins; */
  begin(): void;
  /** it ends. */
  end(): void;
  /** Throws if a gradient that a node made of dy is no finite number where dy is. */
  gradient(node: Node, dy: Tensor, dx: Tensor): void;
}

/** Who looks now; null: nobody. */
export let anomalies: Anomalies | null = null;

/** Has somebody look from here on, or (null) no more; returns who looked before. */
export function lookForAnomalies(by: Anomalies | null): Anomalies | null {
  const before = anomalies;
  anomalies = by;
  return before;
}
