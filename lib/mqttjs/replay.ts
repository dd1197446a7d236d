import type { Core } from "./core.ts";
import { emitSafely } from "./emit.ts";
import type { IPublishPacket, Packet } from "./packets.ts";
import type { Publishing } from "./publishing.ts";

/**
 * Sends the unacknowledged messages of earlier connections, and of the program's store. `connect` is emitted when the
 * broker has acknowledged all of them.
 */
export class Replay {
  readonly #core: Core;
  readonly #publishing: Publishing;
  readonly #done: () => void;
  #isOver = false;
  #isRead = true;
  readonly #waiting = new Set<number>();

  /** `done`: called when everything is acknowledged, but not after `stop`. */
  constructor(core: Core, publishing: Publishing, done: () => void) {
    this.#core = core;
    this.#publishing = publishing;
    this.#done = done;
  }

  start(): void {
    const core = this.#core;
    for (const { packet } of core.outgoing.all())
      if (packet.cmd === "publish") this.#waiting.add(packet.messageId ?? 0);
    if (core.hasStore) this.#readStore();
    else this.#sendWaiting();
    core.link?.handle.session?.proceed();
    this.#check();
  }

  /** The connection has ended. */
  stop(): void {
    this.#isOver = true;
    this.#core.isReplaying = false;
  }

  /** A message has been acknowledged, or has failed. */
  onSettled(messageId: number): void {
    if (this.#waiting.delete(messageId)) this.#check();
  }

  /** Sends the messages that the native session does not have. It sends those that it has by itself, and first. */
  #sendWaiting(): void {
    for (const pending of this.#core.outgoing.all()) {
      if (pending.packet.cmd !== "publish" || pending.token !== undefined) continue;
      this.#core.tellSent(pending.packet);
      this.#publishing.resend(pending);
    }
  }

  #readStore(): void {
    const core = this.#core;
    this.#isRead = false;
    core.isReplaying = true;
    const stream = core.client.outgoingStore.createStream();
    const end = (error?: Error) => {
      if (this.#isRead || this.#isOver) return;
      this.#isRead = true;
      core.isReplaying = false;
      if (error) emitSafely(core.client, "error", error);
      this.#sendWaiting();
      this.#check();
    };
    stream.on("data", (packet: Packet) => {
      if (!this.#isOver) this.#take(packet);
    });
    stream.once("error", end);
    stream.once("end", () => end());
    stream.once("close", () => end());
  }

  /** Sends a message of the store, unless it is known from an earlier connection. */
  #take(packet: Packet): void {
    const core = this.#core;
    const { messageId = 0 } = packet;
    const known = core.outgoing.get(messageId);
    if (known !== undefined) {
      if (known.token === undefined && known.packet.cmd === "publish") this.#publishing.resend(known);
      return;
    }
    // The broker has a message whose PUBREL is stored, and its identifier ends with the session.
    if (packet.cmd !== "publish") return void core.client.outgoingStore.del(packet, () => {});
    core.ids.register(messageId);
    this.#waiting.add(messageId);
    const pending = core.outgoing.add(packet as IPublishPacket, core.client.noop);
    core.tellSent(packet);
    this.#publishing.resend(pending);
  }

  #check(): void {
    if (this.#isOver || !this.#isRead || this.#waiting.size > 0) return;
    this.#isOver = true;
    this.#done();
  }
}
