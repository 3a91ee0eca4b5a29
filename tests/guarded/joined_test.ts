import { JOINED } from "../subprocess.ts";
import { guarded } from "./run.ts";

// each kernel optimised before its first call, without a check of its addresses
guarded("where the engine joins vectors and checks no bounds", {
  env: { GUARDED_THREADS: "1" },
  flags: [`${JOINED},--no-liftoff`, "--filter=in the wide build"],
  files: ["tests/ops_test.ts"],
});
