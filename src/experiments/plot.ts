/**
 * Training curves as a picture: the report's figure 1.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { bestEpoch, type EpochRecord } from "../train/epoch_record.ts";

/** One of several pictures side by side. */
type Panel = Extract<TopLevelSpec, { hconcat: unknown }>["hconcat"][number];

/** Blue and vermilion: apart in print, and for every kind of colour vision. */
const COLOURS = ["#0072b2", "#d55e00"];

/**
 * Draws loss and accuracy over the epochs, training and dev set, side by side; the epoch with the
 * best dev accuracy is marked. Gives an SVG document. Throws RangeError for an empty history.
 */
export async function curvesSvg(history: readonly EpochRecord[]): Promise<string> {
  const best = bestEpoch(history);
  // Loaded at the call: together they take longer than a short training.
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const view = new vega.View(vega.parse(compile(curvesSpec(history, best)).spec), {
    renderer: "none",
  });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function curvesSpec(history: readonly EpochRecord[], best: EpochRecord): TopLevelSpec {
  const points = history.flatMap((e) => [
    { epoch: e.epoch, set: "train", loss: e.trainLoss, accuracy: e.trainAccuracy },
    { epoch: e.epoch, set: "dev", loss: e.devLoss, accuracy: e.devAccuracy },
  ]);
  return {
    background: "white",
    padding: 12,
    title: `Dashed: best dev accuracy, ${best.devAccuracy.toFixed(4)} after epoch ${best.epoch}`,
    data: { values: points },
    spacing: 40,
    hconcat: [panel("loss", "Loss", best.epoch), panel("accuracy", "Accuracy", best.epoch)],
    config: {
      font: "Helvetica, Arial, sans-serif",
      view: { stroke: null },
      axis: {
        labelFontSize: 12,
        titleFontSize: 13,
        titleFontWeight: "normal",
        titlePadding: 8,
        gridColor: "#e6e6e6",
        domainColor: "#888888",
        tickColor: "#888888",
      },
      legend: { labelFontSize: 12, symbolStrokeWidth: 2.5, symbolType: "stroke" },
      title: { fontSize: 14, fontWeight: "normal", anchor: "start", offset: 14 },
    },
  };
}

/** One quantity over the epochs: a line for each set, and the marked epoch as a dashed line. */
function panel(field: "loss" | "accuracy", title: string, marked: number): Panel {
  return {
    width: 340,
    height: 240,
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        axis: { title: "Epoch", tickMinStep: 1, format: "d", grid: false, labelFlush: false },
        scale: { nice: false, zero: false },
      },
    },
    layer: [
      {
        data: { values: [{ epoch: marked }] },
        mark: { type: "rule", color: "#777777", strokeDash: [4, 4] },
      },
      {
        mark: { type: "line", point: { size: 20 }, strokeWidth: 2 },
        encoding: {
          y: { field, type: "quantitative", axis: { title }, scale: { zero: field === "loss" } },
          color: {
            field: "set",
            type: "nominal",
            scale: { domain: ["train", "dev"], range: COLOURS },
            legend: { title: null },
          },
        },
      },
    ],
  };
}
