/**
 * A value, or a function that returns it, or a promise of it. The client calls the function at each attempt to connect.
 * `undefined` counts as absent.
 */
export type PerAttempt<T> = T | (() => T | undefined | Promise<T | undefined>);

/** Whether an option is a function that is called at each attempt. */
export function isPerAttempt<T>(
  option: PerAttempt<T> | undefined,
): option is () => T | undefined | Promise<T | undefined> {
  return typeof option === "function";
}

/** Calls a function of the program for the option of that name. Its errors name the option. */
export type Ask = <T>(option: string, call: () => T | Promise<T>) => Promise<T>;
