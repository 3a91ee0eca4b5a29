/** Sounds as networks take them: of one length and loudness, then the logarithms of their bands. */
import { data } from "@glim/glim";
import type { SoundInfo } from "./sound_info.ts";

/** Bands of the mel scale. */
export const MELS = 40;

/**
 * A sound as networks take it: at a rate of samples, the loudest part of a length, or all of it with
 * silence around it, and as loud as any other.
 */
export function placed(
  { sampleRate, samples }: data.Sound,
  to: Pick<SoundInfo, "sampleRate" | "samples">,
): Float32Array {
  const own = resampled(samples, sampleRate, to.sampleRate);
  const out = new Float32Array(to.samples);
  const begin = own.length > to.samples
    ? -loudest(own, to.samples)
    : Math.floor((to.samples - own.length) / 2);
  let most = 1e-9;
  for (let i = 0; i < to.samples; i++) {
    const value = own[i - begin] ?? 0;
    out[i] = value;
    most = Math.max(most, Math.abs(value));
  }
  return out.map((value) => value / most);
}

/** Where the part of a length begins that has the most power. */
function loudest(samples: Float32Array, length: number): number {
  let [power, most, best] = [0, -1, 0];
  for (let i = 0; i < samples.length; i++) {
    power += samples[i]! ** 2 - (i < length ? 0 : samples[i - length]! ** 2);
    if (i >= length - 1 && power > most) [most, best] = [power, i - length + 1];
  }
  return best;
}

/** Samples at another rate: of a lower one each is the mean of what it stands for. */
function resampled(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const step = from / to;
  return Float32Array.from({ length: Math.floor(samples.length / step) }, (_, i) => {
    const [begin, end] = [i * step, (i + 1) * step];
    if (step <= 1) {
      const [at, part] = [Math.floor(begin), begin % 1];
      return samples[at]! * (1 - part) + (samples[at + 1] ?? 0) * part;
    }
    let sum = 0;
    for (let at = Math.floor(begin); at < end && at < samples.length; at++) {
      sum += samples[at]! * (Math.min(end, at + 1) - Math.max(begin, at));
    }
    return sum / step;
  });
}

/** The logarithms of a sound that is placed. */
export function melOf(
  samples: Float32Array,
  { sampleRate, frame, hop }: Pick<SoundInfo, "sampleRate" | "frame" | "hop">,
): Float32Array {
  using mel = data.logMel(samples, { sampleRate, frame, hop, mels: MELS });
  return (mel.toTypedArray() as Float32Array).slice();
}
