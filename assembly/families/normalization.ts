// Normalisation by channels and by rows.

export {
  channelAffine,
  channelAffineGrad,
  channelGradScale,
  channelScale,
} from "../norm/batch_norm";
export { channelSums } from "../norm/channel_sums";
export { layerNormGradRows, layerNormGradWeight, layerNormRows } from "../norm/layer_norm";
