/**
 * The types of methods that are functions with the tensor as their first argument.
 *
 * @module
 */

/** The methods of some functions: each without its first argument. */
export type MethodsOf<Functions> = {
  // deno-lint-ignore no-explicit-any
  [Name in keyof Functions]: Functions[Name] extends (x: any, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never;
};
