/** Networks that come from a file of the user's. */
import { z } from "zod";
import { nn, scope, Tensor, zeros } from "@glim/glim";
import { UsageError } from "./errors.ts";
import { defaultExport, kindOf, lineOf } from "./load.ts";

/** The images that a network is made for. */
export interface ImageKind {
  /** Rows and columns of an image. */
  readonly imageShape: readonly [rows: number, columns: number];
  /** How many classes there are. */
  readonly classes: number;
}

/** The option that names the file of a network of one's own. */
export const arch: z.ZodType<string | null> = z.string().trim().min(1).nullable().default(null)
  .meta({ description: "a network of your own, trained in the same way", path: "program" });

/**
 * The network of a TypeScript or JavaScript module whose default export is a function of an
 * {@link ImageKind} that gives one: images [b, 1, rows, columns] in [0, 1] must give logits
 * [b, classes]. Null where there is no path.
 *
 * Throws UsageError, which names the file and what is wrong with it.
 */
export async function ownNetwork(
  path: string | null,
  { imageShape, classes }: ImageKind,
): Promise<nn.Module | null> {
  if (path === null) return null;
  const fault = (message: string, cause?: unknown) =>
    new UsageError(`--arch: ${path}: ${message}`, { cause });
  const { value: build } = await defaultExport(`--arch: ${path}`, path);
  if (typeof build !== "function") {
    const found = build === undefined ? "it has none" : `it is ${kindOf(build)}`;
    throw fault(`needs a function as its default export: ${found}`);
  }
  let network: unknown;
  try {
    network = build({ imageShape, classes });
  } catch (cause) {
    throw fault(`its default export failed: ${lineOf(cause)}`, cause);
  }
  if (!(network instanceof nn.Module)) {
    throw fault(
      `its default export must give an nn.Module: it gives ${kindOf(network)}; ` +
        'import { nn } from "@glim/glim", which is the copy that trains',
    );
  }
  checkOutput(network, { imageShape, classes }, fault);
  return network;
}

/**
 * Asks the network about two black images. In evaluation mode nothing changes in it; gradients are
 * recorded, to see that there are any.
 */
function checkOutput(
  network: nn.Module,
  { imageShape, classes }: ImageKind,
  fault: (message: string, cause?: unknown) => UsageError,
): void {
  if (network.parameters().next().done) throw fault("its network has nothing to learn");
  const images = `images [${[2, 1, ...imageShape].join(", ")}]`;
  let output: unknown;
  try {
    output = scope(() => network.eval().forward(zeros([2, 1, ...imageShape])));
    network.train();
  } catch (cause) {
    throw fault(`its network fails on ${images}: ${lineOf(cause)}`, cause);
  }
  const wanted = `its network must give logits [2, ${classes}] for ${images}`;
  if (!(output instanceof Tensor)) throw fault(`${wanted}: it gives ${kindOf(output)}`);
  using logits = output;
  const { shape } = logits;
  if (shape.join() !== [2, classes].join()) {
    throw fault(`${wanted}: they are [${shape.join(", ")}]`);
  }
  if (!logits.requiresGrad) throw fault("its logits do not depend on what it can learn");
}
