/** Makes an instance of compiled code. */
export declare function instantiateSync(
  module: object,
  imports: Record<string, Record<string, unknown>>,
): { instance: { exports: unknown } };
