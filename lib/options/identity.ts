import type { BinaryInput } from "../protocol/property-types.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { isBytes, validateView } from "../util/binary.ts";
import { format, isUtf8String, MAX_BYTES } from "../util/check.ts";
import type { ClientOptions } from "./client-options.ts";

/** The options that identify the client and its session. */
export interface IdentitySettings {
  identifier: string;
  username: string | undefined;
  password: BinaryInput | undefined;
  clean: boolean | "first-only";
}

/** Checks the identifier, the credentials, and the options of the session. */
export function parseIdentity(options: ClientOptions, protocol: ProtocolVersion): IdentitySettings {
  validateCredentials(options, protocol);
  const { password } = options;
  return {
    identifier: parseIdentifier(options.identifier, protocol),
    username: options.username,
    // A copy, so that each connect sends the bytes that were checked.
    password: typeof password === "object" ? Uint8Array.from(password) : password,
    clean: parseClean(options, protocol),
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

function validateCredentials({ username, password }: ClientOptions, protocol: ProtocolVersion): void {
  if (username !== undefined) validateText("username", username);
  if (password === undefined) return;
  // Neither message shows the password.
  if (typeof password === "string" ? !isUtf8String(password) : !isBytes(password))
    throw new TypeError(`Option password must be a string or bytes, at most ${MAX_BYTES} of them`);
  if (isBytes(password)) validateView("Option password", password);
  if (password.length > MAX_BYTES) throw new RangeError(`Option password must be at most ${MAX_BYTES} bytes`);
  if (username === undefined && protocol !== ProtocolVersion.V5)
    throw new TypeError("Option password needs a username, except on MQTT 5");
}

function validateText(name: string, value: unknown): asserts value is string {
  if (!isUtf8String(value))
    throw new TypeError(
      `Option ${name} must be a string of at most ${MAX_BYTES} UTF-8 bytes without U+0000, not ${format(value)}`,
    );
}
