import type { Acknowledge } from "../incoming/receipt.ts";
import type { ConnectProperties } from "../protocol/property-types.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { format, validateBoolean, validateInteger } from "../util/check.ts";
import type { ClientOptions } from "./client-options.ts";

/** The checked options of acknowledgement. */
export interface AcknowledgementSettings {
  acknowledge: Acknowledge;
  acknowledgeInOrder: boolean;
  /** MQTT 5: the Receive Maximum of the client; undefined: the protocol's. */
  receiveMaximum: number | undefined;
}

/** The Receive Maximum of a client that acknowledges late, and has no other. */
const LATE_RECEIVE_MAXIMUM = 1_000;
const LARGEST_RECEIVE_MAXIMUM = 65_535;

/** Throws unless a value says when messages are acknowledged. */
export function parseAcknowledge(acknowledge: unknown): asserts acknowledge is Acknowledge {
  if (acknowledge !== "received" && acknowledge !== "processed" && acknowledge !== "manual")
    throw new TypeError(
      `Option acknowledge must be "received", "processed" or "manual", not ${format(acknowledge)}`,
    );
}

/** Checks the options of acknowledgement. `properties`: those of CONNECT. */
export function parseAcknowledgement(
  options: ClientOptions,
  properties: ConnectProperties | undefined,
  protocol: ProtocolVersion,
): AcknowledgementSettings {
  const { acknowledge = "received", acknowledgeInOrder = true, receiveMaximum } = options;
  parseAcknowledge(acknowledge);
  validateBoolean("Option acknowledgeInOrder", acknowledgeInOrder);
  const ofProperties = properties?.receiveMaximum;
  if (receiveMaximum !== undefined) {
    if (protocol !== ProtocolVersion.V5)
      throw new TypeError("Option receiveMaximum is for MQTT 5 only: it needs protocol: ProtocolVersion.V5");
    validateInteger("Option receiveMaximum", receiveMaximum, 1, LARGEST_RECEIVE_MAXIMUM);
    if (ofProperties !== undefined && ofProperties !== receiveMaximum)
      throw new TypeError(
        `Option receiveMaximum must be as properties.receiveMaximum, not ${receiveMaximum} and ${ofProperties}`,
      );
  }
  const isLate = protocol === ProtocolVersion.V5 && acknowledge !== "received";
  const byDefault = isLate ? LATE_RECEIVE_MAXIMUM : undefined;
  return { acknowledge, acknowledgeInOrder, receiveMaximum: receiveMaximum ?? ofProperties ?? byDefault };
}
