// Runs in a page, or wherever a test likes: `network` is what the page holds.

/** What becomes of a row's columns, as data.Encoder has it. */
function encode(row, { groups }) {
  return groups.flatMap(({ columns, steps }) => {
    let x = columns.map((i) => row[i]);
    for (const { kind, numbers: n } of steps) {
      if (kind === "impute") x = x.map((v, i) => Number.isNaN(v) ? n.values[i] : v);
      else if (kind === "missing") x = x.map((v) => Number.isNaN(v) ? 1 : 0);
      else if (kind === "log") x = x.map((v, i) => Math.log(1 + Math.max(0, v - n.least[i])));
      else if (kind === "scale") x = x.map((v, i) => (v - n.offset[i]) * n.scale[i]);
      else if (kind === "oneHot") x = n.column.map((i, k) => x[i] === n.code[k] ? 1 : 0);
      else throw new Error(`the page has no step ${kind}`);
    }
    return x;
  });
}

/** What the network answers to a row: probabilities, or a number. */
function answer(row) {
  let x = row;
  for (const layer of network.layers) {
    if (layer.kind === "encode") {
      const columns = layer.plan === null ? [] : encode(x.slice(0, layer.columns), layer.plan);
      x = [...columns, ...x.slice(layer.columns).map((count) => Math.log(1 + count))];
    } else if (layer.kind === "relu") x = x.map((v) => Math.max(0, v));
    else x = layer.weight.map((w, i) => w.reduce((sum, v, j) => sum + v * x[j], layer.bias[i]));
  }
  if (network.scale !== null) {
    const { mean, deviation, log } = network.scale;
    const scaled = x[0] * deviation + mean;
    if (log === undefined) return [scaled];
    return [Math.exp(Math.min(log.high, Math.max(log.low, scaled))) - log.offset];
  }
  const most = Math.max(...x);
  const powers = x.map((v) => Math.exp(v - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / total);
}

/** The value of a field of the form; NaN where it is empty. */
function valueOf(field, { type }) {
  if (field.value === "") return NaN;
  return type === "date" ? Date.parse(`${field.value}Z`) / 86400000 : Number(field.value);
}

/** How often each of some words stands in a text. */
function countsOf(text, { vocabulary }) {
  const counts = new Map();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    counts.set(word, 1 + (counts.get(word) ?? 0));
  }
  return vocabulary.map((word) => counts.get(word) ?? 0);
}

function show() {
  const fields = [...document.querySelectorAll("#row input, #row select")];
  const texts = [...document.querySelectorAll("#row textarea")];
  const values = answer([
    ...fields.map((field, i) => valueOf(field, network.features[i])),
    ...texts.flatMap((field, i) => countsOf(field.value, network.words[i])),
  ]);
  const output = document.getElementById("answer");
  if (network.scale !== null) {
    output.textContent = `${network.target}: ${Number(values[0].toPrecision(5))}`;
    return;
  }
  const order = values.map((p, i) => ({ p, name: network.classNames[i] })).sort((a, b) =>
    b.p - a.p
  );
  const isSure = order[0].p >= network.threshold;
  output.textContent = `${network.target}: ${isSure ? "" : "unsure, perhaps "}${order[0].name}`;
  document.getElementById("classes").replaceChildren(
    ...order.slice(0, 10).map(({ p, name }) => {
      const line = document.createElement("tr");
      const meter = document.createElement("meter");
      meter.value = p;
      for (const part of [name, meter, `${(100 * p).toFixed(1)} %`]) {
        const cell = document.createElement("td");
        cell.append(part);
        line.append(cell);
      }
      return line;
    }),
  );
}

if (typeof document !== "undefined") {
  const form = document.getElementById("row");
  network.features.forEach(({ name, type, texts, usual }, i) => {
    const label = document.createElement("label");
    label.textContent = name;
    label.htmlFor = `f${i}`;
    const field = document.createElement(type === "category" ? "select" : "input");
    field.id = `f${i}`;
    if (type === "category") {
      field.append(
        new Option("(missing)", ""),
        ...texts.map((text, code) => new Option(text, code)),
      );
      field.value = usual;
    } else if (type === "date") {
      field.type = "date";
      field.value = new Date(usual * 86400000).toISOString().slice(0, 10);
    } else {
      field.type = "number";
      field.step = "any";
      field.value = Number(usual.toPrecision(6));
    }
    form.append(label, field);
  });
  network.words.forEach(({ name }, i) => {
    const label = document.createElement("label");
    label.textContent = name;
    label.htmlFor = `t${i}`;
    const field = document.createElement("textarea");
    field.id = `t${i}`;
    field.rows = 8;
    form.append(label, field);
  });
  form.addEventListener("input", show);
  show();
}
