/**
 * W10: a training step of ResNet-20 and of depthwise separable convolutions on pictures of 32 × 32 in three
 * colours, 32 at a time, and what either takes for one picture. W10check: the losses of ResNet-20's first
 * ten steps.
 *
 * Their limit counts a convolution as the sum of products that it is, as that of W4 does.
 *
 * @module
 */
import { type nn, noGrad, steps, type Tensor } from "@glim/glim";
import type { Case } from "../case.ts";
import { checkNear } from "../check.ts";
import { gflopOf } from "../network.ts";
import {
  mobile,
  MOBILE_PRODUCTS,
  noisePictures,
  resnet20,
  RESNET_PRODUCTS,
} from "../picture_networks.ts";
import { KNOWN_LOSS, MOMENTUM } from "../spec.ts";
import { checkLoss, type Plan, stepCase } from "../training_run.ts";

/** The networks by their names, with what is known of each. */
const NETWORKS = {
  resnet: {
    title: "ResNet-20",
    make: resnet20,
    products: RESNET_PRODUCTS,
    loss: KNOWN_LOSS.resnet,
  },
  mobile: {
    title: "depthwise separable",
    make: mobile,
    products: MOBILE_PRODUCTS,
    loss: KNOWN_LOSS.mobile,
  },
} as const;

/** W10. */
export function* pictures(): Generator<Case> {
  const set = noisePictures();
  for (const [net, { title, make, products, loss }] of Object.entries(NETWORKS)) {
    const { batch, lr, known } = loss;
    const plan: Plan = { set, model: make, batch, sgd: { lr, momentum: MOMENTUM } };
    for (
      const row of stepCase(
        "W10",
        `${title}, a step of ${batch}, samples/s`,
        plan,
        gflopOf(products, true),
        () => checkLoss(plan, known),
      )
    ) yield { ...row, params: { net, batch } };
    yield* asked(net, title, make(), products, set.batch(Int32Array.of(0))[0]);
  }
}

/** Pictures before the first that is timed: the engine compiles so many calls in some tenths of a second. */
const BEGUN = 300;

/** What one picture takes. */
function* asked(
  net: string,
  title: string,
  model: nn.Module<[x: Tensor]>,
  products: readonly number[],
  x: Tensor,
): Generator<Case> {
  using _model = model.eval();
  const answer = () => model.forward(x).toTypedArray();
  const run = (k: number) =>
    noGrad(() => {
      for (const _i of steps(k)) answer();
    });
  yield {
    workload: "W10",
    params: { net, batch: 1 },
    title: `${title}, one picture, µs`,
    unit: "us",
    limit: ["fma", gflopOf(products, false)],
    notes: `output copied out; after ${BEGUN} of them`,
    check: () => {
      const actual = noGrad(answer);
      const plain = NETWORKS[net as keyof typeof NETWORKS].make().eval().to("reference");
      const expected = noGrad(() => plain.forward(x.to("reference")).toTypedArray());
      expected.forEach((value, i) => checkNear(`logit ${i}`, actual[i]!, value, 1e-5));
      run(BEGUN);
    },
    run,
  };
}
