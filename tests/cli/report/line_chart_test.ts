import assert from "node:assert/strict";
import { domainOf, lineChart, type Point, ticks } from "../../../cli/report/charts.ts";

function chartOf(points: readonly Point[]): string {
  return lineChart({
    label: "a chart",
    width: 200,
    height: 100,
    series: [{ name: "dev", colour: "a", points }],
    domain: domainOf(points.map(([_, y]) => y)),
    ticks: 3,
    labels: true,
  }).text;
}

Deno.test("ticks are round, inside, and about as many as asked for", () => {
  assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(0.921, 0.983, 3), [0.94, 0.96, 0.98]);
  assert.deepEqual(ticks(-0.0031, 0.0012, 4), [-0.003, -0.002, -0.001, 0, 0.001]);
  assert.deepEqual(ticks(0, 19, 4), [0, 5, 10, 15]);
  assert.deepEqual(ticks(0.97, 0.97, 3), [0.97]);
});

Deno.test("a line has a point a value, gaps at what is no number, and lies inside", () => {
  const path = (points: readonly Point[]) => chartOf(points).match(/line a" d="([^"]*)"/)![1]!;
  assert.match(path([[0, 1], [1, 3], [2, 2]]), /^M\S+ \S+L\S+ \S+L\S+ \S+$/);
  assert.match(path([[0, 1], [1, NaN], [2, 2], [3, 1]]), /^M[^ML]+M[^ML]+L[^ML]+$/);
  assert.match(chartOf([[0, 0.5]]), /line a dot" d="M\S+ \S+h\.01"/);
  assert.equal(path([[0, NaN]]), "");
  const numbers = path([[0, -5], [1, 3], [2, 0.1]]).match(/-?[\d.]+/g)!.map(Number);
  assert.ok(numbers.every((v, i) => v >= 0 && v <= (i % 2 === 0 ? 200 : 100)), String(numbers));
});

Deno.test("a chart names its lines and says what it is", () => {
  const svg = chartOf([[0, 1], [1, 2]]);
  assert.match(svg, /role="img"\s+aria-label="a chart"/);
  assert.match(svg, />dev<\/text>/);
});

Deno.test("a domain passes over what is no number", () => {
  assert.deepEqual(domainOf([NaN, 2, -1, Infinity]), [-1, 2]);
  assert.deepEqual(domainOf([NaN]), [0, 1]);
});
