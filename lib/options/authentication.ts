import type { BinaryInput, ServerAuthProperties } from "../protocol/property-types.ts";
import {
  format,
  isPlain,
  isUtf8String,
  type Members,
  validateMembers,
  validateObject,
} from "../util/check.ts";

/**
 * Enhanced authentication (MQTT 5, section 4.12): broker and client exchange data until both are content. An instance of a
 * class does as well, and may have further members.
 */
export interface AuthenticationOptions {
  /** The name of the authentication method, such as `SCRAM-SHA-256`; it has a meaning to the broker only. */
  method: string;
  /** What CONNECT carries. Read at each connect, so that a getter can give each its own. Default: nothing. */
  data?: BinaryInput | undefined;
  /**
   * Answers a challenge of the broker, while connecting and while re-authenticating. What it throws, or rejects with, ends
   * the connection, or the attempt to make one, and is the `cause` of the error `AUTHENTICATION_FAILED`.
   *
   * @param data what came with the challenge; empty when that was nothing
   * @param properties all of the challenge's properties
   */
  onChallenge(
    data: Buffer,
    properties: ServerAuthProperties,
  ): BinaryInput | undefined | Promise<BinaryInput | undefined>;
}

const MEMBERS: Members<AuthenticationOptions> = {
  method: true,
  data: true,
  onChallenge: true,
};

/** Throws a `TypeError` that names what is wrong. */
export function validateAuthentication(options: unknown): asserts options is AuthenticationOptions {
  // An instance of a class may have members of its own: a getter of `data` needs something to get it from.
  if (isPlain(options)) validateMembers("authentication", options, MEMBERS);
  else validateObject("authentication", options);
  const { method, onChallenge } = options as Partial<AuthenticationOptions>;
  if (!isUtf8String(method) || method === "")
    throw new TypeError(`Option authentication.method must be a non-empty string, not ${format(method)}`);
  if (typeof onChallenge !== "function")
    throw new TypeError(`Option authentication.onChallenge must be a function, not ${format(onChallenge)}`);
}
