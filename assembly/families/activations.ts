// Activations with settings: leaky ReLU, hardtanh and others.

export { leakyRelu } from "../elementwise/activation";
export { activation, activationGrad } from "../elementwise/activation_op";
