/** How data of one's own are divided, and what is told of their classes and files. */
import { DataError } from "@glim/glim";
import { printable } from "./errors.ts";
import { countOf } from "./words.ts";

/** Warnings that are told one by one. */
const TOLD = 5;

/** Classes that are counted one by one. */
const COUNTED = 20;

/** The shares, or numbers, of dev and test. DataError unless there are two above 0. */
export function sharesOf(split: string): { dev: number; test: number } {
  const shares = split.split("/").map(Number);
  if (shares.length !== 2 || !shares.every((share) => share > 0)) {
    throw new DataError(
      `--split: the shares of dev and test are needed, such as 0.2/0.2: it is ${printable(split)}`,
    );
  }
  const [dev, test] = shares as [number, number];
  return { dev, test };
}

/**
 * The classes of a folder by the names of the folders in it, one a file; where a trained network is
 * judged by them, all those that it knows, in its order. DataError where there are no two, or one is
 * another than the network's.
 */
export function classesOf(
  folder: string,
  what: string,
  names: readonly string[],
  { known, warnings }: {
    known: readonly string[] | undefined;
    warnings: readonly string[];
  },
): readonly string[] {
  const classNames = [...new Set(names)];
  const other = classNames.find((name) => known?.includes(name) === false);
  if (other !== undefined) {
    throw new DataError(
      `${folder}: the network knows ${known!.map(printable).join(", ")}: there is a folder ` +
        printable(other),
    );
  }
  if (known !== undefined && classNames.length > 0) return known;
  if (classNames.length >= 2) return classNames;
  throw new DataError(
    `${folder}: a folder of ${what} for each class is needed, of two at least: there ` +
      (classNames.length === 1 ? `is ${printable(classNames[0]!)}` : "is none") +
      (warnings.length > 0 ? `; ${warnings[0]}` : ""),
  );
}

/** What is told of files that could not be read: the first few warnings, and how many there are. */
export function notesOfUnread(warnings: readonly string[]): string[] {
  if (warnings.length === 0) return [];
  return [
    ...warnings.slice(0, TOLD).map((warning) => `note: ${warning}`),
    `note: ${countOf(warnings.length, "file")} could not be read, and ` +
    `${warnings.length === 1 ? "is" : "are"} left out`,
  ];
}

/** How many there are of each class, as a text, and what always saying the largest would reach. */
export function countClasses(
  classNames: readonly string[],
  labels: ArrayLike<number>,
  dev: Int32Array,
): { counted: string; baseline: string } {
  const counts = classNames.map(() => 0);
  for (const label of Array.from(labels)) counts[label]!++;
  const most = counts.indexOf(Math.max(...counts));
  const right = dev.filter((i) => labels[i] === most).length / dev.length;
  return {
    counted: classNames.map((name, c) => `${printable(name)} ${counts[c]}`)
      .slice(0, COUNTED).join(", ") + (counts.length > COUNTED ? " …" : ""),
    baseline: `baseline: always ${printable(classNames[most]!)}: dev accuracy ${right.toFixed(4)}`,
  };
}
