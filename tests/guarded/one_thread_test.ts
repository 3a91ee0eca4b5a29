import { guarded, OPS } from "./run.ts";

guarded("on one thread", { env: { GUARDED_THREADS: "1" }, files: OPS });
