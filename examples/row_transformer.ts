/**
 * A tiny transformer that reads an image as a text of 28 rows: each row is a token, attention lets
 * rows look at one another, and the mean of all tokens is classified. Vaswani et al., "Attention is
 * all you need", 2017, with normalisation before and not behind each part (Xiong et al., 2020). 98.4 %
 * of the test images after 5 epochs, in two minutes.
 *
 *     deno run --allow-read examples/row_transformer.ts # the first deno task train brings MNIST
 *
 * @module
 */
import { manualSeed, nn, optim, randn, type Tensor } from "@glim/glim";
import { fit } from "./fit.ts";

/** Tokens look at one another, then each is thought over by itself. x: [b, rows, e], same out. */
class Block extends nn.Module {
  norm1: nn.LayerNorm;
  attention: nn.MultiheadAttention;
  norm2: nn.LayerNorm;
  mlp: nn.Sequential;

  constructor(e: number, heads: number) {
    super();
    this.norm1 = new nn.LayerNorm(e);
    this.attention = new nn.MultiheadAttention(e, heads, { batchFirst: true });
    this.norm2 = new nn.LayerNorm(e);
    this.mlp = new nn.Sequential(new nn.Linear(e, 2 * e), new nn.GELU(), new nn.Linear(2 * e, e));
  }

  forward(x: Tensor): Tensor {
    x = x.add(this.attention.forward(this.norm1.forward(x)));
    return x.add(this.mlp.forward(this.norm2.forward(x)));
  }
}

/** x: [b, 784] → [b, 10]. */
class RowTransformer extends nn.Module {
  embedding = new nn.Linear(28, 64); // of a row's pixels
  position = new nn.Parameter(randn([28, 64]).mul(0.02)); // added, or rows would have no order
  blocks = new nn.Sequential(new Block(64, 4), new Block(64, 4));
  norm = new nn.LayerNorm(64);
  head = new nn.Linear(64, 10);

  forward(x: Tensor): Tensor {
    x = this.embedding.forward(x.reshape(-1, 28, 28)).add(this.position); // [b, 28, 64]
    return this.head.forward(this.norm.forward(this.blocks.forward(x)).mean(1));
  }
}

manualSeed(0);
const model = new RowTransformer();
fit(model, new optim.AdamW(model.parameters(), { lr: 0.002, weightDecay: 0.05 }), 5);
