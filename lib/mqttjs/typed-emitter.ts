import { EventEmitter } from "node:events";
import type { MqttClientEventCallbacks } from "./types.ts";

type Events = MqttClientEventCallbacks;

/** The methods of an `EventEmitter` whose events have types. */
export interface TypedEventEmitter {
  on<E extends keyof Events>(event: E, callback: Events[E]): this;
  addListener<E extends keyof Events>(event: E, callback: Events[E]): this;
  once<E extends keyof Events>(event: E, callback: Events[E]): this;
  prependListener<E extends keyof Events>(event: E, callback: Events[E]): this;
  prependOnceListener<E extends keyof Events>(event: E, callback: Events[E]): this;
  removeListener<E extends keyof Events>(event: E, callback: Events[E]): this;
  off<E extends keyof Events>(event: E, callback: Events[E]): this;
  removeAllListeners(event?: keyof Events): this;
  emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): boolean;
  setMaxListeners(n: number): this;
  getMaxListeners(): number;
  listeners<E extends keyof Events>(eventName: E): Events[E][];
  rawListeners<E extends keyof Events>(eventName: E): Events[E][];
  listenerCount<E extends keyof Events>(event: E, listener?: Events[E]): number;
  eventNames(): Array<keyof Events>;
}

export const TypedEventEmitter: new () => TypedEventEmitter =
  EventEmitter as unknown as new () => TypedEventEmitter;
