/** The file in a run's folder, gone as soon as it is there, that `rows.ts` keeps samples in. */
export const ROWS = ".rows";
