/** A page of one file that asks a network for tables: it holds the weights, and needs no server. */
import { data, nn } from "@glim/glim";
import type { Threshold } from "../asked.ts";
import { escaped } from "../report/html.ts";
import type { TableInfo } from "./table_data.ts";
import { EncodeWithWords } from "./words.ts";
import script from "./page.js" with { type: "text" };

/** A layer as the page's script computes it. */
type Layer =
  | { kind: "encode"; plan: data.FittedPlan | null; columns: number }
  | { kind: "linear"; weight: number[][]; bias: number[] }
  | { kind: "relu" };

/** The layers of a network that was made by `tableNetwork`. */
function layersOf(model: nn.Module): Layer[] {
  return [...model.children()].flatMap((module): Layer[] => {
    if (module instanceof data.Encoder) {
      return [{ kind: "encode", plan: module.plan, columns: module.plan.features.length }];
    }
    if (module instanceof EncodeWithWords) {
      return [{ kind: "encode", plan: module.encode?.plan ?? null, columns: module.columns }];
    }
    if (module instanceof nn.ReLU) return [{ kind: "relu" }];
    if (!(module instanceof nn.Linear)) return []; // dropout, and the scale, which the page has apart
    const weight = module.weight.toArray() as number[][];
    const bias = (module.bias?.toArray() ?? weight.map(() => 0)) as number[];
    return [{ kind: "linear", weight, bias }];
  });
}

/** The page. */
export function pageHtml(
  { features, words, target, classNames, scale }: TableInfo,
  model: nn.Module,
  { title, threshold }: { title: string; threshold: Threshold | null },
): string {
  const network = {
    features,
    words,
    target,
    classNames,
    scale,
    threshold: threshold?.threshold ?? null,
    layers: layersOf(model),
  };
  // nothing in it may end the script
  const json = JSON.stringify(network).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
form { display: grid; grid-template-columns: auto 1fr; gap: .4rem 1rem; align-items: center }
input, select, textarea { font: inherit; padding: .2rem .4rem; width: 100%; box-sizing: border-box }
output { display: block; margin: 1.5rem 0; font-size: 1.3rem }
meter { width: 8rem } td { padding: .1rem .8rem .1rem 0 }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<form id="row"></form>
<output id="answer" for="row"></output>
<table id="classes"></table>
<p>Computed in this page; nothing is sent anywhere.</p>
<script>const network = ${json};
${script}</script>
</body>
</html>
`;
}
