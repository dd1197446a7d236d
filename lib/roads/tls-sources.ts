import { isBytes } from "../basics/binary.ts";
import { kindOf, show } from "../basics/check.ts";
import type { NativeSource } from "../native/road.ts";

/** PEM as text or bytes, or DER as bytes. */
export type Pem = string | Uint8Array;

/** One, or several in an array. */
export type OneOrMore<T> = T | readonly T[];

/** What may stand alone or in an array; nothing is none. */
export function listOf<T>(value: OneOrMore<T> | undefined): readonly T[] {
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
    throw new TypeError(`${name} must be PEM as a string, or PEM or DER as bytes, not ${kindOf(pem)}`);
  return source(name, Buffer.from(pem), passphrase);
}

/** A PKCS #12 file's contents, copied. */
export function pfxSource(name: string, pfx: unknown, passphrase?: string): NativeSource {
  if (!isBytes(pfx)) throw new TypeError(`${name} must be bytes, not ${kindOf(pfx)}`);
  return source(name, Buffer.from(pfx), passphrase);
}

function source(name: string, bytes: Uint8Array, passphrase: string | undefined): NativeSource {
  if (bytes.length === 0) throw new TypeError(`${name} must not be empty`);
  return { bytes, passphrase };
}

/** Throws unless it is a string, or undefined. */
export function passphraseOf(name: string, passphrase: unknown): string | undefined {
  if (passphrase === undefined || typeof passphrase === "string") return passphrase;
  throw new TypeError(`${name} must be a string, not ${kindOf(passphrase)}`);
}

/** Throws unless `value` is text with something in it, and without U+0000: that would end it early. */
export function validateText(name: string, value: unknown): asserts value is string {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return;
  const given = typeof value === "string" ? show(value) : kindOf(value);
  throw new TypeError(`${name} must be a string that is not empty and has no U+0000, not ${given}`);
}
