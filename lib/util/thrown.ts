import { types } from "node:util";
import { format } from "./check.ts";

/** Returns whether `value` is an error of any realm, or a `DOMException`. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Returns the message of an error, and formats any other thrown value. */
export function toMessage(thrown: unknown): string {
  return isError(thrown) ? thrown.message : format(thrown);
}
