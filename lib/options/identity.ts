import type { BinaryInput } from "../protocol/property-types.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { isBytes, validateView } from "../util/binary.ts";
import { format, isUtf8String, MAX_BYTES } from "../util/check.ts";
import { isPerAttempt, type PerAttempt } from "../util/per-attempt.ts";
import type { ClientOptions } from "./client-options.ts";

/** The options that identify the client and its session. */
export interface IdentitySettings {
  identifier: string;
  clean: boolean | "first-only";
}

/** The user name and the password for one address. */
export interface CredentialSettings {
  username: PerAttempt<string> | undefined;
  password: PerAttempt<BinaryInput> | undefined;
}

/** Checks the identifier, and the options of the session. */
export function parseIdentity(options: ClientOptions, protocol: ProtocolVersion): IdentitySettings {
  return {
    identifier: parseIdentifier(options.identifier, protocol),
    clean: parseClean(options, protocol),
  };
}

/** Checks the credentials, as far as they are known before an attempt. */
export function parseCredentials(
  { username, password }: ClientOptions,
  protocol: ProtocolVersion,
): CredentialSettings {
  return {
    username: isPerAttempt(username) ? username : parseUsername(username),
    password: isPerAttempt(password) ? password : parsePassword(password, username, protocol),
  };
}

function parseIdentifier(identifier: unknown, protocol: ProtocolVersion): string {
  if (identifier === undefined || identifier === "")
    return protocol === ProtocolVersion.V31 ? randomIdentifier() : "";
  validateText("identifier", identifier);
  return identifier;
}

/** Returns 22 random characters; MQTT 3.1 allows 23 (section 3.1, Client Identifier). */
function randomIdentifier(): string {
  const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const bytes = crypto.getRandomValues(new Uint8Array(22));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join("");
}

function parseClean(
  { cleanSession, cleanStart, identifier }: ClientOptions,
  protocol: ProtocolVersion,
): boolean | "first-only" {
  if (protocol === ProtocolVersion.V5) {
    if (cleanSession !== undefined)
      throw new TypeError("Option cleanSession is for MQTT 3.x; MQTT 5 has cleanStart");
    const clean = cleanStart ?? "first-only";
    if (typeof clean !== "boolean" && clean !== "first-only")
      throw new TypeError(`Option cleanStart must be true, false or "first-only", not ${format(clean)}`);
    return clean;
  }
  if (cleanStart !== undefined)
    throw new TypeError("Option cleanStart is for MQTT 5; MQTT 3.x has cleanSession");
  const clean = cleanSession ?? true;
  if (typeof clean !== "boolean")
    throw new TypeError(`Option cleanSession must be a boolean, not ${format(clean)}`);
  if (!clean && !identifier)
    throw new TypeError("Option cleanSession can be false only together with an identifier");
  return clean;
}

/** Checks a user name, which may be absent. */
export function parseUsername(username: unknown): string | undefined {
  if (username !== undefined) validateText("username", username);
  return username;
}

/** Checks a password, which may be absent, and which some versions of MQTT allow beside a user name only. */
export function parsePassword(
  password: unknown,
  username: unknown,
  protocol: ProtocolVersion,
): BinaryInput | undefined {
  if (password === undefined) return undefined;
  // Neither message shows the password.
  if (typeof password === "string" ? !isUtf8String(password) : !isBytes(password))
    throw new TypeError(`Option password must be a string or bytes, at most ${MAX_BYTES} of them`);
  const bytesOrText = password as BinaryInput;
  if (isBytes(bytesOrText)) validateView("Option password", bytesOrText);
  if (bytesOrText.length > MAX_BYTES)
    throw new RangeError(`Option password must be at most ${MAX_BYTES} bytes`);
  if (username === undefined && protocol !== ProtocolVersion.V5)
    throw new TypeError("Option password needs a username, except on MQTT 5");
  // Bytes of our own: each connect sends what was checked, whatever becomes of the program's.
  return typeof bytesOrText === "object" ? Uint8Array.from(bytesOrText) : bytesOrText;
}

function validateText(name: string, value: unknown): asserts value is string {
  if (!isUtf8String(value))
    throw new TypeError(
      `Option ${name} must be a string of at most ${MAX_BYTES} UTF-8 bytes without U+0000, not ${format(value)}`,
    );
}
