import { brand } from "../util/brand.ts";
import { format } from "../util/check.ts";

/** The packets that carry reason codes (MQTT 5, section 2.4). */
export type ReasonCodePacket =
  | "connack"
  | "puback"
  | "pubrec"
  | "pubrel"
  | "pubcomp"
  | "suback"
  | "unsuback"
  | "disconnect"
  | "auth";

/** MQTT 5, table 2-6. The names of 0x00 in SUBACK and DISCONNECT are below. */
export const NAMES: Readonly<Record<number, string>> = {
  0: "Success",
  1: "Granted QoS 1",
  2: "Granted QoS 2",
  4: "Disconnect with Will Message",
  16: "No matching subscribers",
  17: "No subscription existed",
  24: "Continue authentication",
  25: "Re-authenticate",
  128: "Unspecified error",
  129: "Malformed Packet",
  130: "Protocol Error",
  131: "Implementation specific error",
  132: "Unsupported Protocol Version",
  133: "Client Identifier not valid",
  134: "Bad User Name or Password",
  135: "Not authorized",
  136: "Server unavailable",
  137: "Server busy",
  138: "Banned",
  139: "Server shutting down",
  140: "Bad authentication method",
  141: "Keep Alive timeout",
  142: "Session taken over",
  143: "Topic Filter invalid",
  144: "Topic Name invalid",
  145: "Packet Identifier in use",
  146: "Packet Identifier not found",
  147: "Receive Maximum exceeded",
  148: "Topic Alias invalid",
  149: "Packet too large",
  150: "Message rate too high",
  151: "Quota exceeded",
  152: "Administrative action",
  153: "Payload format invalid",
  154: "Retain not supported",
  155: "QoS not supported",
  156: "Use another server",
  157: "Server moved",
  158: "Shared Subscriptions not supported",
  159: "Connection rate exceeded",
  160: "Maximum connect time",
  161: "Subscription Identifiers not supported",
  162: "Wildcard Subscriptions not supported",
};

/**
 * The result of an operation (MQTT 5, section 2.4). The return codes of MQTT 3.1 and 3.1.1 map onto the same codes.
 *
 * Programs do not construct it. Each code and name has one instance, so codes may be compared with `===`.
 */
export class ReasonCode {
  /** The code on the wire, 0 to 255. */
  readonly value: number;
  /** The name in the specification, such as `Not authorized`. */
  readonly name: string;

  private constructor(value: number, name: string) {
    this.value = value;
    this.name = name;
    Object.freeze(this);
  }

  /** Whether the code is a failure, which is 0x80 or above (MQTT 5, section 2.4). */
  get isFailure(): boolean {
    return this.value >= 0x80;
  }

  /** Returns the name, as `str()` of a reason code does in aiomqtt. */
  toString(): string {
    return this.name;
  }

  static readonly #grantedQoS0: ReasonCode = new ReasonCode(0x00, "Granted QoS 0");
  static readonly #normalDisconnection: ReasonCode = new ReasonCode(0x00, "Normal disconnection");
  static readonly #codes: readonly ReasonCode[] = Array.from(
    { length: 256 },
    (_, value) => new ReasonCode(value, NAMES[value] ?? "Unknown reason code"),
  );

  /**
   * Returns the reason code of a value. The name of 0x00 depends on the packet, and is `Success` without one.
   *
   * @throws {RangeError} when the value is not an integer from 0 to 255.
   */
  static of(value: number, packet?: ReasonCodePacket): ReasonCode {
    if (value === 0x00 && packet === "suback") return ReasonCode.#grantedQoS0;
    if (value === 0x00 && packet === "disconnect") return ReasonCode.#normalDisconnection;
    const code = ReasonCode.#codes[value];
    if (code === undefined)
      throw new RangeError(`A reason code is an integer from 0 to 255, not ${format(value)}`);
    return code;
  }
}

brand(ReasonCode, "ReasonCode");

/** MQTT 3.1.1, table 3.1, in the words of MQTT 5. */
const RETURN_CODES: Readonly<Record<number, number>> = {
  0: 0x00,
  1: 0x84,
  2: 0x85,
  3: 0x88,
  4: 0x86,
  5: 0x87,
};

/**
 * Returns the reason code of a CONNACK return code of MQTT 3.1 or 3.1.1 (section 3.2.2.3).
 *
 * Codes from 0x80 on are kept, because some brokers send MQTT 5's. Other reserved codes become 0x80.
 */
export function reasonCodeOfReturnCode(returnCode: number): ReasonCode {
  return ReasonCode.of(RETURN_CODES[returnCode] ?? Math.max(returnCode, 0x80), "connack");
}
