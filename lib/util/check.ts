import { inspect, types } from "node:util";
import { type Counterparts, unknownMember } from "./unknown-member.ts";

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
export function format(value: unknown): string {
  return inspect(value, {
    depth: 0,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 80,
    maxArrayLength: 8,
  });
}

/** Throws unless `value` is a number of things: a whole number from 0, or Infinity. */
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

/** What kind of thing a value is, for messages that must not show it because it may be a secret. */
export function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const tag = builtinTag(value);
  return tag === "Object" ? "an object" : `${/^[AI]/.test(tag) ? "an" : "a"} ${tag}`;
}

/** The names of a type's members: all of them, or it does not compile. */
export type Members<T> = Readonly<Record<keyof T, true>>;

/**
 * Throws unless `value` is an object without any other members than these: one that is misspelt must not pass unnoticed. A
 * member that is undefined counts as absent. `counterparts`: of members that other libraries have.
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
      hasOurs = true; // and no getter of it is asked
    } else if ((value as Record<string, unknown>)[member] !== undefined && !isOfAllObjects(value, member)) {
      validateObject(name, value);
      const what = name === "options" ? `option ${member}` : `${name}.${member}`;
      throw new TypeError(unknownMember(what, member, Object.keys(members), counterparts?.()));
    }
  }
  // What has one of the members is an object: to look would take a third of the time, with each publish.
  if (!hasOurs) validateObject(name, value);
}

/** Throws unless `value` is an object that may have members by names: no array, `Map`, promise or the like. */
export function validateObject(name: string, value: unknown): asserts value is object {
  if (isPlain(value)) return;
  if (typeof value !== "object" || value === null || !isOfProgram(value))
    throw new TypeError(`${name} must be an object, not ${describeType(value)}`);
}

/** Whether it is an object of no class, in whatever realm. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || isRoot(prototype);
}

/** Whether a value is the `Object.prototype` of any realm. */
function isRoot(value: unknown): boolean {
  return value !== null && Object.getPrototypeOf(value) === null && hasOwn(value, "isPrototypeOf");
}

/** Whether all objects inherit a member. Some libraries add such members, which say nothing of this object. */
function isOfAllObjects(value: unknown, member: string): boolean {
  let holder = value;
  while (holder !== null && !hasOwn(holder, member)) holder = Object.getPrototypeOf(holder);
  return holder !== value && isRoot(holder);
}

const hasOwn = (value: unknown, member: string): boolean => Object.hasOwn(value as object, member);

/** Kinds of objects that somebody may pass by mistake. */
const MISTAKEN_KINDS: readonly ((value: unknown) => boolean)[] = [
  ...[Array.isArray, ArrayBuffer.isView, types.isAnyArrayBuffer, types.isDate, types.isNativeError],
  ...[types.isMap, types.isPromise, types.isRegExp, types.isSet, isURL],
];

/** Whether it is of a class of the program's own, or a module. */
function isOfProgram(value: object): boolean {
  return !MISTAKEN_KINDS.some((isKind) => isKind(value)) && !(value instanceof Error);
}

/** Whether `value` is a `URL` of any realm. The objects of `url.parse` are none: they have no search parameters. */
export function isURL(value: unknown): value is URL {
  if (value instanceof URL) return true;
  if (typeof value !== "object" || value === null) return false;
  const { href, protocol, searchParams } = value as Partial<URL>;
  return typeof href === "string" && typeof protocol === "string" && typeof searchParams === "object";
}

function builtinTag(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
