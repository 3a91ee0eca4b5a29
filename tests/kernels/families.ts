/**
 * The families of kernels, a module each.
 *
 * @module
 */
import type { Module } from "../../build/abi.ts";
import { module as activations } from "../../build/activations.ts";
import { module as adaptive } from "../../build/adaptive.ts";
import { module as attention } from "../../build/attention.ts";
import { module as convolution } from "../../build/convolution.ts";
import { module as core } from "../../build/core.ts";
import { module as images } from "../../build/images.ts";
import { module as normalization } from "../../build/normalization.ts";
import { module as recurrent } from "../../build/recurrent.ts";
import { module as training } from "../../build/training.ts";

/** All families of kernels, the core first. */
export const FAMILIES: readonly Module[] = [
  core,
  activations,
  adaptive,
  attention,
  convolution,
  images,
  normalization,
  recurrent,
  training,
];
