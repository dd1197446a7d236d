import { encodeDisconnect } from "../packets/disconnect.ts";
import type { DisconnectProperties } from "../protocol/property-types.ts";
import { clearTimeout, setTimeout } from "../util/timers.ts";
import type { Core } from "./core.ts";
import { callSafely, emitSafely } from "./emit.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { IDisconnectPacket } from "./packets.ts";
import { toSent } from "./properties.ts";
import type { DoneCallback } from "./shared.ts";
import type { PacketCallback } from "./types.ts";

/** Milliseconds that MQTT.js waits after the last answer. */
const SETTLE = 10;
/** Milliseconds after which `end` no longer waits for answers, unless `connectTimeout` is set. */
const LIMIT = 30_000;

type EndOptions = Partial<IDisconnectPacket> | null;

/** Ends one client. */
export class Shutdown {
  readonly #core: Core;
  readonly #lifecycle: Lifecycle;
  /** Ends the wait for answers. */
  #force: (() => void) | undefined;
  #onReconnect: (() => void) | undefined;

  constructor(core: Core, lifecycle: Lifecycle) {
    this.#core = core;
    this.#lifecycle = lifecycle;
  }

  end(force: boolean, options: EndOptions, callback: DoneCallback | undefined): void {
    const { client } = this.#core;
    if (client.disconnecting) {
      if (force) this.#force?.();
      callback?.();
      return;
    }
    this.#lifecycle.stopTimer();
    client.disconnecting = true;
    const finish = (isForced: boolean) => this.#finish(isForced, options, callback);
    if (!force && this.#mustWait) this.#wait(finish);
    else finish(force);
  }

  /** Calls back when the end under way is over. */
  reconnectAfterwards(callback: () => void): void {
    this.#onReconnect = callback;
  }

  /** Whether calls are under way that a connection can end. */
  get #mustWait(): boolean {
    const { client, outgoing } = this.#core;
    if (client.connected) return outgoing.size > 0;
    return this.#lifecycle.isConnecting && (outgoing.size > 0 || client.queue.length > 0);
  }

  /** Waits for answers, for the end of the connection, for a forced end, or for the limit. */
  #wait(finish: (isForced: boolean) => void): void {
    const { client, outgoing } = this.#core;
    let isOver = false;
    const done = (isForced: boolean) => {
      if (isOver) return;
      isOver = true;
      this.#force = undefined;
      clearTimeout(limit);
      client.removeListener("outgoingEmpty", onEmpty);
      client.removeListener("connect", onConnect);
      client.removeListener("close", onClose);
      finish(isForced);
    };
    const onEmpty = () => void setTimeout(() => done(false), SETTLE);
    const onConnect = () => {
      if (outgoing.size === 0) onEmpty();
    };
    const onClose = () => done(false);
    const limit = setTimeout(() => done(false), client.options.connectTimeout ?? LIMIT);
    this.#force = () => done(true);
    client.once("outgoingEmpty", onEmpty);
    client.on("connect", onConnect);
    client.once("close", onClose);
  }

  #finish(force: boolean, options: EndOptions, callback: DoneCallback | undefined): void {
    const core = this.#core;
    const { client } = core;
    const close = () => process.nextTick(() => this.#closeStores(callback));
    if (force && client.options.reconnectPeriod === 0 && client.options.clean) this.#forgetAll()(() => true);
    if (!client.connected) {
      if (force) this.#lifecycle.abandon();
      else this.#lifecycle.giveUp();
      close();
      return;
    }
    this.#lifecycle.whenIdle(close);
    core.isAborted = force;
    if (force) this.#lifecycle.abandon();
    else this.#disconnect(options);
  }

  #disconnect(options: EndOptions): void {
    const { link, isV5 } = this.#core;
    if (link === undefined) return;
    const packet: IDisconnectPacket = { ...options, cmd: "disconnect" };
    this.#core.tellSent(packet);
    let bytes: Buffer;
    try {
      const properties = isV5 ? toSent<DisconnectProperties>(packet.properties) : undefined;
      bytes = encodeDisconnect(isV5 ? (packet.reasonCode ?? 0) : 0, properties);
    } catch {
      bytes = encodeDisconnect();
    }
    link.beginDisconnect();
    void link.finish(bytes);
  }

  /** Forgets everything that awaits an answer. Returns a function that tells some callbacks. */
  #forgetAll(): (isTold: (cb: PacketCallback) => boolean) => void {
    const core = this.#core;
    const all = core.outgoing.all();
    for (const pending of all) core.outgoing.cancel(pending, core.link?.handle.session);
    return (isTold) => {
      for (const { cb } of all) if (isTold(cb)) callSafely(cb, new Error("Connection closed"));
    };
  }

  #closeStores(callback: DoneCallback | undefined): void {
    const core = this.#core;
    const { client } = core;
    client.disconnected = true;
    // Without a store of the program nothing can be sent again.
    const tellCallbacks = core.hasStore ? () => {} : this.#forgetAll();
    if (!core.hasStore) core.link?.handle.session?.drop();
    client.incomingStore.close((incomingError) => {
      client.outgoingStore.close((outgoingError) => {
        emitSafely(client, "end");
        const error = incomingError || outgoingError;
        callSafely(callback, error as Error);
        tellCallbacks((cb) => core.promised.has(cb));
      });
    });
    const reconnect = this.#onReconnect;
    this.#onReconnect = undefined;
    if (reconnect !== undefined) reconnect();
    else if (client.options.reconnectPeriod === 0 || client.options.manualConnect)
      client.disconnecting = false;
  }
}
