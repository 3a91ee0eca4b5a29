import type * as nn from "@glim/glim/nn";
import * as train from "@glim/glim/train";

/**
 * The weights that the run of a checkpoint is judged by: the averages of its parameters where it has
 * them. Buffers have none.
 */
export function judgedWeights(checkpoint: train.Checkpoint): nn.StateDict {
  const averages = train.tensorsOf(checkpoint, "averagedModel.module");
  return new Map([...train.tensorsOf(checkpoint, "model"), ...averages]);
}
