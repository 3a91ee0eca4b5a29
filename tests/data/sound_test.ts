import assert from "node:assert/strict";
import { data } from "../../mod.ts";

/** A WAV file of these samples, each as the format has it. */
function wav(bits: number, channels: number, kind: number, values: number[]): Uint8Array {
  const width = bits / 8;
  const bytes = new Uint8Array(44 + values.length * width);
  const view = new DataView(bytes.buffer);
  const name = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  name(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  name(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, kind, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, bits, true);
  name(36, "data");
  view.setUint32(40, values.length * width, true);
  values.forEach((value, i) => {
    const at = 44 + i * width;
    if (kind === 3) view.setFloat32(at, value, true);
    else if (bits === 8) view.setUint8(at, value * 128 + 128);
    else if (bits === 16) view.setInt16(at, value * 2 ** 15, true);
    else if (bits === 24) {
      view.setUint16(at, (value * 2 ** 23) & 0xffff, true);
      view.setInt8(at + 2, (value * 2 ** 23) >> 16);
    } else view.setInt32(at, value * 2 ** 31, true);
  });
  return bytes;
}

Deno.test("WAV is read in all its widths, channels as their mean", () => {
  for (const [bits, kind] of [[8, 1], [16, 1], [24, 1], [32, 1], [32, 3]] as const) {
    const { sampleRate, samples } = data.decodeWav(wav(bits, 1, kind, [0, 0.5, -0.25, -1]));
    assert.equal(sampleRate, 8000);
    assert.deepEqual(Array.from(samples), [0, 0.5, -0.25, -1], `${bits} bits, format ${kind}`);
  }
  assert.deepEqual(Array.from(data.decodeWav(wav(16, 2, 1, [0.5, -0.5, 0.5, 0.25])).samples), [
    0,
    0.375,
  ]);
});

Deno.test("what is no WAV, is cut off or packed is refused", () => {
  const file = wav(16, 1, 1, [0, 0.5]);
  assert.throws(
    () => data.decodeWav(file.slice(0, 46)),
    /4 bytes of samples are told, 2 are there/,
  );
  assert.throws(() => data.decodeWav(file.slice(0, 36)), /the file has none/);
  assert.throws(() => data.decodeWav(new Uint8Array(50)), /does not begin as one/);
  assert.throws(() => data.decodeWav(wav(16, 1, 85, [0])), /format 85/);
});

Deno.test("a tone is loud in its band, and the power is that of Fourier's transform", () => {
  const rate = 16_000;
  const tone = (hertz: number) =>
    Float32Array.from({ length: 2048 }, (_, i) => Math.sin(2 * Math.PI * hertz * i / rate));
  const loudest = (hertz: number) => {
    const mel = data.logMel(tone(hertz));
    assert.deepEqual(mel.shape, [40, 10]);
    return mel.argmax(0).toArray() as number[];
  };
  const bands = [200, 500, 1000, 3000, 7000].map((hertz) => loudest(hertz)[0]!);
  assert.deepEqual(bands, [...bands].sort((a, b) => a - b));
  assert.equal(new Set(bands).size, 5);
  // by the definition: one frame, all bands
  const x = tone(440);
  const frame = 64;
  const mel = data.logMel(x.slice(0, frame), { frame, mels: 3, from: 0 }).toArray() as number[][];
  const power = Array.from({ length: frame / 2 + 1 }, (_, k) => {
    let [re, im] = [0, 0];
    for (let i = 0; i < frame; i++) {
      const v = x[i]! * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / frame));
      re += v * Math.cos(2 * Math.PI * k * i / frame);
      im -= v * Math.sin(2 * Math.PI * k * i / frame);
    }
    return re * re + im * im;
  });
  const top = 2595 * Math.log10(1 + 8000 / 700);
  const edge = (i: number) => 700 * (10 ** (top * i / 4 / 2595) - 1);
  for (let m = 0; m < 3; m++) {
    const [a, b, c] = [edge(m), edge(m + 1), edge(m + 2)];
    const sum = power.reduce((sum, p, k) => {
      const f = k * rate / frame;
      return sum + p * Math.max(0, Math.min((f - a) / (b - a), (c - f) / (c - b)));
    }, 0);
    assert.ok(Math.abs(mel[m]![0]! - Math.log(sum + 1e-6)) < 1e-4, `band ${m}`);
  }
  assert.throws(() => data.logMel(new Float32Array(10)), /at least 512 samples/);
});
