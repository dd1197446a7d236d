import { setImmediate } from "../util/timers.ts";
import {
  addon,
  type Deliver,
  type NativeEnvironment,
  type NativeQueueOptions,
  type NativeSession,
} from "./binding.ts";
import { EventBatchReader, type Receiver } from "./event-batch.ts";
import { hasLibuv } from "./platform.ts";
import { Tracing } from "./tracing.ts";

/**
 * Dispatches events to the clients of this copy of the package on this thread. It keeps the event loop alive while one
 * of them is open. It holds open clients, so that they are not collected while they have a connection.
 */
class EventDispatcher {
  readonly tracing: Tracing;
  readonly #environment: NativeEnvironment;
  readonly #open = new Map<number, Receiver>();
  readonly #holding = new Set<number>();
  readonly #polling = new Set<number>();
  readonly #reader = new EventBatchReader(
    (client) => this.#findReceiver(client),
    (line, dropped) => this.tracing.write(line, dropped),
  );
  #lastClient = 0;
  /** The receiver of the last event. It saves lookups, because events of one client follow each other. */
  #addressee: { client: number; receiver: Receiver | undefined } | undefined;

  constructor() {
    const deliver: Deliver = (batch, held) => this.#reader.read(batch, held);
    // Each batch has a turn of its own, so that timers and sockets are served in between.
    const yieldTurn = () => setImmediate(drain);
    const environment = new addon.Environment(deliver, yieldTurn, hasLibuv());
    const drain = () => environment.drain();
    this.#environment = environment;
    this.tracing = new Tracing((wanted) => environment.trace(wanted));
  }

  /** Makes a native session. Its events are dispatched to the receiver that `open`s its number. */
  create(queue: NativeQueueOptions): { client: number; session: NativeSession } {
    const client = ++this.#lastClient;
    return { client, session: new addon.Session(this.#environment, client, queue) };
  }

  /** Dispatches events to `receiver` from now on. With `hold` the event loop stays alive. */
  open(client: number, receiver: Receiver, hold: boolean): void {
    this.#open.set(client, receiver);
    this.#environment.retain(true);
    this.#addressee = undefined;
    this.hold(client, hold);
  }

  close(client: number): void {
    this.#open.delete(client);
    if (this.#open.size === 0) this.#environment.retain(false);
    this.#addressee = undefined;
    this.hold(client, false);
    this.busyPoll(client, false);
  }

  hold(client: number, hold: boolean): void {
    const wasHolding = this.#holding.size > 0;
    if (hold && this.#open.has(client)) this.#holding.add(client);
    else this.#holding.delete(client);
    const isHolding = this.#holding.size > 0;
    if (wasHolding !== isHolding) this.#environment.keepAlive(isHolding);
  }

  /** Sets whether a client wants busy polling. The event loop polls while any of them does. */
  busyPoll(client: number, wanted: boolean): void {
    const wasPolling = this.#polling.size > 0;
    if (wanted && this.#open.has(client)) this.#polling.add(client);
    else this.#polling.delete(client);
    const isPolling = this.#polling.size > 0;
    if (wasPolling !== isPolling) this.#environment.busyPoll(isPolling);
  }

  #findReceiver(client: number): Receiver | undefined {
    if (this.#addressee?.client !== client) this.#addressee = { client, receiver: this.#open.get(client) };
    return this.#addressee.receiver;
  }
}

/** The dispatcher of this copy on this thread. Each copy has its own, because its messages are of its own classes. */
export const hub: EventDispatcher = new EventDispatcher();
