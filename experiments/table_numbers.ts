/** A column of numbers, learnt from the others: what `deno task train --data FILE` runs. */
import { tableExperiment } from "@glim/cli";

export default tableExperiment("numbers");
