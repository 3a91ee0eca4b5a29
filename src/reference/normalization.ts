/**
 * Normalisation by channels and by rows.
 *
 * @module
 */
import type { Channels, Normalization } from "../device/kernels.ts";
import { channelOf, sumChannels } from "./channels.ts";
import { numbers, store, tabulate } from "./memory.ts";

/** Normalisation by channels and by rows. */
export const normalization: Normalization = {
  channelSums(x, dy, mean, sum, product, channels) {
    const [from, d, means] = [numbers(x), numbers(dy), numbers(mean)];
    store(sum, sumChannels(channels, (i) => d[i]!));
    store(product, sumChannels(channels, (i, channel) => d[i]! * (from[i]! - means[channel]!)));
  },
  channelScale(variance, w, inverse, scale, eps) {
    const [v, weight] = [numbers(variance), numbers(w)];
    const inverses = Float64Array.from(
      { length: scale.numel },
      (_, i) => 1 / Math.sqrt(v[i]! + eps),
    );
    store(inverse, inverses);
    tabulate(scale, (i) => weight[i]! * inverses[i]!);
  },
  channelGradScale(sum, product, inverse, scale, dw, k, d, part) {
    const [s, p, v, w] = [numbers(sum), numbers(product), numbers(inverse), numbers(scale)];
    tabulate(dw, (i) => p[i]! * v[i]!);
    tabulate(k, (i) => -w[i]! * p[i]! * v[i]! ** 2 * part);
    tabulate(d, (i) => -w[i]! * s[i]! * part);
  },
  channelAffine(x, y, mean, scale, shift, channels) {
    const [from, m, s, b] = [numbers(x), numbers(mean), numbers(scale), numbers(shift)];
    tabulate(y, (i) => {
      const channel = channelOf(i, channels);
      return s[channel]! * (from[i]! - m[channel]!) + b[channel]!;
    });
  },
  channelAffineGrad(x, dy, dx, mean, scale, k, d, channels) {
    const [from, dOut, m] = [numbers(x), numbers(dy), numbers(mean)];
    const [s, slope, shift] = [numbers(scale), numbers(k), numbers(d)];
    tabulate(dx, (i) => {
      const channel = channelOf(i, channels);
      return s[channel]! * dOut[i]! + slope[channel]! * (from[i]! - m[channel]!) + shift[channel]!;
    });
  },
  layerNorm(x, w, b, y, stats, rows, n, eps) {
    const [from, weight, bias] = [numbers(x), numbers(w), numbers(b)];
    const each: Channels = [1, rows, n]; // a row is a channel of one sample
    const mean = sumChannels(each, (i) => from[i]!).map((sum) => sum / n);
    const inverse = sumChannels(each, (i, row) => (from[i]! - mean[row]!) ** 2)
      .map((sum) => 1 / Math.sqrt(sum / n + eps));
    tabulate(y, (i) => {
      const row = Math.floor(i / n);
      return (from[i]! - mean[row]!) * inverse[row]! * weight[i % n]! + bias[i % n]!;
    });
    tabulate(stats, (i) => i % 2 === 0 ? mean[i >> 1]! : inverse[i >> 1]!);
  },
  layerNormGrad(x, w, dy, stats, dx, rows, n) {
    const [from, weight, d, s] = [numbers(x), numbers(w), numbers(dy), numbers(stats)];
    const normalized = (i: number, row: number) => (from[i]! - s[2 * row]!) * s[2 * row + 1]!;
    const each: Channels = [1, rows, n];
    const sum = sumChannels(each, (i) => d[i]! * weight[i % n]!);
    const product = sumChannels(each, (i, row) => d[i]! * weight[i % n]! * normalized(i, row));
    tabulate(dx, (i) => {
      const row = Math.floor(i / n);
      const along = sum[row]! + normalized(i, row) * product[row]!;
      return s[2 * row + 1]! * (d[i]! * weight[i % n]! - along / n);
    });
  },
  layerNormGradWeight(x, dy, stats, dw, db, rows, n) {
    const [from, d, s] = [numbers(x), numbers(dy), numbers(stats)];
    const each: Channels = [rows, n, 1];
    const product = sumChannels(each, (i) => {
      const row = Math.floor(i / n);
      return d[i]! * (from[i]! - s[2 * row]!) * s[2 * row + 1]!;
    });
    store(db, sumChannels(each, (i) => d[i]!));
    store(dw, product);
  },
};
