/**
 * The types of methods that are functions with the tensor as their first argument.
 *
 * @module
 */

/** The methods of some functions: each without its first argument, with both forms where it has two. */
export type MethodsOf<Functions> = {
  [Name in keyof Functions]: Functions[Name] extends {
    // deno-lint-ignore no-explicit-any
    (x: any, ...rest: infer A): infer First;
    // deno-lint-ignore no-explicit-any
    (x: any, ...rest: infer B): infer Second;
  } ? { (...rest: A): First; (...rest: B): Second }
    // deno-lint-ignore no-explicit-any
    : Functions[Name] extends (x: any, ...rest: infer Rest) => infer Result
      ? (...rest: Rest) => Result
    : never;
};
