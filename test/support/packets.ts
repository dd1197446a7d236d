import { prefixed, u8, u16, variableByteInteger } from "./bytes.ts";
import { encodeProperties, type Properties } from "./properties.ts";

/** Properties by name, or raw bytes without their length. */
type PropertiesOrBytes = Properties | Uint8Array;

export interface Reason {
  /** 0 (success) by default. */
  reasonCode?: number;
  properties?: PropertiesOrBytes;
}

export interface Connack extends Reason {
  sessionPresent?: boolean;
}

export interface Publish {
  topic: string;
  payload?: string | Uint8Array;
  qos?: 0 | 1 | 2;
  retain?: boolean;
  dup?: boolean;
  /** 1 by default; a packet of QoS 0 has none. */
  packetId?: number;
  properties?: PropertiesOrBytes;
}

/** Makes the packets of a broker in one version of the protocol. Malformed packets are best written as a Buffer. */
export class BrokerPackets {
  readonly #version: number;

  constructor(version: number) {
    this.#version = version;
  }

  connack({ sessionPresent = false, reasonCode = 0, properties }: Connack = {}): Buffer {
    return packet(0x20, u8(sessionPresent ? 1 : 0), u8(reasonCode), this.#properties(properties));
  }

  publish({ topic, payload = "", qos = 0, retain, dup, packetId = 1, properties }: Publish): Buffer {
    const first = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
    const identifier = qos > 0 ? u16(packetId) : Buffer.alloc(0);
    return packet(first, prefixed(topic), identifier, this.#properties(properties), Buffer.from(payload));
  }

  puback(packetId: number, reason?: Reason): Buffer {
    return packet(0x40, u16(packetId), this.#reason(reason));
  }

  pubrec(packetId: number, reason?: Reason): Buffer {
    return packet(0x50, u16(packetId), this.#reason(reason));
  }

  pubrel(packetId: number, reason?: Reason): Buffer {
    return packet(0x62, u16(packetId), this.#reason(reason));
  }

  pubcomp(packetId: number, reason?: Reason): Buffer {
    return packet(0x70, u16(packetId), this.#reason(reason));
  }

  suback(packetId: number, reasonCodes: readonly number[], properties?: PropertiesOrBytes): Buffer {
    return packet(0x90, u16(packetId), this.#properties(properties), Buffer.from(reasonCodes));
  }

  /** Before MQTT 5 an UNSUBACK has no reason codes. */
  unsuback(packetId: number, reasonCodes: readonly number[] = [], properties?: PropertiesOrBytes): Buffer {
    const codes = this.#version === 5 ? reasonCodes : [];
    return packet(0xb0, u16(packetId), this.#properties(properties), Buffer.from(codes));
  }

  pingresp(): Buffer {
    return packet(0xd0);
  }

  /** Makes a DISCONNECT, which only a broker of MQTT 5 sends. */
  disconnect(reason?: Reason): Buffer {
    return packet(0xe0, this.#reason(reason));
  }

  /** Makes an AUTH, which only MQTT 5 has. */
  auth(reason?: Reason): Buffer {
    return packet(0xf0, this.#reason(reason));
  }

  #properties(properties: PropertiesOrBytes = {}): Buffer {
    return this.#version === 5 ? encodeProperties(properties) : Buffer.alloc(0);
  }

  /** The reason code and properties, or nothing where there is nothing to say (MQTT 5, section 3.4.2.1). */
  #reason({ reasonCode = 0, properties }: Reason = {}): Buffer {
    if (this.#version < 5 || (reasonCode === 0 && !properties)) return Buffer.alloc(0);
    return Buffer.concat([u8(reasonCode), properties ? encodeProperties(properties) : Buffer.alloc(0)]);
  }
}

export const v3: BrokerPackets = new BrokerPackets(4);
export const v5: BrokerPackets = new BrokerPackets(5);

/** Makes a packet of a first byte and the parts after the length. */
export function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u8(first), variableByteInteger(body.length), body]);
}
