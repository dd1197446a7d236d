import type { EventEmitter } from "node:events";
import type { Packet } from "./packets.ts";
import type { PacketCallback } from "./types.ts";

/**
 * Calls a function of the program. Its error becomes an uncaught exception, as in MQTT.js, but does not stop the events
 * that arrived with it. It is thrown before anything else is sent.
 */
export function callSafely<Args extends unknown[]>(
  callback: ((...args: Args) => unknown) | null | undefined,
  ...args: Args
): void {
  try {
    callback?.(...args);
  } catch (error) {
    throwLater(error);
  }
}

/** Emits an event. An error of a listener becomes an uncaught exception. */
export function emitSafely(emitter: EventEmitter, event: string, ...args: unknown[]): void {
  try {
    emitter.emit(event, ...args);
  } catch (error) {
    throwLater(error);
  }
}

export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

/** Tells a callback of its success. MQTT.js passes null for the error, which its types do not say. */
export function succeed(callback: PacketCallback, packet: Packet): void {
  callSafely(callback as unknown as (error: null, packet: Packet) => unknown, null, packet);
}
