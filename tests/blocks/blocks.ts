/**
 * The table of building blocks: parts of networks and objectives as people compose them. Each is there
 * as Glim and as PyTorch have it; `blocks_test.ts` compares outputs, losses and the gradients of all
 * inputs with `fixtures/blocks.json`, made from this table by `fixtures/make.py`.
 */
import type { Block } from "./block.ts";
import { objectives } from "./objectives.ts";
import { sequences } from "./sequences.ts";
import { vision } from "./vision.ts";

/** All blocks: the table. */
export const blocks: Block[] = [...vision, ...sequences, ...objectives];
