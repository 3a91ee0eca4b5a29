/** The parts of a report that tell of one run: curves, confusion matrix, worst mistakes. */
import type { train } from "@glim/glim";
import { bestEpoch, type EpochRecord } from "@glim/glim/train";
import { bestText, curveCharts, isAccuracyKnown } from "./charts.ts";
import { type Figures, type Result, shownFigures } from "../results.ts";
import { clock, percent } from "../words.ts";
import { html, type Markup, scrolled, table, typeset } from "./html.ts";
import type { Mistake, SetAnswers } from "./answers.ts";
import { type Picture, pngImage } from "../images/picture.ts";

/** A training run. */
export interface RunData {
  /** What was trained: `3 layers, ReLU, LR decay 0.5, 20 epochs`. */
  name: string;
  /** A record an epoch; at least one. */
  history: readonly EpochRecord[];
  /** Whether its losses are of another kind than those of results. */
  isOtherLoss?: boolean;
  /** By what the best epoch is told; accuracy, or else loss, unless given. */
  by?: train.Monitor;
}

/** The weights that were taken in the end. */
export interface TakenWeights {
  /** Which they are: `the last epoch's weights`. */
  name: string;
  /** What they are worth on the dev set: the figures that it is judged by. */
  dev: Partial<Figures>;
}

/** One network of an ensemble: `seed 1`. */
export interface Member extends Result {
  name: string;
}

/** Loss and accuracy over the epochs, and their figures. */
export function curvesSection(
  { name, history, isOtherLoss = false, by = {} }: RunData,
  heading: string,
  taken?: TakenWeights,
): Markup {
  const best = bestEpoch(history, by);
  const charts = curveCharts(history, by).map(({ title, draw }) =>
    html`<figure><figcaption>${title}</figcaption>${draw(460, 262)}</figure>`
  );
  const hasAccuracy = isAccuracyKnown(history);
  const strong = (e: EpochRecord, text: string) =>
    e === best ? html`<strong>${text}</strong>` : text;
  const accuracy = (value: number) => hasAccuracy ? [value.toFixed(4)] : [];
  return html`
    <section>
      <h2>${heading}</h2>
      <p>${name}. The best dev ${bestText(best)}, came after epoch ${best
        .epoch}; epochs count from 0${taken &&
        `; the weights that were taken are ${taken.name}`}.${isOtherLoss &&
        " These losses are of the training, and of no other figure."}</p>
      <div class="pair">${charts}</div>
      <details><summary>The figures behind the curves</summary>${table({
        caption: "Each epoch",
        head: [
          "epoch",
          "train loss",
          "dev loss",
          ...hasAccuracy ? ["train accuracy", "dev accuracy"] : [],
          "learning rate",
          "seconds",
        ],
        rows: history.map((e) => [
          e.epoch,
          e.trainLoss.toFixed(4),
          hasAccuracy ? e.devLoss.toFixed(4) : strong(e, e.devLoss.toFixed(4)),
          ...accuracy(e.trainAccuracy),
          ...accuracy(e.devAccuracy).map((text) => strong(e, text)),
          typeset(String(Number(e.learningRate.toPrecision(6)))),
          e.seconds.toFixed(1),
        ]),
      })}</details>
    </section>
  `;
}

/** The networks of an ensemble, and their means. */
export function membersSection(members: readonly Member[]): Markup {
  const names = shownFigures(members[0]!.dev).map(([name]) => name);
  const values = members.map(({ dev, test, seconds }) => ({
    figures: names.flatMap((name) => [dev, ...test ? [test] : []].map((set) => Number(set[name]))),
    seconds,
  }));
  const mean = (of: readonly number[]) => sum(of) / of.length;
  const means = values[0]!.figures.map((_, i) => mean(values.map(({ figures }) => figures[i]!)));
  const row = (name: string, figures: readonly number[], seconds: number) => [
    name,
    ...figures.map((figure) => figure.toFixed(4)),
    clock(seconds),
  ];
  const sets = members[0]!.test ? ["dev", "test"] : ["dev"];
  return html`
    <section>
      <h2>Those that vote</h2>
      <p>Each has a report of its own. The mean of their answers is what is taken.</p>
      ${table({
        caption: "Each network alone",
        head: ["network", ...names.flatMap((name) => sets.map((set) => `${set} ${name}`)), "time"],
        rows: [
          ...members.map(({ name }, i) => row(name, values[i]!.figures, values[i]!.seconds)),
          row("mean", means, mean(values.map(({ seconds }) => seconds))),
        ],
      })}
    </section>
  `;
}

/** The first convolution's kernels as pictures. */
export function kernelsSection(kernels: readonly Picture[]): Markup {
  return html`
    <section>
      <h2>What the first layer looks for</h2>
      <p>Its ${kernels.length} kernels: light where ink speaks for the channel, dark where it speaks
        against it.</p>
      <ul class="kernels">${kernels.map((kernel, i) =>
        html`<li>${pngImage(kernel, `Kernel ${i}`)}</li>`
      )}</ul>
    </section>
  `;
}

/** The confusion matrix: a row a class, a column an answer. */
export function confusionSection({ set, confusion, names }: SetAnswers): Markup {
  const nameOf = (label: number) => names?.[label] ?? label;
  const total = sum(confusion.flat());
  const wrong = (total - sum(confusion.map((row, i) => row[i]!))).toLocaleString("en-US");
  const worst = Math.max(1, ...confusion.flatMap((row, i) => row.filter((_, j) => i !== j)));
  const cell = (count: number, isRight: boolean) => {
    if (isRight) return html`<td class="right">${count}</td>`;
    if (count === 0) return html`<td class="none">0</td>`;
    return html`<td style="--v:${Math.round(6 + 74 * count / worst)}%">${count}</td>`;
  };
  return html`
    <section>
      <h2>Confusion matrix</h2>
      <p>
        Of the ${total.toLocaleString(
          "en-US",
        )} samples of the ${set} set ${wrong} are wrong. A row is
        what a sample is, a column what it was taken for; the stronger the colour, the more often.
      </p>
      ${scrolled(
        "Confusion matrix",
        html`
          <table class="matrix">
            <caption>Samples of each class by answer, ${set} set</caption>
            <thead>
              <tr><th scope="col">class</th>${confusion.map((_, j) =>
                html`<th scope="col"><span>as </span>${nameOf(j)}</th>`
              )}<th scope="col">right</th></tr>
            </thead>
            <tbody>${confusion.map((row, i) =>
              html`
                <tr><th scope="row">${nameOf(i)}</th>${row.map((count, j) =>
                  cell(count, i === j)
                )}<td class="share">${share(row[i]!, sum(row))}</td></tr>
              `
            )}</tbody>
          </table>
        `,
      )}
    </section>
  `;
}

/** The mistakes with the highest loss, as pictures. */
export function mistakesSection({ set }: SetAnswers, mistakes: readonly Mistake[]): Markup {
  return html`
    <section>
      <h2>The worst mistakes</h2>
      <p>${mistakes.length === 0
        ? `There is none in the ${set} set.`
        : `Images of the ${set} set whose right answer the network gave the least probability, with ` +
          `the loss, −log of that probability, and what it thought instead.`}</p>
      <ul class="mistakes">${mistakes.map(mistakeCard)}</ul>
    </section>
  `;
}

function mistakeCard(mistake: Mistake): Markup {
  const { index, label, guess, probabilities, loss } = mistake;
  const likely = probabilities.map((p, i) => ({ p, i })).sort((a, b) => b.p - a.p).slice(0, 3);
  // What it is stands there even where the network did not think of it.
  if (!likely.some(({ i }) => i === label)) likely[2] = { p: probabilities[label]!, i: label };
  return html`
    <li>${pngImage(mistake, `Number ${index}, a ${label} taken for ${guess}`)}
    <p>a <strong>${label}</strong> taken for <strong>${guess}</strong><span
        class="note">loss ${loss.toFixed(2)}</span></p>
    <ol>${likely.map(({ p, i }) =>
      html`
        <li class="${i === label ? "truth" : ""}"
          style="--v:${(100 * p).toFixed(1)}%"><b>${i}</b><i></i><span>${percent(p)}</span></li>
      `
    )}</ol></li>
  `;
}

/** A part of a whole; a dash where there is nothing. */
function share(part: number, whole: number): string {
  return whole === 0 ? "–" : `${(100 * part / whole).toFixed(1)} %`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, v) => total + v, 0);
}
