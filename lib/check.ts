import { inspect } from "node:util";

/** The most bytes a UTF-8 string or binary data can have on the wire: its length takes two bytes (MQTT 5, section 1.5.4). */
export const MAX_BYTES = 65_535;

/** U+0000 and lone surrogates, which no UTF-8 string of MQTT contains ([MQTT-1.5.4-1], [MQTT-1.5.4-2]). */
const FORBIDDEN = /[\0\p{Cs}]/u;

/** Whether `value` has at most 65 535 bytes, a string in UTF-8. Counts them only when its length leaves a doubt. */
export function fits(value: string | Uint8Array): boolean {
  if (typeof value !== "string") return value.byteLength <= MAX_BYTES;
  return value.length * 3 <= MAX_BYTES || Buffer.byteLength(value) <= MAX_BYTES;
}

/** Whether `value` can be sent as a UTF-8 Encoded String (MQTT 5, section 1.5.4). */
export function isUtf8String(value: unknown): value is string {
  return typeof value === "string" && fits(value) && !FORBIDDEN.test(value);
}

/** A value as error messages show it: on one line, quoted when it is a string, cut when it is long. */
export function show(value: unknown): string {
  return inspect(value, {
    depth: 0,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 80,
    maxArrayLength: 8,
  });
}

/** Throws unless `value` is a number of things: a whole number from 0, or Infinity. */
export function validateCount(name: string, value: unknown): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, not ${show(value)}`);
  if (value < 0 || (value !== Number.POSITIVE_INFINITY && !Number.isInteger(value)))
    throw new RangeError(`${name} must be a whole number from 0, or Infinity, not ${show(value)}`);
}

/** Throws unless `value` is a whole number from `least` to `most`. */
export function validateInteger(
  name: string,
  value: unknown,
  least: number,
  most: number,
): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, not ${show(value)}`);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${show(value)}`);
}

/** Throws unless `value` is true or false. */
export function validateBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be a boolean, not ${show(value)}`);
}

/** What kind of thing a value is, for messages that must not show it because it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Throws unless `value` is an object without any other members than these. */
export function validateMembers(
  name: string,
  value: unknown,
  members: readonly string[],
): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError(`${name} must be an object, not ${kindOf(value)}`);
  for (const member of Object.keys(value)) // asks no getter of a member that there is
    if (!members.includes(member) && (value as Record<string, unknown>)[member] !== undefined)
      throw new TypeError(`There is no ${name}.${member}; there are ${members.join(", ")}`);
}
