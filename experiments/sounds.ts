/** Classes of sounds in a folder: what `deno task train --data FOLDER` runs where it has WAV files. */
import { soundExperiment } from "@glim/cli";

export default soundExperiment();
