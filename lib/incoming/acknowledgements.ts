import { AcknowledgementPackets } from "../packets/acknowledgement-packets.ts";
import { startTimer } from "../util/duration.ts";
import type { Log } from "../util/logger.ts";
import { clearTimeout, now, setImmediate } from "../util/timers.ts";
import type { Message } from "./message.ts";
import { Receipt, type ReceiptOwner } from "./receipt.ts";
import { ReceiptQueue } from "./receipt-queue.ts";

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
  /** Sends PUBACK and PUBREC packets on the connection with this number, if it is still open. It copies the bytes. */
  send(connection: number, packets: Uint8Array): void;
  /** The broker's limit, in bytes. */
  maximumPacketSize(): number;
}

/** The acknowledgements that one client owes its broker. They are sent together, once in a turn of the event loop. */
export class Acknowledgements implements ReceiptOwner {
  readonly #host: AcknowledgementsHost;
  readonly #maximumPacketSize = (): number => this.#host.maximumPacketSize();
  /** The owed acknowledgements of the present connection. */
  readonly #owed: Record<1 | 2, ReceiptQueue> = { 1: new ReceiptQueue(), 2: new ReceiptQueue() };
  /** The receipts that are due, if acknowledgements need no order. */
  #ready: Receipt[] = [];
  /** The messages of QoS 2 in this session. */
  #qos2: Map<number, Receipt> | undefined;
  readonly #packets = new AcknowledgementPackets();
  #connection = -1;
  #isScheduled = false;
  /** The time of this turn of the event loop, if something is scheduled: milliseconds of the runtime's clock. */
  #turn = 0;
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
    const arrived = Math.min(
      this.#owed[1].first?.arrived ?? Number.POSITIVE_INFINITY,
      this.#owed[2].first?.arrived ?? Number.POSITIVE_INFINITY,
    );
    return arrived === Number.POSITIVE_INFINITY ? 0 : (now() - arrived) / 1000;
  }

  /**
   * A message has arrived. Returns its receipt, to which the caller adds the parts of the destinations. `isRepeated`:
   * the session has delivered it before.
   */
  receive({ qos, mid }: Message, connection: number, isRepeated: boolean): Receipt {
    if (connection !== this.#connection) this.#begin(connection);
    this.#schedule();
    const receipt = isRepeated
      ? this.#findRepeated(mid)
      : new Receipt(this, qos === 2 ? 2 : 1, mid, this.#turn);
    if (qos === 2) {
      this.#qos2 ??= new Map();
      this.#qos2.set(mid, receipt);
    }
    this.#owed[receipt.qos].push(receipt);
    return receipt;
  }

  /** Returns the receipt of a message of QoS 2 that comes again. A message that was given up counts as a new one. */
  #findRepeated(mid: number): Receipt {
    const known = this.#qos2?.get(mid);
    const receipt = known === undefined || known.isGivenUp ? new Receipt(this, 2, mid, this.#turn) : known;
    receipt.isKnown = !known?.isGivenUp;
    receipt.isWritten = false;
    receipt.isLost = false;
    return receipt;
  }

  /** A connection has been made. Without a session the broker has forgotten all messages. */
  onConnected(isResumed: boolean): void {
    this.#close();
    if (isResumed) return;
    for (const receipt of this.#qos2?.values() ?? []) receipt.isLost = true;
    this.#qos2 = undefined;
  }

  /** The connection is over: nothing of it is acknowledged later. */
  onEnd(): void {
    this.#close();
  }

  onSettled(receipt: Receipt): void {
    if (!this.#host.inOrder && receipt.isReady && receipt.isOwed) this.#ready.push(receipt);
    this.#schedule();
  }

  /** Sends the acknowledgements that are due. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#host.inOrder) {
      this.#takeFirst(this.#owed[1]);
      this.#takeFirst(this.#owed[2]);
    } else {
      const ready = this.#ready;
      this.#ready = [];
      for (const receipt of ready) if (!receipt.isGivenUp && !receipt.isWritten) this.#write(receipt);
    }
    if (!this.#packets.isEmpty) this.#host.send(this.#connection, this.#packets.take());
    this.#watch();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#turn = now();
    setImmediate(() => this.flush());
  }

  /** Writes the acknowledgements before the first one that is not due. */
  #takeFirst(owed: ReceiptQueue): void {
    for (let { first } = owed; first?.isReady; first = owed.first) {
      this.#write(first);
      owed.shift();
    }
  }

  #write(receipt: Receipt): void {
    if (receipt.reasonCode >= FIRST_FAILURE) {
      this.#refused++;
      if (receipt.qos === 2) this.#qos2?.delete(receipt.mid);
    }
    this.#packets.add(receipt, this.#maximumPacketSize);
    receipt.isWritten = true;
    for (const part of receipt.parts) part.onWritten();
  }

  #begin(connection: number): void {
    this.#close();
    this.#connection = connection;
  }

  #close(): void {
    for (const receipt of this.#owed[1].clear()) receipt.isLost = true;
    this.#owed[2].clear();
    this.#ready = [];
    this.#connection = -1;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Logs a message that holds up others for long. */
  #watch(): void {
    if (this.#timer !== undefined || this.#owed[1].length + this.#owed[2].length === 0) return;
    this.#timer = startTimer(Math.max(1, HOLD_UP - this.oldest), () => {
      this.#timer = undefined;
      for (const owed of [this.#owed[1], this.#owed[2]]) this.#logHoldUp(owed);
      this.#watch();
    })?.unref();
  }

  #logHoldUp(owed: ReceiptQueue): void {
    const { first } = owed;
    if (first === undefined || first === this.#logged || owed.length < 2) return;
    const age = (now() - first.arrived) / 1000;
    if (age < HOLD_UP) return;
    this.#logged = first;
    this.#host.log.warn(
      `A message has not been acknowledged for ${Math.round(age)} s, and holds up ${owed.length - 1} others.`,
    );
  }
}
