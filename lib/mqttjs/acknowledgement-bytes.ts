import { queueMicrotask } from "../util/timers.ts";

/** The first bytes of packets. */
export const PUBACK = 0x40;
export const PUBREC = 0x50;
export const PUBCOMP = 0x70;
/** The memory of the first packet, in bytes. Most clients send none of these packets. */
const INITIAL_SIZE = 1024;
const NO_BYTES = new Uint8Array();
/** The bytes of a packet with a reason code. */
const MAX_SIZE = 5;

/** The acknowledgements of one turn, which are sent together. */
export class AcknowledgementBytes {
  readonly #send: (connection: number, packets: Uint8Array) => void;
  #bytes = NO_BYTES;
  #size = 0;
  #connection = -1;

  constructor(send: (connection: number, packets: Uint8Array) => void) {
    this.#send = send;
  }

  /** Adds a packet for the connection with this number. */
  add(connection: number, type: number, messageId: number, code: number): void {
    if (connection !== this.#connection) this.flush();
    this.#connection = connection;
    if (this.#size === 0) queueMicrotask(() => this.flush());
    if (this.#size + MAX_SIZE > this.#bytes.length) this.#grow();
    const at = this.#size;
    this.#bytes[at] = type;
    this.#bytes[at + 1] = code === 0 ? 2 : 3;
    this.#bytes[at + 2] = messageId >> 8;
    this.#bytes[at + 3] = messageId & 0xff;
    if (code !== 0) this.#bytes[at + 4] = code;
    this.#size = at + (code === 0 ? 4 : MAX_SIZE);
  }

  /** Sends what has been added. */
  flush(): void {
    if (this.#size === 0) return;
    const packets = this.#bytes.subarray(0, this.#size);
    this.#size = 0;
    this.#send(this.#connection, packets);
  }

  #grow(): void {
    const bytes = new Uint8Array(Math.max(INITIAL_SIZE, this.#bytes.length * 2));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
