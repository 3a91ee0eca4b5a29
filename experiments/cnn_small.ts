/** As cnn.ts with fewer channels, for 4 epochs: 99.5 % in a fifth of the time. */
import { convolutional } from "./cnn.ts";

export default convolutional({
  channels: [16, 24, 24, 48, 48],
  epochs: 4,
  elastic: 0.4, // more gains nothing in so few epochs
  figures: { dev: 0.9946, test: 0.9954, seeds: 3, votes: { 3: 0.9956 } },
});
