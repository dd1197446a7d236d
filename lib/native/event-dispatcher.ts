import { availableParallelism } from "node:os";
import { queueMicrotask, setImmediate } from "../util/timers.ts";
import { addon, type NativeAddon, type NativeSession } from "./binding.ts";
import { EventBatchReader, type Receiver } from "./event-batch.ts";
import { hasLibuv } from "./platform.ts";
import { Tracing } from "./tracing.ts";

/**
 * Brings the events of this thread's clients to them, and keeps the event loop alive while one of them is open. An open
 * client is held here, so that it cannot be collected under its connection; a closed one is not.
 */
class EventDispatcher {
  readonly tracing: Tracing = new Tracing();
  readonly #open = new Map<number, Receiver>();
  readonly #holding = new Set<number>();
  readonly #reader = new EventBatchReader(
    (client) => this.#findReceiver(client),
    (line, dropped) => this.tracing.write(line, dropped),
  );
  #lastClient = 0;
  /** Who the last event went to: events of one client come in a row, and to look it up each time would cost more. */
  #addressee: { client: number; receiver: Receiver | undefined } | undefined;

  constructor() {
    addon.start(
      (batch, held, owesReplies) => {
        this.#reader.read(batch, held);
        // After whoever waits for a message has had his turn: to send has its cost.
        if (owesReplies) queueMicrotask(addon.flushReplies);
      },
      // A turn of its own for each portion: timers and sockets get theirs in between.
      () => setImmediate(addon.drain),
      hasLibuv(),
      availableParallelism(),
    );
  }

  /** A native session whose events will go to whoever `open`s its number. */
  create(): { client: number; session: NativeSession } {
    const client = ++this.#lastClient;
    return { client, session: new addon.Session(client) };
  }

  /** From now on events go to `receiver`; with `hold` the event loop stays alive for them. */
  open(client: number, receiver: Receiver, hold: boolean): void {
    this.#open.set(client, receiver);
    this.#addressee = undefined;
    this.hold(client, hold);
  }

  close(client: number): void {
    this.#open.delete(client);
    this.#addressee = undefined;
    this.hold(client, false);
  }

  hold(client: number, hold: boolean): void {
    const wasHolding = this.#holding.size > 0;
    if (hold && this.#open.has(client)) this.#holding.add(client);
    else this.#holding.delete(client);
    const isHolding = this.#holding.size > 0;
    if (wasHolding !== isHolding) addon.keepAlive(isHolding);
  }

  #findReceiver(client: number): Receiver | undefined {
    if (this.#addressee?.client !== client) this.#addressee = { client, receiver: this.#open.get(client) };
    return this.#addressee.receiver;
  }
}

/** The hub of this thread: one for the addon, should this code have been loaded twice. */
export const hub: EventDispatcher = shared();

function shared(): EventDispatcher {
  const holder: NativeAddon & { hub?: EventDispatcher } = addon;
  holder.hub ??= new EventDispatcher();
  return holder.hub;
}
