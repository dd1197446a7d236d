import type { BinaryInput, ServerAuthProperties } from "../protocol/property-types.ts";
import {
  format,
  isPlain,
  isUtf8String,
  type Members,
  validateMembers,
  validateObject,
} from "../util/check.ts";
import type { PerAttempt } from "../util/per-attempt.ts";

/**
 * Enhanced authentication (MQTT 5, section 4.12): client and broker exchange data until both have authenticated. An
 * instance of a class is allowed, and may have further members.
 */
export interface AuthenticationOptions {
  /** The name of the authentication method, such as `SCRAM-SHA-256`. Only the broker interprets it. */
  method: string;
  /** The authentication data of CONNECT. A getter or a function is called for each attempt. Default: none. */
  data?: PerAttempt<BinaryInput> | undefined;
  /**
   * Answers a challenge of the broker, while connecting and while re-authenticating. An exception or a rejection ends
   * the connection or the attempt to connect. It is the `cause` of the error `AUTHENTICATION_FAILED`.
   *
   * @param data the authentication data of the challenge; empty when it has none
   * @param properties all properties of the challenge
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

/** Checks the option. Throws a `TypeError` that names the invalid member. */
export function validateAuthentication(options: unknown): asserts options is AuthenticationOptions {
  // An instance of a class may have members of its own, for example those that its getter of `data` reads.
  if (isPlain(options)) validateMembers("authentication", options, MEMBERS);
  else validateObject("authentication", options);
  const { method, onChallenge } = options as Partial<AuthenticationOptions>;
  if (!isUtf8String(method) || method === "")
    throw new TypeError(`Option authentication.method must be a non-empty string, not ${format(method)}`);
  if (typeof onChallenge !== "function")
    throw new TypeError(`Option authentication.onChallenge must be a function, not ${format(onChallenge)}`);
}
