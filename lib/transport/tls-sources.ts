import type { NativeSource } from "../native/target.ts";
import { isBytes } from "../util/binary.ts";
import { describeType, format } from "../util/check.ts";

/** PEM as text or bytes, or DER as bytes. */
export type Pem = string | Uint8Array;

/** A value, or an array of values. */
export type OneOrMore<T> = T | readonly T[];

/** Returns a value, or an array of values, as an array. Undefined is an empty array. */
export function toList<T>(value: OneOrMore<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList<T>(value: OneOrMore<T>): value is readonly T[] {
  return Array.isArray(value);
}

/** Checks and copies a certificate or key. Messages do not show it. */
export function pemSource(name: string, pem: unknown, passphrase?: string): NativeSource {
  if (typeof pem === "string" && !pem.includes("-----BEGIN "))
    throw new TypeError(
      `${name} must be the contents of a PEM file; this string has no "-----BEGIN " (the option tlsParams takes file names)`,
    );
  if (typeof pem !== "string" && !isBytes(pem))
    throw new TypeError(`${name} must be PEM as a string, or PEM or DER as bytes, not ${describeType(pem)}`);
  return source(name, Buffer.from(pem), passphrase);
}

/** Checks and copies the contents of a PKCS #12 file. */
export function pfxSource(name: string, pfx: unknown, passphrase?: string): NativeSource {
  if (!isBytes(pfx)) throw new TypeError(`${name} must be bytes, not ${describeType(pfx)}`);
  return source(name, Buffer.from(pfx), passphrase);
}

function source(name: string, bytes: Uint8Array, passphrase: string | undefined): NativeSource {
  if (bytes.length === 0) throw new TypeError(`${name} must not be empty`);
  return { bytes, passphrase };
}

/** Throws unless `passphrase` is a string or undefined. */
export function parsePassphrase(name: string, passphrase: unknown): string | undefined {
  if (passphrase === undefined || typeof passphrase === "string") return passphrase;
  throw new TypeError(`${name} must be a string, not ${describeType(passphrase)}`);
}

/** Throws unless `value` is a non-empty string without U+0000, which would end it early. */
export function validateText(name: string, value: unknown): asserts value is string {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return;
  const given = typeof value === "string" ? format(value) : describeType(value);
  throw new TypeError(`${name} must be a string that is not empty and has no U+0000, not ${given}`);
}
