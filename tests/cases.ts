/**
 * The table of op cases. A row is one call: its inputs, how Glim makes it, how PyTorch makes it.
 * `ops_test.ts` runs each row against PyTorch's values and gradients (`fixtures/ops.json`, made
 * from this table by `fixtures/make.py`), `ops_gradients_test.ts` differentiates it numerically and
 * counts what it leaves behind. A new op is a new row in one of the families in `cases/`; then run
 * `python tests/fixtures/make.py ops`.
 */
import type { Case } from "./cases/case.ts";
import { activations } from "./cases/activations.ts";
import { attention } from "./cases/attention.ts";
import { binary } from "./cases/binary.ts";
import { casts } from "./cases/casts.ts";
import { convolution } from "./cases/convolution.ts";
import { decompositions } from "./cases/decompositions.ts";
import { functions } from "./cases/functions.ts";
import { linearAlgebra } from "./cases/linear_algebra.ts";
import { ofTwo } from "./cases/of_two.ts";
import { order } from "./cases/order.ts";
import { specials } from "./cases/special.ts";
import { statistics } from "./cases/statistics.ts";
import { embedding } from "./cases/embedding.ts";
import { inPlace } from "./cases/in_place.ts";
import { indexing } from "./cases/indexing.ts";
import { labelLosses } from "./cases/label_losses.ts";
import { layout } from "./cases/layout.ts";
import { layers } from "./cases/layers.ts";
import { imagesMore } from "./cases/images_more.ts";
import { losses } from "./cases/losses.ts";
import { normalization } from "./cases/normalization.ts";
import { picking } from "./cases/picking.ts";
import { pooling } from "./cases/pooling.ts";
import { products } from "./cases/products.ts";
import { reductions } from "./cases/reductions.ts";
import { shifts } from "./cases/shifts.ts";
import { threaded } from "./cases/threaded.ts";
import { transformer } from "./cases/transformer.ts";
import { unary } from "./cases/unary.ts";
import { views } from "./cases/views.ts";

export type { Case, Ops } from "./cases/case.ts";

/** All rows: the table. */
export const cases: Case[] = [
  ...unary,
  ...binary,
  ...reductions,
  ...products,
  ...decompositions,
  ...views,
  ...indexing,
  ...casts,
  ...inPlace,
  ...layers,
  ...convolution,
  ...activations,
  ...pooling,
  ...normalization,
  ...embedding,
  ...shifts,
  ...attention,
  ...transformer,
  ...labelLosses,
  ...losses,
  ...imagesMore,
  ...layout,
  ...picking,
  ...functions,
  ...ofTwo,
  ...statistics,
  ...specials,
  ...order,
  ...linearAlgebra,
  ...threaded,
];
