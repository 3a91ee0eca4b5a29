import { arange, full, zeros } from "../tensor/create.ts";
import {
  atMost,
  check,
  checkOptions,
  type Kind,
  kind,
  type Kinds,
  numberThat,
  orNull,
  whole,
} from "../core/options.ts";
import { tensorKind } from "../ops/check.ts";
import { where } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ModuleList } from "./container.ts";
import { xavierUniform_ } from "./init.ts";
import { type AnyModule, MODULE, Module } from "./module.ts";
import { LayerNorm } from "./norm.ts";
import {
  type DecoderLayerInputs,
  type EncoderLayerInputs,
  TRANSFORMER_LAYER,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer_layer.ts";

/** Options of {@link TransformerEncoder} and {@link TransformerDecoder}. */
export interface TransformerStackOptions {
  /** What normalises in the end. Default: nothing. */
  norm?: Module<[x: Tensor]> | null;
}

/** How many layers a stack has; bounded, as each is a copy. */
const LAYERS = numberThat(
  "a whole number from 1 to 10000",
  (n) => Number.isSafeInteger(n) && n >= 1 && n <= 10_000,
);

const STACK: Kinds<TransformerStackOptions> = { norm: orNull(MODULE) };

/** So many layers like one, which start with its weights. */
function copies<L extends TransformerEncoderLayer | TransformerDecoderLayer>(
  layer: L,
  n: number,
): L[] {
  const Layer = layer.constructor as new (...made: L["made"]) => L;
  return Array.from({ length: n }, () => {
    const copy = new Layer(...layer.made);
    copy.loadStateDict(layer.stateDict());
    return copy;
  });
}

function layerKind(name: string, Layer: new (...args: never[]) => AnyModule): Kind {
  return kind(`a ${name}`, (value) => value instanceof Layer);
}

/** Several encoder layers, one after the other, which start alike. */
export class TransformerEncoder extends Module<[src: Tensor, masks?: EncoderInputs]> {
  /** The layers. */
  readonly layers: ModuleList<TransformerEncoderLayer>;
  /** What normalises in the end. */
  readonly norm: Module<[x: Tensor]> | null;

  /** So many layers like the one that is given. */
  constructor(
    encoderLayer: TransformerEncoderLayer,
    numLayers: number,
    options: TransformerStackOptions = {},
  ) {
    const name = "TransformerEncoder";
    atMost(3, arguments.length, `${name}(encoderLayer, numLayers, { norm })`);
    check(
      name,
      "the layer",
      encoderLayer,
      layerKind("TransformerEncoderLayer", TransformerEncoderLayer),
    );
    check(name, "the number of layers", numLayers, LAYERS);
    const { norm = null } = checkOptions(name, options, STACK);
    super();
    this.layers = new ModuleList(copies(encoderLayer, numLayers));
    this.norm = norm;
  }

  /** src as the layers take it, with their masks. */
  forward(src: Tensor, { mask, ...masks }: EncoderInputs = {}): Tensor {
    atMost(2, arguments.length, "TransformerEncoder.forward(src, masks)");
    let x = src;
    for (const layer of this.layers) x = layer.forward(x, { ...masks, srcMask: mask ?? null });
    return this.norm === null ? x : this.norm.forward(x);
  }
}

/** Masks of {@link TransformerEncoder}: those of its layers, of which `srcMask` is called `mask`. */
export interface EncoderInputs extends Omit<EncoderLayerInputs, "srcMask"> {
  /** [l, l] or [n · heads, l, l]: where a token may not look. */
  mask?: Tensor | null;
}

/** Several decoder layers, one after the other, which start alike. */
export class TransformerDecoder
  extends Module<[tgt: Tensor, memory: Tensor, masks?: DecoderLayerInputs]> {
  /** The layers. */
  readonly layers: ModuleList<TransformerDecoderLayer>;
  /** What normalises in the end. */
  readonly norm: Module<[x: Tensor]> | null;

  /** So many layers like the one that is given. */
  constructor(
    decoderLayer: TransformerDecoderLayer,
    numLayers: number,
    options: TransformerStackOptions = {},
  ) {
    const name = "TransformerDecoder";
    atMost(3, arguments.length, `${name}(decoderLayer, numLayers, { norm })`);
    check(
      name,
      "the layer",
      decoderLayer,
      layerKind("TransformerDecoderLayer", TransformerDecoderLayer),
    );
    check(name, "the number of layers", numLayers, LAYERS);
    const { norm = null } = checkOptions(name, options, STACK);
    super();
    this.layers = new ModuleList(copies(decoderLayer, numLayers));
    this.norm = norm;
  }

  /** tgt and memory as the layers take them, with their masks. */
  forward(tgt: Tensor, memory: Tensor, masks: DecoderLayerInputs = {}): Tensor {
    atMost(3, arguments.length, "TransformerDecoder.forward(tgt, memory, masks)");
    let x = tgt;
    for (const layer of this.layers) x = layer.forward(x, memory, masks);
    return this.norm === null ? x : this.norm.forward(x);
  }
}

/** Options of {@link Transformer}. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Length of a token. Default: 512. */
  dModel?: number;
  /** Heads. Default: 8. */
  nhead?: number;
  /** Default: 6. */
  numEncoderLayers?: number;
  /** Default: 6. */
  numDecoderLayers?: number;
}

const TRANSFORMER: Kinds<TransformerOptions> = {
  ...TRANSFORMER_LAYER,
  dModel: whole(1),
  nhead: whole(1),
  numEncoderLayers: whole(1),
  numDecoderLayers: whole(1),
};

/** Masks of {@link Transformer}. As PyTorch's: of bool, true hides; of float32, added. */
export interface TransformerInputs extends DecoderLayerInputs {
  /** [s, s]: where a token of the source may not look. */
  srcMask?: Tensor | null;
  /** [n, s]: which tokens of the source nobody looks at. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether token i of the source may look at tokens 0 to i only. Default: false. */
  srcIsCausal?: boolean;
}

const MASK: Kind = orNull(tensorKind);

/** An encoder, and a decoder that looks at what it makes: Vaswani et al., 2017. */
export class Transformer extends Module<[src: Tensor, tgt: Tensor, masks?: TransformerInputs]> {
  /** Of the source. */
  readonly encoder: TransformerEncoder;
  /** Of the target. */
  readonly decoder: TransformerDecoder;

  /** Matrices start by Xavier's rule, as PyTorch's do. */
  constructor(options: TransformerOptions = {}) {
    atMost(1, arguments.length, "Transformer(options)");
    checkOptions("Transformer", options, TRANSFORMER);
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6, ...layer } =
      options;
    super();
    const { layerNormEps: eps = 1e-5, bias = true } = layer;
    const norm = () => new LayerNorm(dModel, { eps, bias });
    using encoderLayer = new TransformerEncoderLayer(dModel, nhead, layer);
    using decoderLayer = new TransformerDecoderLayer(dModel, nhead, layer);
    this.encoder = new TransformerEncoder(encoderLayer, numEncoderLayers, { norm: norm() });
    this.decoder = new TransformerDecoder(decoderLayer, numDecoderLayers, { norm: norm() });
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavierUniform_(parameter);
  }

  /** src: [s, n, e] and tgt: [l, n, e] (or [n, …, e] with `batchFirst`) → in tgt's shape. */
  forward(src: Tensor, tgt: Tensor, masks: TransformerInputs = {}): Tensor {
    atMost(3, arguments.length, "Transformer.forward(src, tgt, masks)");
    const { srcMask = null, srcKeyPaddingMask = null, srcIsCausal = false, ...rest } = masks;
    check("Transformer", "srcMask", srcMask, MASK);
    const memory = this.encoder.forward(src, {
      mask: srcMask,
      srcKeyPaddingMask,
      isCausal: srcIsCausal,
    });
    return this.decoder.forward(tgt, memory, rest);
  }

  /** [n, n] that hides what comes after a token: 0 on and below the diagonal, −∞ above. */
  static generateSquareSubsequentMask(n: number): Tensor {
    atMost(1, arguments.length, "generateSquareSubsequentMask(n)");
    check("generateSquareSubsequentMask", "n", n, whole(1));
    const at = arange(n, { dtype: "float32" });
    const isAfter = at.unsqueeze(0).gt(at.unsqueeze(1));
    return where(isAfter, full([n, n], -Infinity), zeros([n, n]));
  }
}
