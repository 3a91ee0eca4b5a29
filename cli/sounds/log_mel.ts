/** The logarithms of a sound's bands as part of a network: for ONNX, whose input is then the sound. */
import { data, fromTypedArray, functional, nn, type Tensor } from "@glim/glim";
import type { SoundInfo } from "./sound_info.ts";

/** Sounds [n, samples] become [n, 1, mels, frames], scaled as what was learnt from. */
export class LogMel extends nn.Module<[x: Tensor]> {
  readonly #info: SoundInfo;
  readonly waves: Tensor;
  readonly bands: Tensor;

  constructor(info: SoundInfo) {
    super();
    this.#info = info;
    const { sampleRate, frame, shape: [, mels] } = info;
    const bins = frame / 2 + 1;
    const all = new Float32Array(2 * bins * frame);
    for (let k = 0; k < bins; k++) {
      for (let i = 0; i < frame; i++) {
        const angle = 2 * Math.PI * (k * i % frame) / frame;
        const hann = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / frame);
        all[k * frame + i] = hann * Math.cos(angle);
        all[(bins + k) * frame + i] = hann * Math.sin(angle);
      }
    }
    this.waves = this.registerBuffer("waves", fromTypedArray(all, [2 * bins, 1, 1, frame]));
    this.bands = this.registerBuffer("bands", data.melBands({ sampleRate, frame, mels }));
  }

  forward(x: Tensor): Tensor {
    const { hop, frame, mean, deviation } = this.#info;
    const bins = frame / 2 + 1;
    const parts = functional.conv2d(x.unsqueeze(1).unsqueeze(1), this.waves, null, {
      stride: [1, hop],
    }).squeeze(2).square();
    const power = parts.narrow(1, 0, bins).add(parts.narrow(1, bins, bins));
    const logs = functional.matmul(this.bands, power).add(1e-6).log();
    return logs.sub(mean).div(deviation).unsqueeze(1);
  }
}
