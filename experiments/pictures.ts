/** Classes of pictures in a folder: what `deno task train --data FOLDER` runs. */
import { pictureExperiment } from "@glim/cli";

export default pictureExperiment();
