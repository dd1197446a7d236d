import type { Connection } from "../connection/connection.ts";
import { deferred } from "../util/deferred.ts";
import { startTimer } from "../util/duration.ts";
import { watchForStall } from "../util/stall.ts";
import { clearTimeout } from "../util/timers.ts";

/** Seconds that a disconnect may take after its timeout, for sending DISCONNECT and for the broker to close. */
const DISCONNECT_GRACE = 1;

/** Seconds that disconnect waits while no byte can be sent. TCP retransmits a lost segment four times within them. */
const MAX_STALL = 3;

/** Ends the connections of one client in order. */
export class Disconnector {
  readonly #connection: Connection;
  /** Resolves when no call is pending. */
  readonly #idle: () => Promise<void>;
  #current: Promise<void> | undefined;
  /** Limits the remaining time of a running disconnect, in seconds. */
  #shorten: (seconds: number) => void = () => {};

  constructor(connection: Connection, idle: () => Promise<void>) {
    this.#connection = connection;
    this.#idle = idle;
  }

  /** The shutdown under way; undefined if there is none. */
  get current(): Promise<void> | undefined {
    return this.#current;
  }

  /** Waits for pending calls, then sends DISCONNECT and waits for the end of the connection. */
  begin(packet: Buffer, timeout: number): Promise<void> {
    this.#connection.beginDisconnect();
    this.#current = this.#finish(packet, timeout);
    return this.#current;
  }

  /** Limits the remaining time of the shutdown under way, in seconds. */
  shorten(seconds: number): void {
    this.#shorten(seconds);
  }

  async #finish(packet: Buffer, timeout: number): Promise<void> {
    const limit = deferred<void>();
    const timers = [startTimer(timeout, limit.resolve)];
    this.#shorten = (seconds) => timers.push(startTimer(seconds, limit.resolve));
    let isOver = false;
    const giveUp = () => this.#connection.abort("TIMEOUT", "The broker did not take what was left for it");
    void limit.promise.then(() => isOver || timers.push(startTimer(DISCONNECT_GRACE, giveUp)));
    const { stalled, stop } = watchForStall(MAX_STALL, () => this.#progress());
    await Promise.race([this.#idle(), limit.promise, stalled]);
    stop();
    await this.#connection.finish(packet);
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
    this.#shorten = () => {};
    this.#current = undefined;
  }

  /** A value that changes while bytes are sent. NaN, which differs from itself, while an answer is outstanding. */
  #progress(): number {
    const { inFlight, traffic } = this.#connection.handle;
    return inFlight > 0 ? Number.NaN : traffic.bytesSent;
  }
}
