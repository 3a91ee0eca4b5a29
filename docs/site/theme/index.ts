/**
 * VitePress's own theme, in which blocks of code can be run and edited.
 *
 * @module
 */
import { useRoute, withBase } from "vitepress";
import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme";
import { nextTick, onMounted, watch } from "vue";
import { makeRunnable } from "./run.ts";

const theme: Theme = {
  extends: DefaultTheme,
  setup() {
    const route = useRoute();
    const prepare = () =>
      nextTick(() => {
        for (const block of document.querySelectorAll<HTMLElement>("div.runnable")) {
          makeRunnable(block, withBase("/run/"));
        }
        // VitePress scrolls wide blocks and tables, which keys must reach, too.
        for (const wide of document.querySelectorAll<HTMLElement>(".vp-doc pre, .vp-doc table")) {
          wide.tabIndex = 0;
        }
      });
    onMounted(prepare);
    watch(() => route.path, prepare, { flush: "post" });
  },
};

export default theme;
