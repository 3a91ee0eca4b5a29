// Runs in a page, behind layers.js.

/** The middle of a picture, on white, as planes in [0, 1]. */
function planesOf(bitmap) {
  const [channels, h, w] = network.shape;
  const canvas = document.getElementById("seen");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, w, h);
  const part = Math.min(bitmap.width / w, bitmap.height / h);
  const [pw, ph] = [part * w, part * h];
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (bitmap.width - pw) / 2, (bitmap.height - ph) / 2, pw, ph, 0, 0, w, h);
  const { data } = context.getImageData(0, 0, w, h);
  return Array.from({ length: channels }, (_, c) =>
    Float32Array.from({ length: h * w }, (_, i) => {
      const [r, g, b] = data.subarray(4 * i, 4 * i + 3);
      return (channels === 1 ? 0.299 * r + 0.587 * g + 0.114 * b : [r, g, b][c]) / 255;
    }));
}

async function show(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    document.getElementById("answer").textContent =
      `${file.name} is no picture that this browser reads`;
    return;
  }
  tell(answer(planesOf(bitmap)));
}

if (typeof document !== "undefined") takeFiles(show);
