/**
 * The rows of a CSV file, straight from its bytes: a number is put together digit by digit where it
 * stands, so that a column of numbers never becomes a text.
 *
 * @module
 */
import { DataError, printable } from "../../core/errors.ts";
import type { Platform } from "../../core/platform.ts";

declare const TextDecoder: Platform["TextDecoder"];

const QUOTE = 34, LF = 10, CR = 13, SPACE = 32, TAB = 9, ZERO = 48;

/** Exact powers of ten: a whole number below 2⁵³ times or over one of them is rounded once. */
const POWERS: readonly number[] = Array.from({ length: 23 }, (_, i) => 10 ** i);

/** Below it ten times a whole number and a digit are exact: (2⁵³ − 10) / 10. */
const EXACT = 900719925474098;

/** A column as it is read: numbers, texts by their code, or nothing. */
export interface Sink {
  /** What is made of the cells; `skip`: the column is passed over. */
  kind: "number" | "text" | "skip";
  /** Numbers, or codes of texts; NaN where a cell is missing. */
  values: Float64Array<ArrayBuffer>;
  /** Different texts, by code. */
  texts: string[];
  /** The code of each text. */
  codes: Map<string, number>;
  /** Cells of a column of numbers that are none: they count as missing. */
  odd: number;
  /** The first of them. */
  firstOdd: { text: string; line: number } | null;
  /** Cells of a column of numbers that are codes: see {@link isCode}. */
  coded: number;
  /** Rows that there is room for. */
  room: number;
}

/** A column with room for so many rows. */
export function sink(kind: Sink["kind"], room: number): Sink {
  const values = new Float64Array(kind === "skip" ? 0 : room);
  return { kind, values, texts: [], codes: new Map(), odd: 0, firstOdd: null, coded: 0, room };
}

/** How the bytes are read. */
export interface Dialect {
  /** The byte between two cells. */
  delimiter: number;
  /** The character between the whole and the fraction of a number. */
  decimal: "." | ",";
  /** Texts that stand for no value. */
  missing: ReadonlySet<string>;
}

/** A reader of rows, one after the other. */
export class Scanner {
  /** Where the next row begins. */
  at: number;
  /** The line of that place. */
  line: number;
  /** Whether there were bytes that are no UTF-8, which are read as Windows-1252. */
  isLatin = false;
  readonly #bytes: Uint8Array;
  readonly #longest: number;
  readonly #delimiter: number;
  readonly #decimal: Dialect["decimal"];
  readonly #point: number;
  readonly #missing: ReadonlySet<string>;

  /**
   * @param start After a mark of the order of bytes, if there is one.
   * @param line The line of that place, counted from 1.
   * @param longest 0, or of a piece that is not the last the bytes of the longest row there may be.
   */
  constructor(
    bytes: Uint8Array,
    start: number,
    { delimiter, decimal, missing }: Dialect,
    { line = 1, longest = 0 }: { line?: number; longest?: number } = {},
  ) {
    this.#bytes = bytes;
    this.at = start;
    this.line = line;
    this.#longest = longest;
    this.#delimiter = delimiter;
    this.#decimal = decimal;
    const point = decimal.charCodeAt(0);
    this.#point = point === delimiter ? 0 : point; // then numbers with one are in quotes
    this.#missing = missing;
  }

  /** The cells of the next row as texts; null after the last. */
  row(): string[] | null {
    if (this.#isOver()) return null;
    const cells: string[] = [];
    for (let more = true; more;) {
      const end = this.#cellEnd(this.at);
      cells.push(this.#text(this.at, end));
      more = this.#pass(end);
    }
    return cells;
  }

  /**
   * Reads all rows that are left into columns; of a piece that is not the last those which end in it,
   * so that `at` is where the first begins that does not. DataError, with the line, where a row has
   * another number of cells, or is longer than pieces can be told to be.
   *
   * @param row How many rows the columns have.
   * @returns How many they have then.
   */
  read(sinks: readonly Sink[], row = 0): number {
    const n = sinks.length;
    for (; !this.#isOver(); row++) {
      const { line } = this;
      if (row >= sinks[0]!.room) sinks.forEach(grow);
      let more = true, cells = 0;
      for (; more && cells < n; cells++) {
        const to = sinks[cells]!;
        if (to.kind === "number") {
          more = this.#number(to, row);
        } else {
          const end = this.#cellEnd(this.at);
          if (to.kind === "text") to.values[row] = this.#code(to, this.#text(this.at, end));
          more = this.#pass(end);
        }
      }
      if (this.#longest > 0 && this.at >= this.#bytes.length) {
        throw new DataError(
          `csv: rows of a large file have up to ${this.#longest} bytes: that of line ${line} has more`,
        );
      }
      if (!more && cells === n) continue;
      while (more) { // the rest, to tell how many there are
        more = this.#pass(this.#cellEnd(this.at));
        cells++;
      }
      throw new DataError(
        `csv: each row must have as many cells as the first, ${n}: line ${line} has ${cells}`,
      );
    }
    return row;
  }

  /** Whether the row that begins here ends within the bytes, which are a piece of a file. */
  #isWhole(): boolean {
    const { at, line } = this;
    try {
      while (this.#pass(this.#cellEnd(this.at)));
      return this.at < this.#bytes.length;
    } catch { // a quote that is open where the piece ends
      return false;
    } finally {
      this.at = at;
      this.line = line;
    }
  }

  /** Whether no row is left, or none that surely ends within the bytes. Empty lines are no rows. */
  #isOver(): boolean {
    const bytes = this.#bytes;
    while (bytes[this.at] === LF || bytes[this.at] === CR) this.#newline(this.at);
    const left = bytes.length - this.at;
    return left <= 0 || left <= this.#longest && !this.#isWhole();
  }

  /** Passes over what ends a cell; whether another cell of the row follows. */
  #pass(end: number): boolean {
    if (this.#bytes[end] === this.#delimiter) {
      this.at = end + 1;
      return true;
    }
    if (end >= this.#bytes.length) this.at = end;
    else this.#newline(end);
    return false;
  }

  #newline(at: number): void {
    const isPair = this.#bytes[at] === CR && this.#bytes[at + 1] === LF;
    this.at = at + (isPair ? 2 : 1);
    this.line++;
  }

  /** Where the cell that begins at a place ends. Lines within quotes are counted. */
  #cellEnd(at: number): number {
    const bytes = this.#bytes, delimiter = this.#delimiter, n = bytes.length;
    if (bytes[at] === QUOTE) {
      const { line } = this;
      for (at++; at < n; at++) {
        const byte = bytes[at];
        if (byte === LF || byte === CR && bytes[at + 1] !== LF) this.line++;
        if (byte !== QUOTE) continue;
        if (bytes[at + 1] !== QUOTE) break;
        at++;
      }
      if (at >= n) throw new DataError(`csv: the quote that line ${line} opens is never closed`);
      at++;
    }
    for (; at < n; at++) {
      const byte = bytes[at]!;
      if (byte === delimiter || byte === LF || byte === CR) break;
    }
    return at;
  }

  /** A number that stands at the place, digit by digit; whatever else is there by its text. */
  #number(to: Sink, row: number): boolean {
    const bytes = this.#bytes;
    let at = this.at;
    const isNegative = bytes[at] === 45;
    if (isNegative) at++;
    const first = at;
    let value = 0, decimals = 0;
    let digit = bytes[at]! - 48;
    for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - 48) value = value * 10 + digit;
    let digits = at - first;
    if (digit === this.#point - 48) {
      const point = ++at;
      digit = bytes[at]! - 48;
      for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - 48) value = value * 10 + digit;
      decimals = at - point;
      digits += decimals;
    }
    const byte = digit + 48;
    if (digits > 0 && digits <= 15 && (byte === this.#delimiter || byte === LF || byte === CR)) {
      if (decimals > 0) value /= POWERS[decimals]!;
      else if (bytes[first] === ZERO && digits > 2) to.coded++;
      to.values[row] = isNegative ? -value : value;
      return this.#pass(at);
    }
    return this.#anyNumber(to, row);
  }

  /** The same for numbers of more digits, with an exponent or a plus, and for what is none. */
  #anyNumber(to: Sink, row: number): boolean {
    const bytes = this.#bytes, delimiter = this.#delimiter, point = this.#point;
    let at = this.at;
    const isNegative = bytes[at] === 45;
    if (isNegative || bytes[at] === 43) at++;
    // all digits are value · 10^more + rest; `value` is exact below 2⁵³
    let value = 0, rest = 0, more = 0, exponent = 0, any = false, hasPoint = false;
    let byte = bytes[at]!;
    for (;; byte = bytes[++at]!) {
      if (byte >= 48 && byte <= 57) {
        any = true;
        if (hasPoint) exponent--;
        if (more === 0 && value < EXACT) {
          value = value * 10 + (byte - 48);
        } else {
          rest = rest * 10 + (byte - 48);
          more++;
        }
      } else if (byte === point && !hasPoint) hasPoint = true;
      else break;
    }
    if (any && (byte === 101 || byte === 69)) {
      byte = bytes[++at]!;
      const isDown = byte === 45;
      if (isDown || byte === 43) byte = bytes[++at]!;
      let power = 0;
      any = byte >= 48 && byte <= 57;
      for (; byte >= 48 && byte <= 57; byte = bytes[++at]!) power = power * 10 + (byte - 48);
      exponent += isDown ? -power : power;
    }
    if (any && (byte === delimiter || byte === LF || byte === CR || byte === undefined)) {
      if (more === 0 && exponent >= -22 && exponent <= 22) {
        if (exponent < 0) value /= POWERS[-exponent]!;
        else if (exponent > 0) value *= POWERS[exponent]!;
      } else {
        value = more > 0 && more < 6 && exponent < 0 && exponent >= -22
          ? quotient(value, POWERS[more]!, rest, POWERS[-exponent]!)
          : NaN;
        if (Number.isNaN(value)) value = Math.abs(this.#numberOf(ascii(bytes, this.at, at)));
      }
      to.values[row] = isNegative ? -value : value;
      if (!hasPoint && at - this.at > 2 && isCode(ascii(bytes, this.at, at))) to.coded++;
      return this.#pass(at);
    }
    const { line } = this;
    const end = this.#cellEnd(this.at);
    const text = this.#text(this.at, end);
    to.values[row] = this.#parse(to, text, line);
    return this.#pass(end);
  }

  #parse(to: Sink, text: string, line: number): number {
    if (this.#missing.has(text)) return NaN;
    const value = this.#numberOf(text);
    if (!Number.isNaN(value)) {
      if (isCode(text)) to.coded++;
      return value;
    }
    to.odd++;
    to.firstOdd ??= { text, line };
    return NaN;
  }

  #numberOf(text: string): number {
    return numberOf(text, this.#decimal);
  }

  #code({ codes, texts }: Sink, text: string): number {
    if (this.#missing.has(text)) return NaN;
    let code = codes.get(text);
    if (code === undefined) {
      code = texts.push(text) - 1;
      codes.set(text, code);
    }
    return code;
  }

  /** A cell's text, without its quotes, or without the blanks around it where it has none. */
  #text(start: number, end: number): string {
    const bytes = this.#bytes;
    if (bytes[start] === QUOTE) {
      const text = this.#decode(start, end);
      const close = text.lastIndexOf('"');
      return text.slice(1, close).replaceAll('""', '"') + text.slice(close + 1).trim();
    }
    while (start < end && isBlank(bytes[start]!)) start++;
    while (end > start && isBlank(bytes[end - 1]!)) end--;
    return this.#decode(start, end);
  }

  #decode(start: number, end: number): string {
    const bytes = this.#bytes;
    if (end - start <= 24) {
      let text = "";
      let at = start;
      for (; at < end && bytes[at]! < 128; at++) text += String.fromCharCode(bytes[at]!);
      if (at === end) return text;
    }
    // shared memory has no decoder
    const part = bytes.slice(start, end);
    try {
      return UTF8.decode(part);
    } catch {
      this.isLatin = true;
      return LATIN.decode(part);
    }
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LATIN = new TextDecoder("windows-1252", { fatal: false, ignoreBOM: true });

/**
 * (a · scale + b) / power, correctly rounded, by arithmetic on sums of two numbers; NaN where it comes
 * too near the middle between two numbers to be told.
 */
function quotient(a: number, scale: number, b: number, power: number): number {
  const product = a * scale;
  const high = product + b;
  const low = errorOf(a, scale, product) + (b - (high - product));
  const first = high / power;
  const back = first * power;
  const second = (high - back - errorOf(first, power, back) + low) / power;
  const sum = first + second;
  const isSure = sum === first + second * (1 + 2 ** -40) && sum === first + second * (1 - 2 ** -40);
  return isSure ? sum : NaN;
}

/** What a rounded product lacks: a · b − product, exactly (Dekker, 1971). */
function errorOf(a: number, b: number, product: number): number {
  const ta = a * 134217729, tb = b * 134217729; // 2²⁷ + 1
  const ah = ta - (ta - a), bh = tb - (tb - b);
  const al = a - ah, bl = b - bh;
  return al * bl - (product - ah * bh - al * bh - ah * bl);
}

/** A text that is known to be plain. */
function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function grow(sink: Sink): void {
  sink.room = Math.max(16, Math.ceil(sink.room * 1.5));
  if (sink.kind === "skip") return;
  const values = new Float64Array(sink.room);
  values.set(sink.values);
  sink.values = values;
}

/**
 * Whether digits are a code and no number, which would lose some of them: a postal code such as 00501, or
 * the 19 digits of a card. `01` may be a month as well as a code, and is a number.
 */
export function isCode(text: string): boolean {
  return /^(0\d{2,}|\d{17,})$/.test(text);
}

/** Whether a column of these texts has digits only, and codes among them. */
export function areCodes(texts: readonly string[]): boolean {
  return texts.some(isCode) && texts.every((text) => /^\d+$/.test(text));
}

/** How a number is written; `Number` takes more: "", " ", "0x10". */
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const INFINITE = /^([-+]?)inf(inity)?$/i;

/** The number that a text writes; NaN where it is none. */
export function numberOf(text: string, decimal: Dialect["decimal"] = "."): number {
  if (decimal === ",") text = text.replace(/[.,]/, (sign) => sign === "," ? "." : " ");
  if (NUMBER.test(text)) return Number(text);
  const sign = INFINITE.exec(text)?.[1];
  return sign === undefined ? NaN : sign === "-" ? -Infinity : Infinity;
}

/** A text of a file as a message has it, cut where it is long. */
export function quoted(text: string): string {
  return JSON.stringify(printable(text.length > 40 ? `${text.slice(0, 40)}…` : text));
}
