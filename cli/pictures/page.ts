/** A page of one file that tells the class of pictures: it holds the weights, and needs no server. */
import { nn } from "@glim/glim";
import type { Threshold } from "../asked.ts";
import { escaped } from "../report/html.ts";
import type { PictureInfo } from "./picture_data.ts";
import layers from "./layers.js" with { type: "text" };
import script from "./page.js" with { type: "text" };

/** A layer as the page's script computes it. */
export type Layer =
  | { kind: "conv"; weight: number[][][][]; bias: number[] }
  | { kind: "relu" | "pool" | "mean" }
  | { kind: "linear"; weight: number[][]; bias: number[] };

/** Numbers with as many digits as float32 has. */
const short = <T>(values: T): T =>
  JSON.parse(
    JSON.stringify(values, (_, v) => typeof v === "number" ? Number(v.toPrecision(7)) : v),
  );

/** The layers of a network that was made by `pictureNetwork`; a normalisation becomes part of its convolution. */
export function layersOf(model: nn.Module): Layer[] {
  const layers: Layer[] = [];
  for (const module of model.children()) {
    if (module instanceof nn.Conv2d) {
      const weight = module.weight.toArray() as number[][][][];
      layers.push({ kind: "conv", weight, bias: module.bias!.toArray() as number[] });
    } else if (module instanceof nn.BatchNorm2d) {
      const [gamma, beta, mean, variance] = [
        module.weight!,
        module.bias!,
        module.runningMean!,
        module.runningVar!,
      ].map((x) => x.toArray() as number[]);
      const conv = layers.at(-1) as Extract<Layer, { kind: "conv" }>;
      conv.weight.forEach((kernel, o) => {
        const scale = gamma![o]! / Math.sqrt(variance![o]! + module.eps);
        for (const plane of kernel) {
          for (const row of plane) row.forEach((w, k) => row[k] = w * scale);
        }
        conv.bias[o] = (conv.bias[o]! - mean![o]!) * scale + beta![o]!;
      });
    } else if (module instanceof nn.ReLU) layers.push({ kind: "relu" });
    else if (module instanceof nn.MaxPool2d) layers.push({ kind: "pool" });
    else if (module instanceof nn.AdaptiveAvgPool2d) layers.push({ kind: "mean" });
    else if (module instanceof nn.Linear) {
      const weight = module.weight.toArray() as number[][];
      layers.push({ kind: "linear", weight, bias: module.bias!.toArray() as number[] });
    }
  }
  return short(layers);
}

/** The page. */
export function picturePage(
  { shape, classNames }: PictureInfo,
  model: nn.Module,
  { title, threshold: { threshold } }: { title: string; threshold: Threshold },
): string {
  return pageOf({
    title,
    network: { shape, classNames, threshold, layers: layersOf(model) },
    scripts: [layers, script],
    body: `<label id="drop">Drop a picture here, or choose one:
<input id="file" type="file" accept="image/*"></label>
<output id="answer" for="file"></output>
<canvas id="seen" width="${shape[2]}" height="${shape[1]}"></canvas>`,
  });
}

/** A page around what the network is, what asks it and what one sees of it. */
export function pageOf(
  { title, network, scripts, body }: {
    title: string;
    network: object;
    scripts: readonly string[];
    body: string;
  },
): string {
  const json = JSON.stringify(network).replaceAll("<", "\\u003c"); // nothing in it may end the script
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src blob:">
<title>${escaped(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
#drop { border: 2px dashed; border-radius: .5rem; padding: 2rem; text-align: center; display: block }
output { display: block; margin: 1.5rem 0; font-size: 1.3rem }
button { font: inherit; margin-top: 1rem }
canvas { image-rendering: pixelated; width: 8rem; border: 1px solid }
meter { width: 8rem } td { padding: .1rem .8rem .1rem 0 }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body}
<table id="classes"></table>
<p>Computed in this page; nothing is sent anywhere.</p>
<script>const network = ${json};
${scripts.join("\n")}</script>
</body>
</html>
`;
}
