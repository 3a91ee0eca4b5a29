/** The garbage collector, when a test wants it. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** Collects what nobody holds, now. Finalisers run when the program next yields to the event loop. */
export const collect: () => void = runInNewContext("gc");
