/**
 * Letting others run while a long loop computes.
 *
 * @module
 */
import { builtinModule } from "../core/builtin_module.ts";
import { outside } from "./outside.ts";
import type { Platform } from "../core/platform.ts";

declare const MessageChannel: Platform["MessageChannel"];
declare const performance: Platform["performance"];
declare const setTimeout: Platform["setTimeout"];

/** Milliseconds after which timers, signals, progress bars and a page's events get a turn. */
const INTERVAL = 50;

/** When a loop last let others run. */
export class EventLoopPause {
  #last = 0;

  /** Whether it is time to let them run; `now` as `performance.now()` tells it. */
  isDue(now: number): boolean {
    return now - this.#last > INTERVAL;
  }

  /** Lets them run. */
  take(): Promise<void> {
    return outside(
      new Promise((resolve) =>
        afterOthers(() => {
          this.#last = performance.now();
          resolve();
        })
      ),
    );
  }
}

/** Calls back after other events. Browsers, which have none of Node's modules, make nested timers
 * wait 4 ms, but not messages. */
function afterOthers(then: () => void): void {
  if (builtinModule("node:timers") !== undefined) {
    setTimeout(then, 0);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    then();
  };
  port2.postMessage(null);
}
