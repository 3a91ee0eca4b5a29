import assert from "node:assert/strict";
import type { EpochRecord } from "../../../src/train/mod.ts";
import { type ReportData, reportHtml } from "../../../cli/report/report.ts";
import type { Mistake } from "../../../cli/report/answers.ts";
import { gridLead } from "../../../cli/grid/grid_report.ts";
import { madeTrial, normals, paperFindings, paperTrials } from "../grid/made_trials.ts";
import type { TrialResult } from "../../../cli/grid/trial.ts";
import { mix, unit } from "../../prng.ts";
import { percent } from "../../../cli/words.ts";
import { elementsOf, type HtmlElement } from "./html_elements.ts";

const STARTED = "2026-11-23T15:31:04.000Z";

function history(epochs: number): EpochRecord[] {
  return madeTrial({ options: { epochs }, seed: 0 }, 0.98, 12).epochs;
}

function mistake(index: number): Mistake {
  return {
    index,
    pixels: Uint8Array.from({ length: 784 }, (_, i) => mix(index, i)),
    rows: 28,
    columns: 28,
    label: index % 10,
    guess: (index + 1) % 10,
    probabilities: Array.from({ length: 10 }, (_, i) => i === (index + 1) % 10 ? 0.91 : 0.01),
    loss: -Math.log(0.01),
  };
}

function base(): ReportData {
  return {
    title: "3 layers, ReLU on MNIST",
    command: "deno task train --epochs 20",
    started: STARTED,
    seconds: 75,
    config: { layers: 3, momentum: null, data: { name: "MNIST" } },
    environment: { deno: "2.9.6", cores: 2 },
    evaluations: [{
      began: STARTED,
      what: "the best weights",
      figures: { loss: 0.07, accuracy: 0.9817 },
    }],
    hashes: [{ name: "weights.safetensors", sha256: "0f".repeat(32) }],
  };
}

function run(): ReportData {
  const confusion = Array.from(
    { length: 10 },
    (_, i) => Array.from({ length: 10 }, (_, j) => i === j ? 990 : i < j ? 1 : 0),
  );
  return {
    ...base(),
    run: { name: "3 layers, ReLU", history: history(20) },
    taken: { name: "the best", dev: { loss: 0.08, accuracy: 0.98 } },
    answers: { set: "dev", confusion, mistakes: Array.from({ length: 24 }, (_, i) => mistake(i)) },
  };
}

function results(seeds: number): TrialResult[] {
  const normal = normals(1);
  return paperTrials(seeds).map((trial) =>
    madeTrial(trial, 0.976 + 0.001 * normal(), Math.floor(10 * unit(1, trial.seed)))
  );
}

function grid(seeds: number): ReportData {
  return { ...run(), lead: gridLead(paperFindings(results(seeds)), 400) };
}

function textsOf(elements: readonly HtmlElement[], name: string): string[] {
  return elements.filter((e) => e.name === name).map(({ text }) => text.trim());
}

Deno.test("a report is well formed, for a run, a grid, one trial, and nothing at all", () => {
  const one = results(1).slice(0, 1);
  const cases: [data: ReportData, headings: string[]][] = [
    [base(), ["The test set", "How it was made"]],
    [{ ...base(), evaluations: [], hashes: [] }, ["How it was made"]],
    [run(), [
      "Curves",
      "Confusion matrix",
      "The worst mistakes",
      "The test set",
      "How it was made",
    ]],
    [{ ...grid(3), run: undefined, answers: undefined }, [
      "What each factor does",
      "The grid",
      "Every configuration",
      "Every trial",
      "The test set",
      "How it was made",
    ]],
    [grid(2), [
      "What each factor does",
      "The grid",
      "Every configuration",
      "Every trial",
      "The best, trained again",
      "Confusion matrix",
      "The worst mistakes",
      "The test set",
      "How it was made",
    ]],
    [{ ...base(), lead: gridLead(paperFindings(one), 1) }, [
      "What each factor does",
      "The grid",
      "Every configuration",
      "Every trial",
      "The test set",
      "How it was made",
    ]],
    [{ ...base(), lead: gridLead(paperFindings([]), 1) }, ["The test set", "How it was made"]],
  ];
  for (const [data, headings] of cases) {
    const html = reportHtml(data);
    assert.deepEqual(textsOf(elementsOf(html), "h2"), headings);
    assert.doesNotMatch(html, /NaN|undefined|Infinity|\[object/);
  }
});

Deno.test("a report asks nobody for anything, and its policy forbids it", () => {
  const html = reportHtml(grid(3));
  const elements = elementsOf(html);
  const harmless =
    "a b body br caption circle cite code dd details div dl dt figcaption figure footer " +
    "h1 h2 h3 head header html i img li link main meta ol p path pre section small span strong " +
    "style summary svg table tbody td text th thead title tr ul";
  for (const { name, attributes } of elements) {
    assert.ok(harmless.split(" ").includes(name), name);
    for (const [key, value] of attributes) {
      const isAddress = /^(src|srcset|href|xlink:href|action|data|poster|background)$/.test(key);
      if (isAddress) assert.match(value, /^data:/, `${name} ${key}`);
      assert.doesNotMatch(key, /^on/);
      assert.doesNotMatch(value, /:\/\/|url\(/, `${name} ${key}`);
    }
  }
  const [style] = textsOf(elements, "style");
  assert.doesNotMatch(style!, /url\(|@import|@font-face/);
  const policy = elements.find((e) => e.attributes.has("http-equiv"));
  assert.equal(
    policy!.attributes.get("content"),
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
  );
});

Deno.test("a report of a grid of ten seeds has less than 2 MB", () => {
  const bytes = new TextEncoder().encode(reportHtml(grid(10))).length;
  assert.ok(bytes > 100_000 && bytes < 2e6, `${bytes}`);
});

Deno.test("what is filled into a report is text, whatever it looks like", () => {
  const evil = `<script>alert("1")</script>'&amp;`;
  const html = reportHtml({
    ...base(),
    title: evil,
    command: evil,
    config: { [evil]: evil },
    run: { name: evil, history: history(2) },
  });
  const elements = elementsOf(html);
  assert.deepEqual(textsOf(elements, "script"), []);
  assert.deepEqual(textsOf(elements, "h1"), [evil]);
  assert.deepEqual(textsOf(elements, "pre"), [evil]);
  assert.deepEqual(textsOf(elements, "dt").slice(0, 1), [evil]);
});

Deno.test("a report of a grid has the table, all curves, and all hashes", () => {
  const data = grid(3);
  const elements = elementsOf(reportHtml(data));
  const charts = elements.filter((e) => e.attributes.get("class") === "chart");
  assert.equal(charts.length, 24 + 2);
  assert.ok(charts.every((e) => e.attributes.get("aria-label")));
  const lines = elements.filter((e) => /^line /.test(e.attributes.get("class") ?? ""));
  assert.equal(lines.length, 3 * 24 + 4);
  const codes = textsOf(elements, "code");
  assert.deepEqual(codes, [...results(3).map((r) => r.weightHash), "0f".repeat(32)]);
  const captions = textsOf(elements, "caption");
  for (const caption of ["Here", "the paper, one run each", "Each epoch"]) {
    assert.ok(captions.includes(caption), caption);
  }
  assert.equal(elements.filter((e) => e.name === "th" && !e.attributes.has("scope")).length, 0);
});

/** What a network is worth whose accuracy this is. */
function worth(accuracy: number): { loss: number; accuracy: number } {
  return { loss: 1 - accuracy, accuracy };
}

Deno.test("a report of a recipe stands beside others than the report, and shows its kernels", () => {
  const data: ReportData = {
    ...run(),
    taken: { name: "the last epoch's weights", dev: { loss: 0.1, accuracy: 0.9961 } },
    reference: { name: "PyTorch", dev: 0.9963, test: 0.9967 },
    kernels: [{ pixels: new Uint8Array(25), rows: 5, columns: 5 }],
    members: [
      { name: "seed 0", dev: worth(0.99), test: worth(0.98), seconds: 90 },
      { name: "seed 1", dev: worth(0.98), test: worth(0.97), seconds: 110 },
    ],
  };
  const elements = elementsOf(reportHtml(data));
  const notes = (all: readonly HtmlElement[]) =>
    all.filter((e) => e.attributes.get("class") === "note").map(({ text }) => text)
      .filter((text) => !text.startsWith("loss"));
  assert.deepEqual(notes(elements), [
    "PyTorch: 0.9963",
    "PyTorch: 0.9967",
  ]);
  assert.ok(textsOf(elements, "span").includes("dev accuracy, the last epoch's weights"));
  const kernels = elements.filter((e) => e.attributes.get("alt")?.startsWith("Kernel"));
  assert.equal(kernels.length, 1);
  const cells = textsOf(elements, "td").join(" ");
  assert.ok(cells.includes("0.9850 0.9750 1 min 40 s"), "the members' means");
  assert.ok(!textsOf(elements, "cite").includes("Deep Learning Report"));

  const alone = elementsOf(reportHtml({ ...data, reference: null }));
  assert.deepEqual(notes(alone), []);
});

Deno.test("a report says when the losses of its curves are of another kind than its results", () => {
  const { run: history, ...rest } = run();
  const smoothed = reportHtml({ ...rest, run: { ...history!, isOtherLoss: true } });
  assert.match(smoothed, /These losses are of the training, and of no other figure/);
  assert.doesNotMatch(reportHtml(run()), /and of no other figure/);
});

Deno.test("a report of a regression tells losses, and has no accuracy, confusion or picture", () => {
  const { run: classification, answers: _, ...rest } = run();
  const history = classification!.history.map((epoch) => ({
    ...epoch,
    trainAccuracy: NaN,
    devAccuracy: NaN,
  }));
  const html = reportHtml({
    ...rest,
    run: { name: "a line", history },
    taken: { name: "the best", dev: { loss: 0.5, "R²": 0.75 } },
    evaluations: [{ began: STARTED, what: "the best", figures: { loss: 0.25, "R²": 0.5 } }],
  });
  const elements = elementsOf(html);
  assert.deepEqual(textsOf(elements, "b").slice(0, 2), ["0.7500", "0.5000"]);
  assert.equal(elements.filter((e) => e.attributes.get("class") === "chart").length, 1);
  assert.doesNotMatch(html, /NaN|[Aa]ccuracy [\d:]|Confusion/);
});

Deno.test("a class without images has no share that is right", () => {
  const confusion = [[3, 1], [0, 0]];
  const answers = { set: "dev", confusion, mistakes: [] };
  const elements = elementsOf(reportHtml({ ...run(), answers }));
  const shares = elements.filter((e) => e.attributes.get("class") === "share");
  assert.deepEqual(shares.map(({ text }) => text), ["75.0 %", "–"]);
});

Deno.test("a report tells of every look at the test set, unfinished ones too", () => {
  const looks = [
    { began: STARTED, what: "one", figures: { loss: 0.0712, accuracy: 0.9817 } },
    { began: STARTED, what: "two", figures: null },
  ];
  const html = reportHtml({ ...base(), evaluations: looks });
  const cells = textsOf(elementsOf(html), "td");
  assert.deepEqual(cells, ["one", "0.0712", "0.9817", "two", "not finished", ""]);
  assert.match(html, /It was evaluated 2 times/);
  assert.match(reportHtml(base()), /It was evaluated once/);
});

Deno.test("worst mistakes are pictures with the three likeliest classes and the true one", () => {
  const elements = elementsOf(reportHtml(run()));
  const pictures = elements.filter((e) => e.name === "img");
  assert.equal(pictures.length, 24);
  assert.equal(pictures[3]!.attributes.get("alt"), "Number 3, a 3 taken for 4");
  assert.ok(pictures.every((e) => e.attributes.get("src")!.startsWith("data:image/png;base64,")));
  const truths = elements.filter((e) => e.attributes.get("class") === "truth");
  assert.equal(truths.length, 24);
});

Deno.test("mistakes that the network was sure of are told apart, and so are probabilities", () => {
  const sure = [1e-4, 3e-6, 2e-9].map((p, i): Mistake => ({
    ...mistake(i),
    probabilities: [1 - p, p],
    label: 1,
    guess: 0,
    loss: -Math.log(p),
  }));
  const data = run();
  const answers = { ...data.answers!, mistakes: sure };
  const elements = elementsOf(reportHtml({ ...data, answers }));
  const texts = textsOf(elements, "span");
  for (const text of ["loss 9.21", "loss 12.72", "loss 20.03"]) assert.ok(texts.includes(text));
  for (const text of ["99.990 %", "99.99970 %", "99.99999980 %"]) {
    assert.ok(texts.includes(text), `${text}: ${texts}`);
  }
  assert.deepEqual([0.321, 0.5, 0, 1, 1.2e-6].map(percent), [
    "32.1 %",
    "50.0 %",
    "0 %",
    "100 %",
    "0.00012 %",
  ]);
});

Deno.test("both axes of a chart have their names", () => {
  const texts = textsOf(elementsOf(reportHtml(run())), "text");
  assert.equal(texts.filter((text) => text === "epoch").length, 2);
});

Deno.test("the same data give the same bytes", () => {
  assert.equal(reportHtml(grid(2)), reportHtml(grid(2)));
});
