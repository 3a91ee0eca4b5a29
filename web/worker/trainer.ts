/**
 * The worker that learns. It owns the images, the network and the optimizer, and takes the page's
 * orders between two steps.
 *
 * @module
 */
import { getKernelBuild, getNumThreads, setNumThreads } from "@glim/glim";
import type { FromTrainer, ToTrainer } from "../shared/protocol.ts";
import { chooseKernels } from "./kernels.ts";
import { Learner } from "./learner.ts";
import { workerScope } from "./scope.ts";

/** More threads than this gain nothing in networks as small as these. */
const MAX_THREADS = 8;

/** Starts to take orders. */
export function startTrainer(): void {
  const worker = workerScope<ToTrainer, FromTrainer>();
  const learner = new Learner((message, transfer = []) => worker.postMessage(message, transfer));
  worker.onmessage = ({ data: order }) => {
    if (order.type === "open") {
      chooseKernels(order.kernels);
      const threads = getNumThreads();
      // with many processors, one stays free for the page
      setNumThreads(Math.min(MAX_THREADS, threads > 2 ? threads - 1 : threads));
      worker.postMessage({ type: "open", kernels: getKernelBuild(), threads: getNumThreads() });
    }
    learner.obey(order);
  };
}
