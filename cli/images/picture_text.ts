/** Small grey pictures in a terminal. */

/** Ink from here on is drawn where there are no greys. */
const DRAWN = 0.4;

/** Half blocks by what is drawn: nothing, the upper half, the lower, both. */
const BLOCKS = " ▀▄█";

/** The darkest of the 24 greys that terminals have, after which come the others. */
const DARKEST = 232;

/**
 * A picture as lines of text, a character for two pixels, one above the other.
 *
 * @param pixels [rows · columns] in [0, 1].
 * @param greys Whether to use a terminal's greys, as escape codes.
 */
export function pictureText(
  pixels: Float32Array,
  [rows, columns]: readonly [rows: number, columns: number],
  greys: boolean,
): string[] {
  const at = (row: number, column: number) => row < rows ? pixels[row * columns + column]! : 0;
  return Array.from({ length: Math.ceil(rows / 2) }, (_, line) => {
    const cells = Array.from({ length: columns }, (_, column) => {
      const [upper, lower] = [at(2 * line, column), at(2 * line + 1, column)];
      if (!greys) return BLOCKS[Number(upper >= DRAWN) + 2 * Number(lower >= DRAWN)]!;
      return `\x1b[38;5;${grey(upper)};48;5;${grey(lower)}m▀`;
    });
    return cells.join("") + (greys ? "\x1b[0m" : "");
  });
}

function grey(value: number): number {
  return DARKEST + Math.round(23 * value);
}
