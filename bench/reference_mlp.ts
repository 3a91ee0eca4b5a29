/**
 * A network of linear layers and relu, trained in float64 by the plainest loops: what training and
 * inference are checked against.
 *
 * @module
 */
import type { Layer } from "./seeds.ts";

/** Linear layers with relu between them, cross-entropy, and SGD with PyTorch's momentum. */
export class ReferenceMlp {
  readonly #layers: { w: Float64Array; b: Float64Array; mw: Float64Array; mb: Float64Array }[];
  readonly #sizes: number[];

  /** Copies the parameters. */
  constructor(layers: readonly Layer[]) {
    this.#sizes = [layers[0]!.inputs, ...layers.map((layer) => layer.outputs)];
    this.#layers = layers.map(({ weight, bias }) => ({
      w: Float64Array.from(weight),
      b: Float64Array.from(bias),
      mw: new Float64Array(weight.length),
      mb: new Float64Array(bias.length),
    }));
  }

  /** Log-probabilities [n, classes] of x [n, inputs]. */
  predict(x: Float32Array): Float64Array {
    const out = this.#activations(x).at(-1)!;
    const classes = this.#sizes.at(-1)!;
    for (let row = 0; row < out.length; row += classes) {
      const logits = out.subarray(row, row + classes);
      const max = Math.max(...logits);
      const sum = logits.reduce((s, logit) => s + Math.exp(logit - max), 0);
      for (let j = 0; j < classes; j++) logits[j]! -= max + Math.log(sum);
    }
    return out;
  }

  /** One step on x [n, inputs] and labels y [n]. Returns the mean loss before it. */
  step(x: Float32Array, y: Int32Array, lr: number, momentum: number): number {
    const acts = this.#activations(x);
    const logp = this.predict(x);
    const classes = this.#sizes.at(-1)!;
    const n = y.length;
    let loss = 0;
    let dy = logp.map(Math.exp); // softmax − onehot, over n
    y.forEach((label, i) => {
      loss -= logp[i * classes + label]! / n;
      dy[i * classes + label]! -= 1;
    });
    dy = dy.map((d) => d / n);
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const dx = this.#backward(l, acts[l]!, dy, n, lr, momentum);
      dy = dx.map((d, i) => acts[l]![i]! > 0 ? d : 0);
    }
    return loss;
  }

  /** The input of every layer, and the logits. */
  #activations(x: Float32Array): Float64Array[] {
    const acts = [Float64Array.from(x)];
    const n = x.length / this.#sizes[0]!;
    this.#layers.forEach(({ w, b }, l) => {
      const [inputs, outputs] = [this.#sizes[l]!, this.#sizes[l + 1]!];
      const isLast = l === this.#layers.length - 1;
      const from = acts[l]!;
      const to = new Float64Array(n * outputs);
      for (let i = 0; i < n; i++) {
        for (let o = 0; o < outputs; o++) {
          let sum = b[o]!;
          for (let j = 0; j < inputs; j++) sum += from[i * inputs + j]! * w[o * inputs + j]!;
          to[i * outputs + o] = isLast ? sum : Math.max(sum, 0);
        }
      }
      acts.push(to);
    });
    return acts;
  }

  /** Updates a layer; x is its input. Returns dx, for the weights as they were. */
  #backward(
    l: number,
    x: Float64Array,
    dy: Float64Array,
    n: number,
    lr: number,
    momentum: number,
  ): Float64Array {
    const { w, b, mw, mb } = this.#layers[l]!;
    const [inputs, outputs] = [this.#sizes[l]!, this.#sizes[l + 1]!];
    const dx = new Float64Array(n * inputs);
    const dw = new Float64Array(w.length);
    const db = new Float64Array(b.length);
    for (let i = 0; i < n; i++) {
      for (let o = 0; o < outputs; o++) {
        const d = dy[i * outputs + o]!;
        db[o]! += d;
        for (let j = 0; j < inputs; j++) {
          dw[o * inputs + j]! += d * x[i * inputs + j]!;
          dx[i * inputs + j]! += d * w[o * inputs + j]!;
        }
      }
    }
    for (const [value, m, gradient] of [[w, mw, dw], [b, mb, db]] as const) {
      for (let i = 0; i < value.length; i++) {
        m[i] = momentum * m[i]! + gradient[i]!;
        value[i]! -= lr * m[i]!;
      }
    }
    return dx;
  }
}
