import type { AckProperties } from "../protocol/property-types.ts";
import type { Message } from "./message.ts";
import type { PartList } from "./part-list.ts";

/** When PUBACK or PUBREC of a message leaves. */
export type Acknowledge = "received" | "processed" | "manual";

/** The destination of a message. */
export interface PartDestination {
  /** Whether nobody takes its messages any more. */
  readonly isOver: boolean;
  pushDeferred(message: Message, receipt: Receipt): void;
}

/** The receiver of acknowledgements. */
export interface ReceiptOwner {
  /** Whether the protocol has reason codes. */
  readonly hasReasonCodes: boolean;
  /** All destinations have acknowledged, or one of them has given the message up. */
  onSettled(receipt: Receipt): void;
}

const NO_PARTS: readonly Part[] = [];

/** The acknowledgement of one received PUBLISH of QoS 1 or 2, which may have several destinations. */
export class Receipt {
  readonly qos: 1 | 2;
  readonly mid: number;
  /** Milliseconds of the runtime's clock. */
  readonly arrived: number;
  parts: readonly Part[] = NO_PARTS;
  readonly #owner: ReceiptOwner;
  /** The number of parts that have not been acknowledged. */
  #missing = 0;
  /** Whether all parts are there. */
  #isComplete = false;
  /** The first failing reason code, or else the first one. */
  reasonCode = 0;
  properties: AckProperties | undefined = undefined;
  /** Whether the session has delivered the message before, so that only void parts need it again. */
  isKnown = false;
  /** Whether it is in the queue of owed acknowledgements. */
  isOwed = false;
  /** Whether PUBACK or PUBREC has been written on the present connection. */
  isWritten = false;
  /** Whether a destination has given it up: it is not acknowledged on this connection. */
  isGivenUp = false;
  /** Whether it cannot be acknowledged any more: its connection, or at QoS 2 its session, is over. */
  isLost = false;

  constructor(owner: ReceiptOwner, qos: 1 | 2, mid: number, arrived: number) {
    this.#owner = owner;
    this.qos = qos;
    this.mid = mid;
    this.arrived = arrived;
  }

  /** Whether the protocol has reason codes. */
  get hasReasonCodes(): boolean {
    return this.#owner.hasReasonCodes;
  }

  /** Whether all destinations have acknowledged. */
  get isReady(): boolean {
    return this.#isComplete && this.#missing === 0;
  }

  /** Adds the part of a destination that has not acknowledged. */
  add(part: Part): void {
    // An array literal has room for its elements only. `push` would make room for sixteen more.
    this.parts = this.parts.length === 0 ? [part] : [...this.parts, part];
    this.#missing++;
  }

  /** Removes the parts that are skipped, because the session delivers the message again. Returns them. */
  removeVoid(): readonly Part[] {
    const removed = this.parts.filter(({ isVoid }) => isVoid);
    this.parts = this.parts.filter(({ isVoid }) => !isVoid);
    this.#missing = this.parts.filter(({ isDone }) => !isDone).length;
    this.#isComplete = false;
    return removed;
  }

  /** All destinations have their parts. */
  complete(): void {
    this.#isComplete = true;
    if (this.#missing === 0) this.#owner.onSettled(this);
  }

  /** A destination has acknowledged. */
  settle(reasonCode: number, properties: AckProperties | undefined): void {
    if (reasonCode !== 0 && this.reasonCode < 0x80 && (this.reasonCode === 0 || reasonCode >= 0x80)) {
      this.reasonCode = reasonCode;
      this.properties = properties;
    } else if (this.reasonCode === 0) this.properties ??= properties;
    this.#missing--;
    if (this.isReady) this.#owner.onSettled(this);
  }

  /** A destination will not acknowledge. */
  giveUp(): void {
    this.isGivenUp = true;
    this.#owner.onSettled(this);
  }
}

/** The part of one destination in the acknowledgement of a message. */
export class Part {
  readonly receipt: Receipt;
  readonly destination: PartDestination;
  /** Whether the program has been given the message. */
  isGiven = false;
  /** Whether the destination has acknowledged, or given up. */
  isDone = false;
  /** Whether the broker delivers the message again, so that this one is skipped. */
  isVoid = false;
  /** The parts of the destination that are queued, or given and not acknowledged. */
  #owner: PartList | undefined = undefined;
  /** The neighbours in that list; only the list uses them. */
  previous: Part | undefined = undefined;
  next: Part | undefined = undefined;

  constructor(receipt: Receipt, destination: PartDestination) {
    this.receipt = receipt;
    this.destination = destination;
    receipt.add(this);
  }

  /** A destination has queued the message. */
  keepIn(owner: PartList): void {
    this.#owner = owner;
    owner.add(this);
  }

  /** Acknowledges. Returns false if there is nothing to acknowledge any more. */
  acknowledge(reasonCode = 0, properties?: AckProperties): boolean {
    if (this.isDone || this.isVoid) return false;
    if (this.isGiven) this.#owner?.delete(this);
    if (this.receipt.isLost || this.receipt.isGivenUp) return false;
    this.isDone = true;
    this.receipt.settle(reasonCode, properties);
    return true;
  }

  /** The acknowledgement has been written: a resumed session does not bring the message again. */
  onWritten(): void {
    this.#owner?.delete(this);
  }

  /** The program takes the message from the queue. */
  give(): void {
    this.isGiven = true;
    if (this.isDone) this.#owner?.delete(this);
  }

  /** The message is in the queue again. */
  putBack(): void {
    this.isGiven = false;
    this.#owner?.add(this);
  }

  /** Whether a resumed session brings the message again, though the program has not been given it. */
  get isDueAgain(): boolean {
    return !this.isGiven && !this.receipt.isWritten;
  }

  /** The queue has dropped the message. */
  discard(): void {
    this.#owner?.delete(this);
  }

  /** The message is skipped. */
  void(): void {
    this.isVoid = true;
    this.#owner?.delete(this);
  }

  /** The destination will not acknowledge. */
  giveUp(): void {
    this.#owner?.delete(this);
    if (this.isDone || this.isVoid) return;
    this.isDone = true;
    this.receipt.giveUp();
  }
}
