import { queueMicrotask, setImmediate } from "../util/timers.ts";
import { addon, type Deliver, type NativeEnvironment, type NativeSession } from "./binding.ts";
import { EventBatchReader, type Receiver } from "./event-batch.ts";
import { hasLibuv } from "./platform.ts";
import { Tracing } from "./tracing.ts";

/**
 * Brings the events of the clients that this copy of the package has on this thread to them, and keeps the event loop
 * alive while one of them is open. An open client is held here, so that it cannot be collected under its connection; a
 * closed one is not.
 */
class EventDispatcher {
  readonly tracing: Tracing;
  readonly #environment: NativeEnvironment;
  readonly #open = new Map<number, Receiver>();
  readonly #holding = new Set<number>();
  readonly #reader = new EventBatchReader(
    (client) => this.#findReceiver(client),
    (line, dropped) => this.tracing.write(line, dropped),
  );
  #lastClient = 0;
  /** The receiver of the last event: events of one client come in a row, and a lookup for each would cost more. */
  #addressee: { client: number; receiver: Receiver | undefined } | undefined;

  constructor() {
    const deliver: Deliver = (batch, held, owesReplies) => {
      this.#reader.read(batch, held);
      // Sending takes its time, so the code that waits for a message runs first.
      if (owesReplies) queueMicrotask(flushReplies);
    };
    // Each portion has a turn of its own: timers and sockets have theirs in between.
    const yieldTurn = () => setImmediate(drain);
    const environment = new addon.Environment(deliver, yieldTurn, hasLibuv());
    const drain = () => environment.drain();
    const flushReplies = () => environment.flushReplies();
    this.#environment = environment;
    this.tracing = new Tracing((wanted) => environment.trace(wanted));
  }

  /** A native session whose events will go to the receiver that `open`s its number. */
  create(): { client: number; session: NativeSession } {
    const client = ++this.#lastClient;
    return { client, session: new addon.Session(this.#environment, client) };
  }

  /** From now on events go to `receiver`; with `hold` the event loop stays alive for them. */
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
  }

  hold(client: number, hold: boolean): void {
    const wasHolding = this.#holding.size > 0;
    if (hold && this.#open.has(client)) this.#holding.add(client);
    else this.#holding.delete(client);
    const isHolding = this.#holding.size > 0;
    if (wasHolding !== isHolding) this.#environment.keepAlive(isHolding);
  }

  #findReceiver(client: number): Receiver | undefined {
    if (this.#addressee?.client !== client) this.#addressee = { client, receiver: this.#open.get(client) };
    return this.#addressee.receiver;
  }
}

/** That of this copy on this thread: each copy of the package has its own classes, and so its own messages. */
export const hub: EventDispatcher = new EventDispatcher();
