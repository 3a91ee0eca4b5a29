import { nn, stack, type Tensor } from "@glim/glim";

/** Added to probabilities before their logarithm, which 0 has none of. */
const TINY = 1e-30;

/** Networks that answer together: the mean of the probabilities that each of them gives. */
export class Vote extends nn.Module {
  /** Those that vote. */
  readonly networks: nn.ModuleList;

  /** Of networks for the same images and classes. */
  constructor(networks: Iterable<nn.Module>) {
    super();
    this.networks = new nn.ModuleList(networks);
  }

  /** What each of them takes → logarithms of the mean probabilities [b, classes]. */
  forward(x: Tensor): Tensor {
    const answers = Array.from(this.networks, (network) => network.forward(x).softmax(1));
    return stack(answers).mean(0).add(TINY).log();
  }
}
