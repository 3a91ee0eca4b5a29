// Optimizers whose steps adapt: Adam, RMSprop.

export { adam } from "../optim/adam";
export { rmsprop } from "../optim/rmsprop";
