import { types } from "node:util";

/**
 * Whether `value` is a `Uint8Array` of any realm: programs in `vm` contexts, tests of Jest and function nodes of
 * Node-RED have classes of their own.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}

/** Whether `value` is an `ArrayBuffer` or a `SharedArrayBuffer`, of any realm. */
export function isBuffer(value: unknown): value is ArrayBuffer | SharedArrayBuffer {
  return types.isAnyArrayBuffer(value);
}
