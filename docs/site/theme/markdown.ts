/**
 * Which blocks of TypeScript can be run in the page.
 *
 * @module
 */

/** What is needed of a token of markdown-it. */
interface Token {
  readonly info: string;
}

/** What is needed of markdown-it. */
interface MarkdownIt {
  readonly renderer: {
    readonly rules: {
      fence?: (tokens: Token[], index: number, ...rest: unknown[]) => string;
    };
  };
}

/** Words behind a fence of code that no page runs: it is quoted, or wants files. */
const NOT_RUN = ["signature", "ignore", "files"];

/** Marks the blocks that a page runs by a class. */
export function markRunnable(markdown: MarkdownIt): void {
  const plain = markdown.renderer.rules.fence!;
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const html = plain(tokens, index, ...rest);
    const [language, ...words] = tokens[index]!.info.trim().split(/\s+/);
    const isRun = language === "ts" && !words.some((word) => NOT_RUN.includes(word));
    return isRun ? html.replace('class="', 'class="runnable ') : html;
  };
}
