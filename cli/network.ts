/**
 * The paper's network: linear layers with an activation between them.
 *
 * @module
 */
import { nn, type Tensor } from "@glim/glim";
import type { TrainOptions } from "./options.ts";

/** Linear layers with Glorot-uniform weights (equation 18) and zero biases. */
export class DeepNetwork extends nn.Module {
  /** Linear, activation, linear … linear. */
  readonly layers: nn.ModuleList = new nn.ModuleList();

  /** `layers` linear layers, all but the last `hidden` wide. */
  constructor(
    inputs: number,
    outputs: number,
    { layers, hidden, activation }: Pick<TrainOptions, "layers" | "hidden" | "activation">,
  ) {
    super();
    for (let i = 0; i < layers; i++) {
      if (i > 0) this.layers.append(activation === "tanh" ? new nn.Tanh() : new nn.ReLU());
      const linear = new nn.Linear(i === 0 ? inputs : hidden, i === layers - 1 ? outputs : hidden);
      nn.init.xavierUniform_(linear.weight);
      nn.init.zeros_(linear.bias!);
      this.layers.append(linear);
    }
  }

  /** Images [n, pixels] → logits [n, classes]. */
  forward(x: Tensor): Tensor {
    for (const layer of this.layers) x = layer.forward(x);
    return x;
  }
}
