/**
 * What work costs, to tell whether threads pay.
 *
 * @module
 */

/** Nanoseconds an element that is read and written takes on one thread, roughly. */
export const STREAM = 0.2;
