/**
 * What network weights belong to, told by their names and shapes alone.
 *
 * @module
 */
import { nn } from "@glim/glim";
import { CONVOLUTIONAL } from "../recipes/recipes.ts";
import { type Design, imageKindOf, recipeDesign, reportDesign } from "./design.ts";

/**
 * The design of weights without a config: one of the paper's networks, for square images, or a
 * recipe's, for images of 28 × 28. Undefined for others. The weights of a network with tanh look as
 * those with ReLU do: ReLU is what is taken.
 */
export function designByKeys(state: nn.StateDict): Design | undefined {
  return linearDesign(state) ?? convolutionalDesign(state);
}

/** `layers.0.weight`, `layers.2.weight` …: linear layers with activations between them. */
function linearDesign(state: nn.StateDict): Design | undefined {
  const first = state.keys().next().value ?? "";
  const prefix = first.startsWith("1.") ? "1." : "";
  const shape = state.get(`${prefix}layers.0.weight`)?.shape;
  if (shape?.length !== 2) return undefined;
  const side = Math.sqrt(shape[1]!);
  if (!Number.isInteger(side) || state.size % 2 !== 0) return undefined;
  const layers = state.size / 2;
  const classes = state.get(`${prefix}layers.${2 * layers - 2}.weight`)?.shape[0];
  if (classes === undefined) return undefined;
  const images = { imageShape: [side, side] as const, classes };
  const choices = { layers, hidden: shape[0]!, activation: "relu" as const };
  const design = reportDesign(choices, images);
  const title = choices.layers === 1 ? design.title : `${design.title} (ReLU is a guess)`;
  if (prefix === "") return { ...design, title };
  // The recipe's network has a layer before it that makes pixels of pictures.
  return {
    ...design,
    title,
    isFlat: false,
    network: (kind) => new nn.Sequential(new nn.Flatten(), design.network(kind)),
  };
}

function convolutionalDesign(state: nn.StateDict): Design | undefined {
  const images = imageKindOf(undefined, state);
  const wanted = describe(state);
  for (const { name, network } of CONVOLUTIONAL) {
    using model = network(images);
    const own = model.stateDict();
    const found = describe(own);
    for (const tensor of own.values()) tensor[Symbol.dispose]();
    if (found === wanted) return recipeDesign(name, images);
  }
  return undefined;
}

/** Names and shapes. */
function describe(state: nn.StateDict): string {
  return Array.from(state, ([name, { shape }]) => `${name} ${shape.join(" ")}`).sort().join("\n");
}
