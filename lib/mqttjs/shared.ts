import type { ISubackPacket } from "./packets.ts";

/** The version of MQTT.js that this module has the interface of. */
export const MQTTJS_VERSION: string = "5.16.0";

export type DoneCallback = (error?: Error) => void;
export type GenericCallback<T> = (error?: Error, result?: T) => void;
export type VoidCallback = () => void;
export type Callback = () => void;
export type TimerVariant = "auto" | "worker" | "native";

/** A failure with a reason code of the broker. */
export class ErrorWithReasonCode extends Error {
  code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** A failed subscribe, with the broker's answer. */
export class ErrorWithSubackPacket extends Error {
  packet: ISubackPacket;

  constructor(message: string, packet: ISubackPacket) {
    super(message);
    this.packet = packet;
  }
}

for (const Class of [ErrorWithReasonCode, ErrorWithSubackPacket]) Class.prototype.name = Class.name;

export type Constructor<T = object> = new (...args: never[]) => T;

/** Copies the members of a class and of its bases to the prototype of another class. */
export function applyMixin(target: Constructor, mixin: Constructor, includeConstructor = false): void {
  const chain: object[] = [];
  for (
    let prototype: object = mixin.prototype;
    prototype && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  )
    chain.unshift(prototype);
  for (const prototype of chain) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (includeConstructor || name !== "constructor")
        Object.defineProperty(target.prototype, name, descriptor);
  }
}

/** `process.nextTick`. */
export const nextTick: (callback: (...args: never[]) => void, ...args: unknown[]) => void = process.nextTick;
