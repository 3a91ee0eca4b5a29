// What larger trainings have: images read from bytes, dropout, running averages.

export { scaleList, squareSums } from "../optim/clip";
export { lerp } from "../optim/lerp";
export { dropout } from "../random/random";
export { gatherRowsU8 } from "../index/select";
