/**
 * How the images lie on the server: one file of labels, and the images in pieces. All files are
 * IDX, gzipped or not.
 *
 * @module
 */

/** The file `data/index.json`; file names are relative to it. */
export interface DataIndex {
  /** What the data set is called. */
  name: string;
  /** Images to learn from: those before this number. The others are the dev set. */
  train: number;
  /** All images. */
  total: number;
  /** The labels of all images. */
  labels: string;
  /** In the order in which to fetch them. */
  pieces: Piece[];
}

/** Images `begin` to before `end`. */
export interface Piece {
  file: string;
  begin: number;
  end: number;
}

/** Of all images, one in so many is set aside to judge by. */
const DEV_SHARE = 6;

/** How many of some images are to learn from, the first; of MNIST's 60,000 they are 50,000. */
export function imagesToLearnFrom(total: number): number {
  return total - Math.floor(total / DEV_SHARE);
}

/** Images in a piece: 2 MB, a third of that when gzipped. */
const PIECE = 2500;

/** Training pieces between two pieces of the dev set. */
const BETWEEN = 5;

/**
 * The pieces of a data set. The dev set's come in between: its first right after the first to learn
 * from, so that there is something to judge by as soon as there is something to learn from.
 */
export function cutIntoPieces(train: number, total: number): Piece[] {
  const cut = (begin: number, end: number, name: string): Piece[] => {
    const pieces: Piece[] = [];
    for (let at = begin; at < end; at += PIECE) {
      const number = String(pieces.length).padStart(2, "0");
      pieces.push({ file: `${name}-${number}.idx`, begin: at, end: Math.min(end, at + PIECE) });
    }
    return pieces;
  };
  const dev = cut(train, total, "dev");
  return [
    ...cut(0, train, "train").flatMap((piece, i) =>
      i % BETWEEN === 0 ? [piece, ...dev.splice(0, 1)] : [piece]
    ),
    ...dev,
  ];
}
