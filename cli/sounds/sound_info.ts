/** What is known of sounds that were learnt from. */

/** What of sounds is kept with the network. */
export interface SoundInfo {
  /** One channel, bands of the mel scale, frames. */
  readonly shape: readonly [1, mels: number, frames: number];
  readonly classNames: readonly string[];
  readonly sampleRate: number;
  /** Samples that are listened to. */
  readonly samples: number;
  /** Samples of a frame, and from one to the next. */
  readonly frame: number;
  readonly hop: number;
  /** Of what is learnt from: the mean of the bands' logarithms, and their deviation. */
  readonly mean: number;
  readonly deviation: number;
}
