/**
 * Texts that are numbers or dates to whoever reads them.
 *
 * @module
 */
import { printable } from "../../core/errors.ts";
import { areCodes, isCode, numberOf, quoted } from "./csv_scan.ts";

/** The share of a column's texts that are something else, at most. */
const OTHERS = 0.1;

/** Numbers with a currency or a percent sign, with marks between thousands, or with the other mark of a fraction. */
const WRITTEN = /^[-+]?[$€£]? ?(\d{1,3}([,.' ]\d{3})+|\d+)([.,]\d+)? ?[%€$£]?$/;

/** Numbers with a comma, before a fraction or between thousands. */
const FRACTION = /^[-+]?\d+,\d+$/;

/** Dates with the day or the month first, or with other marks than hyphens. */
const DATED = /^\d{1,4}[/.]\d{1,2}[/.]\d{1,4}$/;

/**
 * Tells of texts that are numbers or dates to whoever reads them, but not here.
 *
 * @param commas What reads numbers such as 1,5, where something does.
 */
export function warnOfWritten(
  name: string,
  texts: readonly string[],
  warnings: string[],
  commas = "",
): void {
  const dates = texts.filter((text) => DATED.test(text));
  if (dates.length >= 2 && dates.length >= (1 - OTHERS) * texts.length) {
    warnings.push(
      `${printable(name)}: cells such as ${quoted(dates[0]!)} are texts: dates are those written ` +
        "like 2024-01-31",
    );
    return;
  }
  const numbers = texts.filter((text) => WRITTEN.test(text));
  const written = numbers.filter((text) => Number.isNaN(numberOf(text)));
  if (written.length < 2 || numbers.length < (1 - OTHERS) * texts.length) return;
  warnings.push(
    `${printable(name)}: cells such as ${quoted(written[0]!)} are texts: numbers are those ` +
      `written like 1234.5${
        commas !== "" && written.every((text) => FRACTION.test(text)) ? `; ${commas}` : ""
      }`,
  );
}

/** Tells of a column of digits that was read as texts since some of its cells are codes. */
export function warnOfCodes(
  name: string,
  texts: readonly string[],
  values: Float64Array,
  warnings: string[],
): void {
  if (!areCodes(texts)) return;
  const isOne = texts.map(isCode);
  const count = values.reduce((sum, code) => sum + (isOne[code] ? 1 : 0), 0);
  const first = quoted(texts[isOne.indexOf(true)]!);
  warnings.push(
    `${printable(name)}: ${count} ${count === 1 ? "cell is a code" : "cells are codes"} whose ` +
      `digits a number would lose, such as ${first}: the column is read as texts; ` +
      `types: { ${JSON.stringify(printable(name))}: "number" } reads numbers`,
  );
}
