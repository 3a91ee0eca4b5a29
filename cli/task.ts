/**
 * What a program behind a task needs, besides what it does: `import { print } from "@glim/cli/task"`.
 */
export { valuesOf } from "./launch.ts";
export { mnistPackageFolder } from "./mnist_package.ts";
export { OUTPUT, print } from "./print.ts";
export { type Permissions, startDeno } from "./start_deno.ts";
