import { types } from "node:util";
import { format } from "./check.ts";

/** Whether `value` is an error of any realm, or a `DOMException`. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** The message of an error; any other value that was thrown, as error messages show it. */
export function messageOf(thrown: unknown): string {
  return isError(thrown) ? thrown.message : format(thrown);
}
