import { setImmediate, setTimeout } from "node:timers";
import type { Client } from "mqtt-native";
import type { Clients } from "./clients.ts";
import type { Lane } from "./lane.ts";
import type { Meter } from "./meter.ts";
import { Schedule } from "./schedule.ts";
import { clock, readStamp } from "./stamp.ts";

/** The messages that may be without an answer, over all clients, before a schedule is held back. */
const MAX_OUTSTANDING = 50_000;
/** The messages that are sent in one turn of the event loop. */
const MAX_BURST = 500;
/** Milliseconds before a message is due from which the event loop polls: timers are not exact. */
const POLLING = 2;
/** Milliseconds after which a message counts as sent late. */
const LATE = 1;
/** A greater latency is that of a message which another run has left behind, in milliseconds. */
const MAX_LATENCY = 3_600_000;

/** How messages are published. */
export interface WorkloadOptions {
  /** Messages a second over all clients; undefined: as fast as answers come. */
  readonly rate: number | undefined;
  /** The messages of each client that are under way without a rate. */
  readonly window: number;
  readonly meter: Meter;
  /** A call has failed, or a connection has ended. */
  readonly onError: (error: unknown) => void;
  /** The first message has arrived. */
  readonly onFirst: () => void;
}

/** Publishes and receives the messages of a measurement. */
export class Workload {
  readonly #clients: Clients;
  readonly #options: WorkloadOptions;
  #isSending = false;
  #hasReceived = false;
  #outstanding = 0;
  #sent = 0;
  #late = 0;
  #isHeldBack = false;
  #lastCount = 0;

  constructor(clients: Clients, options: WorkloadOptions) {
    this.#clients = clients;
    this.#options = options;
    for (const client of clients.all) void client.closed.then((error) => error && options.onError(error));
    for (const client of clients.subscribers) void this.#receive(client);
  }

  /** The answers or deliveries that have not come. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** The time of the last counted message, in milliseconds of `clock()`. */
  get lastCount(): number {
    return this.#lastCount;
  }

  /** The part of the messages that were sent late, though nothing held them back. */
  get late(): number {
    return this.#sent === 0 ? 0 : this.#late / this.#sent;
  }

  /** Begins to publish. */
  start(): void {
    const { rate, window } = this.#options;
    this.#isSending = true;
    const { lanes, copies } = this.#clients;
    if (lanes.length === 0) return;
    if (rate !== undefined) this.#follow(new Schedule(rate, clock()));
    else if (copies > 0) for (const lane of lanes) this.#refill(lane);
    else for (const lane of lanes) for (let i = 0; i < window; i++) void this.#repeat(lane);
  }

  /** Publishes no more. */
  stop(): void {
    this.#isSending = false;
  }

  /** Gives up the messages that have not come. Returns their number. Without a rate others are sent instead. */
  giveUp(): number {
    const lost = this.#outstanding;
    this.#outstanding = 0;
    for (const lane of this.#clients.lanes) {
      lane.outstanding = 0;
      if (this.#options.rate === undefined && this.#clients.copies > 0) this.#refill(lane);
    }
    return lost;
  }

  /** Publishes one message after the other, each when the one before has its answer. */
  async #repeat(lane: Lane): Promise<void> {
    while (this.#isSending) await this.#send(lane, clock());
  }

  /** Publishes as long as few enough messages of a publisher are under way. */
  #refill(lane: Lane): void {
    const { copies } = this.#clients;
    const most = this.#options.window * copies;
    while (this.#isSending && lane.outstanding + copies <= most) void this.#send(lane, clock());
  }

  /** Publishes what is due. A message that could not be sent in time is still due at its time. */
  #follow(schedule: Schedule): void {
    if (!this.#isSending) return;
    for (let i = 0; i < MAX_BURST; i++) {
      const wait = schedule.next - clock();
      if (wait > 0) {
        this.#isHeldBack = false;
        if (wait > POLLING) setTimeout(() => this.#follow(schedule), wait - POLLING);
        else setImmediate(() => this.#follow(schedule));
        return;
      }
      if (this.#outstanding >= MAX_OUTSTANDING) {
        this.#isHeldBack = true;
        break;
      }
      if (-wait > LATE && !this.#isHeldBack) this.#late++;
      const lane = this.#clients.lanes[schedule.taken % this.#clients.lanes.length];
      const due = schedule.take();
      if (lane !== undefined) void this.#send(lane, due);
    }
    setImmediate(() => this.#follow(schedule));
  }

  async #send(lane: Lane, due: number): Promise<void> {
    const { copies } = this.#clients;
    const expected = Math.max(1, copies);
    this.#sent++;
    lane.outstanding += copies;
    this.#outstanding += expected;
    try {
      await lane.publish(due);
      if (copies === 0) this.#count(due);
    } catch (error) {
      this.#outstanding -= expected;
      this.#isSending = false;
      this.#options.onError(error);
    }
  }

  async #receive(client: Client): Promise<void> {
    const { lanes, copies } = this.#clients;
    try {
      for await (const { payload } of client.messages) {
        const stamp = readStamp(payload);
        if (!this.#hasReceived) this.#options.onFirst();
        this.#hasReceived = true;
        this.#count(stamp?.due);
        const lane = copies === 0 || stamp === undefined ? undefined : lanes[stamp.lane];
        if (lane === undefined) continue;
        lane.outstanding--;
        if (this.#options.rate === undefined) this.#refill(lane);
      }
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** Counts a message. `due`: when it was due; undefined if it does not say so. */
  #count(due: number | undefined): void {
    const now = clock();
    const latency = due === undefined ? undefined : now - due;
    this.#lastCount = now;
    if (this.#outstanding > 0) this.#outstanding--;
    this.#options.meter.count(
      latency !== undefined && latency <= MAX_LATENCY ? Math.max(0, latency) : undefined,
    );
  }
}
