import { data, fromTypedArray } from "../../../mod.ts";
import { type Pictures, PictureSet } from "../../../cli/recipes/pictures.ts";
import { mix } from "../../prng.ts";

/** Two classes of 12 × 12 pixels: bright above or bright below, with noise. */
export function madePictures(count = 64): Pictures {
  const picture = (seed: number) => {
    const pixels = Float32Array.from({ length: count * 144 }, (_, at) => {
      const isAbove = at % 144 < 72;
      const isBright = Math.floor(at / 144) % 2 === (isAbove ? 0 : 1);
      return (isBright ? 0.6 : 0) + 0.4 * (mix(seed, at) & 255) / 255;
    });
    const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
    const flat = new data.TensorDataset(
      fromTypedArray(pixels, [count, 144]),
      fromTypedArray(labels, [count]),
    );
    return new PictureSet(flat, [12, 12]);
  };
  return { train: picture(1), dev: picture(2), test: picture(3), imageShape: [12, 12], classes: 2 };
}
