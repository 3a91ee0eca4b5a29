import { guarded } from "./run.ts";

guarded("on threads whose number changes from op to op, above 2 GiB", {
  env: { GUARDED_THREADS: "3", GUARDED_ABOVE: `${2.2e9}` },
});
