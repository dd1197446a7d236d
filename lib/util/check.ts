import { inspect, types } from "node:util";
import { type Counterparts, unknownMember } from "./unknown-member.ts";

/** The maximum size of a UTF-8 string or binary data, whose length has two bytes (MQTT 5, section 1.5.4). */
export const MAX_BYTES = 65_535;

/** U+0000 and lone surrogates, which are forbidden in MQTT's UTF-8 strings ([MQTT-1.5.4-1], [MQTT-1.5.4-2]). */
const FORBIDDEN = /[\0\p{Cs}]/u;

/** Returns whether `value` has at most 65 535 bytes, a string in UTF-8. Counts bytes only if necessary. */
export function fits(value: string | Uint8Array): boolean {
  if (typeof value !== "string") return value.byteLength <= MAX_BYTES;
  return value.length * 3 <= MAX_BYTES || Buffer.byteLength(value) <= MAX_BYTES;
}

/** Returns whether `value` can be sent as a UTF-8 Encoded String (MQTT 5, section 1.5.4). */
export function isUtf8String(value: unknown): value is string {
  return typeof value === "string" && fits(value) && !FORBIDDEN.test(value);
}

/** Formats a value for error messages: on one line, strings quoted, long values shortened. */
export function format(value: unknown): string {
  return inspect(value, {
    depth: 0,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 80,
    maxArrayLength: 8,
  });
}

/** Throws unless `value` is a count: a whole number from 0, or Infinity. */
export function validateCount(name: string, value: unknown): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, not ${format(value)}`);
  if (value < 0 || (value !== Number.POSITIVE_INFINITY && !Number.isInteger(value)))
    throw new RangeError(`${name} must be a whole number from 0, or Infinity, not ${format(value)}`);
}

/** Throws unless `value` is a whole number from `least` to `most`. */
export function validateInteger(
  name: string,
  value: unknown,
  least: number,
  most: number,
): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, not ${format(value)}`);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${format(value)}`);
}

/** Throws unless `value` is true or false. */
export function validateBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be a boolean, not ${format(value)}`);
}

/** Throws unless `qos` is 0, 1 or 2. */
export function validateQoS(name: string, qos: unknown): asserts qos is 0 | 1 | 2 {
  if (qos !== 0 && qos !== 1 && qos !== 2)
    throw new RangeError(`${name} must be 0, 1 or 2, not ${format(qos)}`);
}

/** Returns the type of a value, for messages that must not show the value because it may be a secret. */
export function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const tag = builtinTag(value);
  return tag === "Object" ? "an object" : `${/^[AI]/.test(tag) ? "an" : "a"} ${tag}`;
}

/** The names of a type's members. It does not compile unless all are there. */
export type Members<T> = Readonly<Record<keyof T, true>>;

/**
 * Throws unless `value` is an object that has only these members, so that misspelt ones are noticed. An undefined
 * member counts as absent. `counterparts`: the counterparts of other libraries' members.
 */
export function validateMembers(
  name: string,
  value: unknown,
  members: Readonly<Record<string, true>>,
  counterparts?: () => Counterparts,
): asserts value is object {
  let hasOurs = false;
  for (const member in value as object) {
    if (members[member] === true) {
      hasOurs = true; // without calling a getter
    } else if ((value as Record<string, unknown>)[member] !== undefined && !isOfAllObjects(value, member)) {
      validateObject(name, value);
      const what = name === "options" ? `option ${member}` : `${name}.${member}`;
      throw new TypeError(unknownMember(what, member, Object.keys(members), counterparts?.()));
    }
  }
  // A value with one of the members is an object. Checking it would take a third of the time, in each publish.
  if (!hasOurs) validateObject(name, value);
}

/** Throws unless `value` is an object with named members, and no array, `Map`, promise or the like. */
export function validateObject(name: string, value: unknown): asserts value is object {
  if (isPlain(value)) return;
  if (typeof value !== "object" || value === null || !isOfProgram(value))
    throw new TypeError(`${name} must be an object, not ${describeType(value)}`);
}

/** Returns whether `value` is an object without a class, of any realm. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || isRoot(prototype);
}

/** Returns whether a value is the `Object.prototype` of any realm. */
function isRoot(value: unknown): boolean {
  return value !== null && Object.getPrototypeOf(value) === null && hasOwn(value, "isPrototypeOf");
}

/** Returns whether all objects inherit a member, because a library has added it to `Object.prototype`. */
function isOfAllObjects(value: unknown, member: string): boolean {
  let holder = value;
  while (holder !== null && !hasOwn(holder, member)) holder = Object.getPrototypeOf(holder);
  return holder !== value && isRoot(holder);
}

const hasOwn = (value: unknown, member: string): boolean => Object.hasOwn(value as object, member);

/** Kinds of objects that are passed by mistake. */
const MISTAKEN_KINDS: readonly ((value: unknown) => boolean)[] = [
  ...[Array.isArray, ArrayBuffer.isView, types.isAnyArrayBuffer, types.isDate, types.isNativeError],
  ...[types.isMap, types.isPromise, types.isRegExp, types.isSet, isURL],
];

/** Returns whether an object is of the program's own class, or a module. */
function isOfProgram(value: object): boolean {
  return !MISTAKEN_KINDS.some((isKind) => isKind(value)) && !(value instanceof Error);
}

/** Returns whether `value` is a `URL` of any realm. Objects of `url.parse` are none: they have no search parameters. */
export function isURL(value: unknown): value is URL {
  if (value instanceof URL) return true;
  if (typeof value !== "object" || value === null) return false;
  const { href, protocol, searchParams } = value as Partial<URL>;
  return typeof href === "string" && typeof protocol === "string" && typeof searchParams === "object";
}

function builtinTag(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
