/** As cnn.ts with fewer channels, for 4 epochs: 99.6 % in a fifth of the time. */
import { convolutional } from "./cnn.ts";

const figures = { dev: 0.9946, test: 0.9954, seeds: 3, votes: { 3: 0.9956 } };

// images that are bent more gain nothing in so few epochs
export default convolutional([16, 24, 24, 48, 48], 4, 0.4, figures);
