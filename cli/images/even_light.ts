/** Photographs as if the light had been the same everywhere. */

/** Pixels that are looked at, about; the light changes slowly. */
const SAMPLES = 4000;

/** Rounds in which pixels that are far from the paper, such as ink, are left out. */
const ROUNDS = 5;

/** How many times the median distance from the paper a pixel of it may be away. */
const FAR = 3;

/** The light is evened if that leaves less than this share of the distances. */
const GAIN = 0.5;

/** A pixel, x and y in [−1, 1]. */
type Sample = readonly [x: number, y: number, level: number];

/** How bright the paper is at x and y: a + b x + c y. */
type Plane = readonly [a: number, b: number, c: number];

/**
 * Grey levels without the slope that the light has put over them: the plane that is nearest to most
 * pixels is taken away, if there is one that most pixels are much nearer to than to one level. So
 * drawings on even backgrounds stay as they are.
 */
export function evenLight(grey: Uint8Array, rows: number, columns: number): Uint8Array {
  const step = Math.max(1, Math.floor(Math.sqrt(grey.length / SAMPLES)));
  const samples: Sample[] = [];
  const place = (at: number, length: number) => length < 2 ? 0 : 2 * at / (length - 1) - 1;
  for (let row = 0; row < rows; row += step) {
    for (let column = 0; column < columns; column += step) {
      samples.push([place(column, columns), place(row, rows), grey[row * columns + column]!]);
    }
  }
  const level = median(samples.map(([_x, _y, level]) => level));
  const before = spread(samples, [level, 0, 0]);
  let plane: Plane = [level, 0, 0];
  let kept = samples;
  for (let round = 0; round < ROUNDS && before > 0; round++) {
    plane = fit(kept) ?? plane;
    const most = FAR * spread(kept, plane) + 1;
    kept = samples.filter((sample) => distance(sample, plane) <= most);
  }
  if (spread(samples, plane) >= GAIN * before) return grey;
  const [a, b, c] = plane;
  const even = new Uint8ClampedArray(grey.length); // which rounds
  for (let row = 0, i = 0; row < rows; row++) {
    const slope = a - level + c * place(row, rows);
    for (let column = 0; column < columns; column++, i++) {
      even[i] = grey[i]! - slope - b * place(column, columns);
    }
  }
  return new Uint8Array(even.buffer);
}

function distance([x, y, level]: Sample, [a, b, c]: Plane): number {
  return Math.abs(level - a - b * x - c * y);
}

/** The median distance from a plane. */
function spread(samples: readonly Sample[], plane: Plane): number {
  return median(samples.map((sample) => distance(sample, plane)));
}

function median(values: readonly number[]): number {
  return Float64Array.from(values).sort()[values.length >> 1]!;
}

/** The plane of least squares; undefined where the samples are in a line. */
function fit(samples: readonly Sample[]): Plane | undefined {
  const n = samples.length;
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / n;
  const [mx, my, mz] = [mean(([x]) => x), mean(([_, y]) => y), mean(([_x, _y, z]) => z)];
  const [xx, yy, xy] = [
    mean(([x]) => (x - mx) ** 2),
    mean(([_, y]) => (y - my) ** 2),
    mean(([x, y]) => (x - mx) * (y - my)),
  ];
  const [xz, yz] = [
    mean(([x, _, z]) => (x - mx) * (z - mz)),
    mean(([_, y, z]) => (y - my) * (z - mz)),
  ];
  const area = xx * yy - xy * xy;
  if (area < 1e-9) return undefined;
  const b = (xz * yy - yz * xy) / area;
  const c = (yz * xx - xz * xy) / area;
  return [mz - b * mx - c * my, b, c];
}
