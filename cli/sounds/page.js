// Runs in a page, behind ../pictures/layers.js.

/** Fourier's transform in place, of a length that is a power of 2. */
function transform(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
    if (i < j) [re[i], re[j], im[i], im[j]] = [re[j], re[i], im[j], im[i]];
  }
  for (let size = 2; size <= n; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const c = Math.cos(2 * Math.PI * k / size), s = -Math.sin(2 * Math.PI * k / size);
      for (let i = k; i < n; i += size) {
        const j = i + size / 2;
        const x = re[j] * c - im[j] * s, y = re[j] * s + im[j] * c;
        [re[j], im[j], re[i], im[i]] = [re[i] - x, im[i] - y, re[i] + x, im[i] + y];
      }
    }
  }
}

/** The loudest part of a sound, or all of it with silence around it, as loud as any other. */
function placed(own) {
  const { samples } = network;
  let begin = Math.floor((samples - own.length) / 2);
  if (own.length > samples) {
    let power = 0, most = -1;
    for (let i = 0; i < own.length; i++) {
      power += own[i] ** 2 - (i < samples ? 0 : own[i - samples] ** 2);
      if (i >= samples - 1 && power > most) {
        most = power;
        begin = samples - 1 - i;
      }
    }
  }
  const out = Float32Array.from({ length: samples }, (_, i) => own[i - begin] ?? 0);
  const most = out.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-9);
  return out.map((v) => v / most);
}

/** How loud the bands of a sound are, frame by frame, as the network takes it. */
function melOf(samples) {
  const { frame, hop, bands, mean, deviation, shape: [, mels, frames] } = network;
  const out = new Float32Array(mels * frames);
  const re = new Float64Array(frame), im = new Float64Array(frame);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < frame; i++) {
      re[i] = samples[t * hop + i] * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / frame));
    }
    im.fill(0);
    transform(re, im);
    bands.forEach(({ first, weights }, m) => {
      const power = weights.reduce(
        (sum, w, k) => sum + w * (re[first + k] ** 2 + im[first + k] ** 2),
        0,
      );
      out[m * frames + t] = (Math.log(power + 1e-6) - mean) / deviation;
    });
  }
  return out;
}

/** Probabilities of the classes, of samples at the network's rate. */
function answerTo(samples) {
  return answer([melOf(placed(samples))]);
}

/** Shows what the network is given, low frequencies below. */
function paint(mel) {
  const [, h, w] = network.shape;
  const context = document.getElementById("seen").getContext("2d");
  const image = context.createImageData(w, h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const level = 128 + 60 * mel[(h - 1 - y) * w + x];
      image.data.set([level, level, level, 255], 4 * (y * w + x));
    }
  }
  context.putImageData(image, 0, 0);
}

async function show(file) {
  let samples;
  try {
    const context = new OfflineAudioContext(1, 1, network.sampleRate); // which resamples
    const sound = await context.decodeAudioData(await file.arrayBuffer());
    samples = new Float32Array(sound.length);
    for (let c = 0; c < sound.numberOfChannels; c++) {
      sound.getChannelData(c).forEach((v, i) => samples[i] += v / sound.numberOfChannels);
    }
  } catch {
    document.getElementById("answer").textContent = `${
      file.name ?? "the recording"
    } is no sound that this browser reads`;
    return;
  }
  paint(melOf(placed(samples)));
  tell(answerTo(samples));
}

/** Listens to the microphone for as long as the network does. */
async function record() {
  const output = document.getElementById("answer");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    output.textContent = `no microphone: ${error.message}`;
    return;
  }
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.onstop = () => {
    for (const track of stream.getTracks()) track.stop();
    show(new Blob(parts, { type: recorder.mimeType }));
  };
  recorder.start();
  output.textContent = "listening …";
  setTimeout(() => recorder.stop(), 1000 * network.samples / network.sampleRate + 300);
}

if (typeof document !== "undefined") {
  takeFiles(show);
  document.getElementById("record").addEventListener("click", record);
}
