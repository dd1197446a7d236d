import { types } from "node:util";

/**
 * Returns whether `value` is a `Uint8Array` of any realm. Programs in `vm` contexts, tests of Jest and function nodes
 * of Node-RED have classes of their own.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}

/** Returns whether `value` is an `ArrayBuffer` or a `SharedArrayBuffer` of any realm. */
export function isBuffer(value: unknown): value is ArrayBuffer | SharedArrayBuffer {
  return types.isAnyArrayBuffer(value);
}

const { includes } = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;

/**
 * Throws a `TypeError` when a view has lost its memory, because its buffer was transferred to another thread or has
 * shrunk. Such a view looks like an empty one.
 */
export function validateView(name: string, view: ArrayBufferView): void {
  if (!hasMemory(view))
    throw new TypeError(`${name} must not be a view of a buffer that was transferred or has shrunk`);
}

function hasMemory(view: ArrayBufferView): boolean {
  try {
    // Without memory, the byteLength of a DataView throws, and the includes method of other views throws.
    return view.byteLength > 0 || types.isDataView(view) || includes.call(view, 0) || true;
  } catch {
    return false;
  }
}

/** Returns all bytes of a buffer as a view. Throws a `TypeError` when it was transferred to another thread. */
export function toView(name: string, buffer: ArrayBuffer | SharedArrayBuffer): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch {
    throw new TypeError(`${name} must not be a buffer that was transferred`);
  }
}
