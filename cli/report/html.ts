/** HTML out of templates: what is filled in is escaped. */

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in a template; nothing is left of undefined and false. */
export type Part = string | number | Markup | undefined | false | readonly Part[];

/** HTML with parts filled in, all of them escaped but {@link Markup}. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(
    strings.reduce((text, string, i) => text + render(parts[i - 1]) + string, ""),
  );
}

function render(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return escaped(String(part));
}

/** Text as HTML, in attributes too. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** A number as it is printed in books, with a true minus sign. */
export function typeset(number: string): string {
  return number.replace(/-(?=\d)/g, "−");
}

/** A table that scrolls sideways where the page is narrow. */
export function table(
  { caption, head, rows, className = "" }: {
    caption: string;
    head: readonly Part[];
    /** The first cell of each row names it. */
    rows: readonly (readonly Part[])[];
    className?: string;
  },
): Markup {
  return scrolled(
    caption,
    html`
      <table class="${className}">
        <caption>${caption}</caption>
        <thead>
          <tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>
        </thead>
        <tbody>${rows.map(([name, ...cells]) =>
          html`
            <tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
          `
        )}</tbody>
      </table>
    `,
  );
}

/** What scrolls sideways where the page is narrow, and has a name for those who do not see it. */
export function scrolled(label: string, content: Markup): Markup {
  return html`
    <div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>
  `;
}
