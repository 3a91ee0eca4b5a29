/**
 * The worker of the page of writing.
 *
 * @module
 */
import { startWriter } from "./writer.ts";

startWriter();
