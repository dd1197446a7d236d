import { encodeProperties } from "../packets/properties.ts";
import { startTimer } from "../util/duration.ts";
import type { Log } from "../util/logger.ts";
import { clearTimeout, now, setImmediate } from "../util/timers.ts";
import type { Message } from "./message.ts";
import { Receipt, type ReceiptOwner } from "./receipt.ts";

const PUBACK = 0x40;
const PUBREC = 0x50;
const FIRST_FAILURE = 0x80;
/** Seconds after which a message that holds up others is logged. */
const HOLD_UP = 60;

/** The surroundings of the acknowledgements of one client. */
export interface AcknowledgementsHost {
  readonly log: Log;
  /** Whether acknowledgements leave in the order of their messages [MQTT-4.6.0-2, -3]. */
  readonly inOrder: boolean;
  /** Whether the protocol has reason codes. */
  readonly hasReasonCodes: boolean;
  /** Sends PUBACK and PUBREC packets on the connection with this number, if it is still open. */
  send(connection: number, packets: Uint8Array): void;
  /** The broker's limit, in bytes. */
  maximumPacketSize(): number;
}

/** The acknowledgements that one client owes its broker. They are sent together, once in a turn of the event loop. */
export class Acknowledgements implements ReceiptOwner {
  readonly #host: AcknowledgementsHost;
  /** The owed acknowledgements of the present connection, in the order of their messages. */
  readonly #owed: Record<1 | 2, Set<Receipt>> = { 1: new Set(), 2: new Set() };
  /** The messages of QoS 2 in this session. */
  readonly #qos2 = new Map<number, Receipt>();
  #connection = -1;
  #isScheduled = false;
  #refused = 0;
  #timer: NodeJS.Timeout | undefined;
  #logged: Receipt | undefined;

  constructor(host: AcknowledgementsHost) {
    this.#host = host;
  }

  get hasReasonCodes(): boolean {
    return this.#host.hasReasonCodes;
  }

  /** The number of messages that were acknowledged with a failing reason code. */
  get refused(): number {
    return this.#refused;
  }

  /** The age of the oldest message that is not acknowledged, in seconds; 0 if there is none. */
  get oldest(): number {
    const [one] = this.#owed[1];
    const [two] = this.#owed[2];
    const arrived = Math.min(
      one?.arrived ?? Number.POSITIVE_INFINITY,
      two?.arrived ?? Number.POSITIVE_INFINITY,
    );
    return arrived === Number.POSITIVE_INFINITY ? 0 : (now() - arrived) / 1000;
  }

  /**
   * A message has arrived. Returns its receipt, to which the caller adds the parts of the destinations. `isKnown`: the
   * session has delivered it before, and only void parts need it again.
   */
  receive(
    { qos, mid }: Message,
    connection: number,
    isRepeated: boolean,
  ): { receipt: Receipt; isKnown: boolean } {
    if (connection !== this.#connection) this.#begin(connection);
    const known = isRepeated ? this.#qos2.get(mid) : undefined;
    const isKnown = isRepeated && !known?.isGivenUp;
    const receipt = isKnown && known !== undefined ? known : new Receipt(this, qos === 2 ? 2 : 1, mid, now());
    receipt.isWritten = false;
    receipt.isLost = false;
    if (receipt.qos === 2) this.#qos2.set(mid, receipt);
    this.#owed[receipt.qos].add(receipt);
    this.#watch();
    return { receipt, isKnown };
  }

  /** A connection has been made. Without a session the broker has forgotten all messages. */
  onConnected(isResumed: boolean): void {
    this.#close();
    if (isResumed) return;
    for (const receipt of this.#qos2.values()) receipt.isLost = true;
    this.#qos2.clear();
  }

  /** The connection is over: nothing of it is acknowledged later. */
  onEnd(): void {
    this.#close();
  }

  onSettled(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Sends the acknowledgements that are due. */
  flush(): void {
    this.#isScheduled = false;
    const packets: Uint8Array[] = [];
    for (const owed of [this.#owed[1], this.#owed[2]]) this.#take(owed, packets);
    if (packets.length > 0) this.#host.send(this.#connection, Buffer.concat(packets));
    this.#watch();
  }

  #take(owed: Set<Receipt>, packets: Uint8Array[]): void {
    for (const receipt of owed) {
      if (receipt.isGivenUp) owed.delete(receipt);
      else if (receipt.isReady) {
        owed.delete(receipt);
        packets.push(this.#encode(receipt));
        receipt.isWritten = true;
      } else if (this.#host.inOrder) return;
    }
  }

  #encode(receipt: Receipt): Uint8Array {
    const { qos, mid, reasonCode, properties } = receipt;
    const type = qos === 1 ? PUBACK : PUBREC;
    if (reasonCode >= FIRST_FAILURE) {
      this.#refused++;
      if (qos === 2) this.#qos2.delete(mid);
    }
    const head = [mid >> 8, mid & 0xff];
    if (properties !== undefined) {
      const encoded = encodeProperties("ack", properties);
      const body = Buffer.concat([Buffer.of(...head, reasonCode), encoded]);
      const packet = Buffer.concat([Buffer.of(type), encodeLength(body.length), body]);
      // Explanations are left out where they exceed the limit [MQTT-3.4.2-2].
      if (packet.length <= this.#host.maximumPacketSize()) return packet;
    }
    return reasonCode === 0 ? Buffer.of(type, 2, ...head) : Buffer.of(type, 3, ...head, reasonCode);
  }

  #begin(connection: number): void {
    this.#close();
    this.#connection = connection;
  }

  #close(): void {
    for (const receipt of this.#owed[1]) receipt.isLost = true;
    this.#owed[1].clear();
    this.#owed[2].clear();
    this.#connection = -1;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Logs a message that holds up others for long. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    const { oldest } = this;
    if (oldest === 0 && this.#owed[1].size + this.#owed[2].size === 0) return;
    this.#timer = startTimer(Math.max(1, HOLD_UP - oldest), () => {
      this.#timer = undefined;
      for (const owed of [this.#owed[1], this.#owed[2]]) this.#logHoldUp(owed);
      this.#watch();
    })?.unref();
  }

  #logHoldUp(owed: Set<Receipt>): void {
    const [first] = owed;
    if (first === undefined || first === this.#logged || owed.size < 2) return;
    const age = (now() - first.arrived) / 1000;
    if (age < HOLD_UP) return;
    this.#logged = first;
    this.#host.log.warn(
      `A message has not been acknowledged for ${Math.round(age)} s, and holds up ${owed.size - 1} others.`,
    );
  }
}

/** Encodes the length of a packet after its fixed header (MQTT 5, section 2.1.4). */
function encodeLength(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}
