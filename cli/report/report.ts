/**
 * `report.html`: one file that tells what was done and what came of it, and asks nobody for
 * anything: no script, no font, no picture from elsewhere.
 */
import type { Reference, ReportSection } from "../experiment.ts";
import { type Figures, shownFigures } from "../results.ts";
import type { TestEvaluation } from "../test_record.ts";
import { clock } from "../words.ts";
import type { Picture } from "../images/picture.ts";
import { html, Markup, type Part, table, typeset } from "./html.ts";
import {
  confusionSection,
  curvesSection,
  kernelsSection,
  type Member,
  membersSection,
  mistakesSection,
  type RunData,
  type TakenWeights,
} from "./run_sections.ts";
import type { SetAnswers } from "./answers.ts";
import style from "./style.css" with { type: "text" };

/** The contents of a report; parts that are not given are left out of the page. */
export interface ReportData {
  /** The page's title: what was done. */
  title: string;
  command: string;
  /** When it began, as `Date.toISOString` writes it. */
  started: string;
  seconds: number;
  /** Every choice that was made. Objects within it are shown with their keys joined by a dot. */
  config: Readonly<Record<string, unknown>>;
  /** What it ran on: versions, target, cores. */
  environment: Readonly<Record<string, unknown>>;
  /** What comes first, where a run is not all there is to tell: the trials of a grid. */
  lead?: { tiles: readonly Tile[]; sections: readonly Markup[] } | undefined;
  /** A training run; where there is a grid, that of its best configuration. */
  run?: RunData | undefined;
  /** What the run's figures stand beside; nothing unless given. */
  reference?: Reference | null | undefined;
  /** The weights that were taken; none unless given. */
  taken?: TakenWeights | undefined;
  members?: readonly Member[] | undefined;
  /** The kernels of the network's first convolution. */
  kernels?: readonly Picture[] | undefined;
  answers?: SetAnswers | undefined;
  /** What was understood of the data, and what is odd in them. */
  notes?: readonly string[] | undefined;
  /** What the experiment itself tells. */
  extras?: readonly ReportSection[] | undefined;
  /** Every evaluation of the test set, in order, and what was evaluated. */
  evaluations: readonly (Pick<TestEvaluation, "began"> & {
    what: string;
    figures: Partial<Figures> | null;
  })[];
  /** What makes a result comparable bit by bit. */
  hashes: readonly { name: string; sha256: string }[];
}

/** A figure that one looks for first, and what stands beside it, if anything. */
export type Tile = readonly [value: Part, name: string, beside: string];

/** Writes a report as an HTML document. Reads and writes no file. */
export function reportHtml(data: ReportData): string {
  const { lead, run, answers, kernels = [] } = data;
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${data.title}</title>
        <link rel="icon" href="data:,">
        <style>${new Markup(style)}</style>
      </head>
      <body>
        <header>
          <h1>${data.title}</h1>
          <p class="lede">${data.started.slice(0, 16).replace("T", " ")} UTC, ${clock(
            data.seconds,
          )}</p>
          <ul class="tiles">${tiles(data)}</ul>
        </header>
        <main>
    ${lead?.sections}
    ${run && run.history.length > 0 &&
      curvesSection(run, lead ? "The best, trained again" : "Curves", data.taken)}
    ${data.members && membersSection(data.members)}
    ${kernels.length > 0 && kernelsSection(kernels)}
    ${answers && [
      confusionSection(answers),
      answers.mistakes && mistakesSection(answers, answers.mistakes),
    ]}
    ${data.extras?.map(extraSection)}
    ${data.notes && html`
      <section>
        <h2>The data</h2>
        <pre>${data.notes.join("\n")}</pre>
      </section>
    `}
    ${testSection(data)}
    ${madeSection(data)}
        </main>
        <footer>
          ${data.reference?.source &&
            html`<p>Where ${data.reference.name} is: ${data.reference.source}.</p>`}
          <p>Written by Glim. This file holds all that it shows and asks no server for anything.</p>
        </footer>
      </body>
    </html>
  `;
  return page.text.trimStart();
}

/** The figures that one looks for first, each with the reference's. */
function tiles(data: ReportData): Markup[] {
  const { lead, taken, evaluations, seconds, reference } = data;
  const beside = (name: string, figure: number | undefined) =>
    name === "accuracy" && figure ? `${reference!.name}: ${figure}` : "";
  const found: Tile[] = [...lead?.tiles ?? []];
  const dev = taken && shownFigures(taken.dev);
  for (const [name, value] of dev ?? []) {
    found.push([
      value.toFixed(4),
      `dev ${name}, ${taken!.name}`,
      beside(name, reference?.dev),
    ]);
  }
  const test = evaluations.findLast(({ figures }) => figures !== null)?.figures;
  // The test set is told in what the dev set is told in.
  for (const [name] of test ? dev ?? shownFigures(test) : []) {
    found.push([
      shown(test![name]),
      `test ${name}${evaluations.length > 1 ? `, evaluation ${evaluations.length}` : ""}`,
      beside(name, reference?.test),
    ]);
  }
  if (lead === undefined) found.push([clock(seconds), "time", ""]);
  return found.map(([value, name, beside]) =>
    html`<li><b>${value}</b><span>${name}</span>${
      beside !== "" && html`<span class="note">${beside}</span>`
    }</li>`
  );
}

/** A figure as a tile or a table has it; nothing where it is not known. */
function shown(figure: unknown): string {
  return typeof figure === "number" ? figure.toFixed(4) : "";
}

/** Every evaluation of the test set: more than one is a reason for doubt. */
function testSection({ evaluations }: ReportData): Markup | undefined {
  if (evaluations.length === 0) return undefined;
  const names = new Set(["loss"]);
  for (const { figures } of evaluations) {
    for (const [name] of shownFigures(figures ?? {})) names.add(name);
  }
  const count = evaluations.length === 1 ? "once" : `${evaluations.length} times`;
  return html`<section><h2>The test set</h2><p>It was evaluated ${count}.${
    evaluations.length > 1 &&
    " What is chosen after a look at the test set is fitted to it: only the first figure is fair."
  }</p>${
    table({
      caption: "Evaluations of the test set",
      head: ["when", "what", ...names],
      rows: evaluations.map(({ began, what, figures }) => [
        began.slice(0, 19).replace("T", " "),
        what,
        ...Array.from(names, (name, i) =>
          figures === null ? i === 0 ? "not finished" : "" : shown(figures[name])),
      ]),
    })
  }</section>`;
}

/** A part that the experiment itself tells. */
function extraSection({ heading, text, table: rows }: ReportSection): Markup {
  return html`<section><h2>${heading}</h2><p>${text}</p>${
    rows && table({ caption: heading, head: rows.head, rows: rows.rows })
  }</section>`;
}

/** All that is needed to do it again and to see that it is the same. */
function madeSection({ command, config, environment, hashes }: ReportData): Markup {
  return html`<section><h2>How it was made</h2><pre>${command}</pre>
<div class="pair"><div><h3>Configuration</h3>${list(flatten(config))}</div>
<div><h3>Environment</h3>${list(flatten(environment))}</div></div>${
    hashes.length > 0 &&
    html`<h3>SHA-256</h3>${
      list(hashes.map(({ name, sha256 }) => [name, html`<code>${sha256}</code>`]))
    }`
  }</section>`;
}

function list(entries: readonly [name: string, value: string | Markup][]): Markup {
  return html`<dl>${
    entries.map(([name, value]) =>
      html`
        <dt>${name}</dt>
        <dd>${value}</dd>
      `
    )
  }</dl>`;
}

/** Objects within an object become entries of their own: `data.name`. */
function flatten(value: Readonly<Record<string, unknown>>, before = ""): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    const name = before + key;
    if (Array.isArray(inner)) return [[name, inner.map(show).join(", ")]];
    if (typeof inner === "object" && inner !== null) {
      return flatten(inner as Record<string, unknown>, `${name}.`);
    }
    return [[name, show(inner)]];
  });
}

function show(value: unknown): string {
  if (value === null) return "none";
  return typeof value === "number" ? typeset(String(value)) : String(value);
}
