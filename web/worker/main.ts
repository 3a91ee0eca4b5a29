/**
 * Both workers of the page: one file, which a browser fetches and keeps once.
 *
 * @module
 */
import { startReader } from "./reader.ts";
import { workerScope } from "./scope.ts";
import { startTrainer } from "./trainer.ts";

if (workerScope().name === "reader") startReader();
else startTrainer();
