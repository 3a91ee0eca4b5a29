/** A page of one file that tells the class of sounds: it holds the weights, and needs no server. */
import { data, type nn } from "@glim/glim";
import type { Threshold } from "../asked.ts";
import { layersOf, pageOf } from "../pictures/page.ts";
import layers from "../pictures/layers.js" with { type: "text" };
import type { SoundInfo } from "./sound_info.ts";
import script from "./page.js" with { type: "text" };

/** The page. */
export function soundPage(
  info: SoundInfo,
  model: nn.Module,
  { title, threshold: { threshold } }: { title: string; threshold: Threshold },
): string {
  const { sampleRate, frame, samples, shape: [, mels, frames] } = info;
  const rows = data.melBands({ sampleRate, frame, mels }).toArray() as number[][];
  const bands = rows.map((row) => {
    const first = Math.max(0, row.findIndex((weight) => weight > 0));
    const last = row.findLastIndex((weight) => weight > 0);
    return { first, weights: row.slice(first, last + 1).map((w) => Number(w.toPrecision(7))) };
  });
  const seconds = (samples / sampleRate).toFixed(1);
  return pageOf({
    title,
    network: { ...info, threshold, bands, layers: layersOf(model) },
    scripts: [layers, script],
    body: `<label id="drop">Drop a sound here, or choose one:
<input id="file" type="file" accept="audio/*"></label>
<button id="record" type="button">Record ${seconds} s</button>
<output id="answer" for="file"></output>
<canvas id="seen" width="${frames}" height="${mels}"></canvas>`,
  });
}
