/**
 * The option of what may write its result over its input.
 *
 * @module
 */
import { flag, type Kinds } from "../core/options.ts";

/** Options of what may write its result over its input. */
export interface InplaceOptions {
  /**
   * Whether the result takes the place of the input, which is returned: it has a gradient as ever, but
   * for a leaf that requires one, which is refused. Default: false.
   */
  inplace?: boolean;
}

/** What they take. */
export const INPLACE: Kinds<InplaceOptions> = { inplace: flag };
