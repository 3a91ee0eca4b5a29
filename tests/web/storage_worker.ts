/** A worker that trains in a page; `noStorage` is a browser that refuses to store anything. */
import { setKernelBuild, train } from "../../mod.ts";
import { type Options, training } from "../train/worker/training.ts";

/** What it serves. */
export const fit = train.serveTrainer((options: Options & { noStorage?: boolean }) => {
  setKernelBuild("strict");
  if (options.noStorage) {
    navigator.storage.getDirectory = () => Promise.reject(new DOMException("no", "SecurityError"));
  }
  return training(options);
});
