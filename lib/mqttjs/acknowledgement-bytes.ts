import { AcknowledgementPackets } from "../packets/acknowledgement-packets.ts";
import { queueMicrotask } from "../util/timers.ts";

/** The first bytes of packets. */
export const PUBACK = 0x40;
export const PUBREC = 0x50;
export const PUBCOMP = 0x70;

/** The acknowledgements of one turn, which are sent together. */
export class AcknowledgementBytes {
  readonly #send: (connection: number, packets: Uint8Array) => void;
  readonly #packets = new AcknowledgementPackets();
  #connection = -1;

  constructor(send: (connection: number, packets: Uint8Array) => void) {
    this.#send = send;
  }

  /** Adds a packet for the connection with this number. */
  add(connection: number, type: number, messageId: number, code: number): void {
    if (connection !== this.#connection) this.flush();
    this.#connection = connection;
    if (this.#packets.isEmpty) queueMicrotask(() => this.flush());
    this.#packets.addBare(type, messageId, code);
  }

  /** Sends what has been added. */
  flush(): void {
    if (!this.#packets.isEmpty) this.#send(this.#connection, this.#packets.take());
  }
}
