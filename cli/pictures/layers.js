// deno-lint-ignore-file no-unused-vars -- the scripts behind it call what is here
// Runs in a page, or wherever a test likes: `network` is what the page holds.

/** A convolution of 3 × 3 with a border of zeros: x is [channels][rows · columns]. */
function convolve({ weight, bias }, x, h, w) {
  return weight.map((kernel, o) => {
    const out = new Float32Array(h * w).fill(bias[o]);
    kernel.forEach((plane, c) =>
      plane.forEach((row, i) =>
        row.forEach((k, j) => {
          for (let y = Math.max(0, 1 - i); y < Math.min(h, h + 1 - i); y++) {
            const from = (y + i - 1) * w + j - 1;
            for (let at = Math.max(0, 1 - j); at < Math.min(w, w + 1 - j); at++) {
              out[y * w + at] += k * x[c][from + at];
            }
          }
        })
      )
    );
    return out;
  });
}

function pool(x, h, w) {
  const [rows, columns] = [h >> 1, w >> 1];
  return x.map((plane) => {
    const out = new Float32Array(rows * columns);
    for (let y = 0; y < rows; y++) {
      for (let at = 0; at < columns; at++) {
        const from = 2 * y * w + 2 * at;
        out[y * columns + at] = Math.max(
          plane[from],
          plane[from + 1],
          plane[from + w],
          plane[from + w + 1],
        );
      }
    }
    return out;
  });
}

/** Probabilities of the classes, of a picture [channels][rows · columns] in [0, 1]. */
function answer(picture) {
  let x = picture;
  let [, h, w] = network.shape;
  for (const layer of network.layers) {
    if (layer.kind === "conv") x = convolve(layer, x, h, w);
    else if (layer.kind === "relu") x = x.map((plane) => plane.map((v) => Math.max(0, v)));
    else if (layer.kind === "pool") [x, h, w] = [pool(x, h, w), h >> 1, w >> 1];
    else if (layer.kind === "mean") {
      x = x.map((plane) => plane.reduce((a, b) => a + b, 0) / plane.length);
    } else {x = layer.weight.map((row, i) =>
        row.reduce((sum, v, j) => sum + v * x[j], layer.bias[i])
      );}
  }
  const most = Math.max(...x);
  const powers = x.map((v) => Math.exp(v - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / total);
}

/** Tells the most probable classes. */
function tell(values) {
  const order = values.map((p, i) => ({ p, name: network.classNames[i] })).sort((a, b) =>
    b.p - a.p
  );
  const isSure = order[0].p >= network.threshold;
  document.getElementById("answer").textContent = `${isSure ? "" : "unsure, perhaps "}${
    order[0].name
  }`;
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

/** Has files that are chosen or dropped shown. */
function takeFiles(show) {
  const input = document.getElementById("file");
  input.addEventListener("change", () => input.files[0] && show(input.files[0]));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) show(file);
  });
}
