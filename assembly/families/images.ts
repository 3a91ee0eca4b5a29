// Pooling, and changes of images.

export { avgPool, avgPoolGrad } from "../pool/avg";
export { halve, halveGrad } from "../pool/halve";
export { maxPool, maxPoolGrad } from "../pool/max";
export { warp } from "../image/warp";
