import type { NativeSource } from "../native/target.ts";
import { isBytes } from "../util/binary.ts";
import { describeType, format } from "../util/check.ts";

/** PEM as text or bytes, or DER as bytes. */
export type Pem = string | Uint8Array;

/** One, or several in an array. */
export type OneOrMore<T> = T | readonly T[];

/** What may stand alone or in an array; nothing is none. */
export function toList<T>(value: OneOrMore<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList<T>(value: OneOrMore<T>): value is readonly T[] {
  return Array.isArray(value);
}

/** A certificate or key, copied. None of the messages here shows anything of it. */
export function pemSource(name: string, pem: unknown, passphrase?: string): NativeSource {
  if (typeof pem === "string" && !pem.includes("-----BEGIN "))
    throw new TypeError(
      `${name} must be the contents of a PEM file; this string has no "-----BEGIN " (the option tlsParams takes file names)`,
    );
  if (typeof pem !== "string" && !isBytes(pem))
    throw new TypeError(`${name} must be PEM as a string, or PEM or DER as bytes, not ${describeType(pem)}`);
  return source(name, Buffer.from(pem), passphrase);
}

/** A PKCS #12 file's contents, copied. */
export function pfxSource(name: string, pfx: unknown, passphrase?: string): NativeSource {
  if (!isBytes(pfx)) throw new TypeError(`${name} must be bytes, not ${describeType(pfx)}`);
  return source(name, Buffer.from(pfx), passphrase);
}

function source(name: string, bytes: Uint8Array, passphrase: string | undefined): NativeSource {
  if (bytes.length === 0) throw new TypeError(`${name} must not be empty`);
  return { bytes, passphrase };
}

/** Throws unless it is a string, or undefined. */
export function parsePassphrase(name: string, passphrase: unknown): string | undefined {
  if (passphrase === undefined || typeof passphrase === "string") return passphrase;
  throw new TypeError(`${name} must be a string, not ${describeType(passphrase)}`);
}

/** Throws unless `value` is text with something in it, and without U+0000: that would end it early. */
export function validateText(name: string, value: unknown): asserts value is string {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return;
  const given = typeof value === "string" ? format(value) : describeType(value);
  throw new TypeError(`${name} must be a string that is not empty and has no U+0000, not ${given}`);
}
