/**
 * Both workers of the page: one file, which a browser fetches and keeps once.
 *
 * @module
 */
import { startLearner } from "./learner.ts";
import { startReader } from "./reader.ts";
import { workerScope } from "./scope.ts";

if (workerScope().name === "reader") startReader();
else startLearner();
