// Recurrent layers.

export { recurrent, recurrentGrad } from "../recurrent/recurrent";
