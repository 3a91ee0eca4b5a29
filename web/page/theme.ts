/**
 * The colours of the page, for what is painted on canvases.
 *
 * @module
 */

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [r: number, g: number, b: number];

/** Colours by the names of the style sheet's custom properties. */
export interface Theme {
  /** Behind pictures: what zero looks like. */
  zero: Colour;
  /** Positive weights, activations, the first curve. */
  warm: Colour;
  /** Negative weights, the second curve. */
  cool: Colour;
  ink: string;
  muted: string;
  line: string;
}

/** The colours as they are now; they follow the system's light or dark. */
export function theme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    zero: colour(value("--zero")),
    warm: colour(value("--warm")),
    cool: colour(value("--cool")),
    ink: value("--ink"),
    muted: value("--muted"),
    line: value("--line"),
  };
}

/** Calls back when the system changes between light and dark. */
export function onThemeChange(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

/** `#rrggbb` as numbers. */
function colour(hex: string): Colour {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

/** CSS for a colour. */
export function css([r, g, b]: Colour, alpha = 1): string {
  return `rgb(${r} ${g} ${b} / ${alpha})`;
}
