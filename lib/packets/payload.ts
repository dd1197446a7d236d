import { isBuffer, toView, validateView } from "../util/binary.ts";
import { format, MAX_BYTES } from "../util/check.ts";
import { MAX_VARINT } from "./bytes.ts";

/**
 * The payload of a publish. A string is sent as UTF-8, a number as decimal text, and bytes unchanged. Null or undefined
 * means an empty payload.
 */
export type Payload =
  | string
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | number
  | bigint
  | null
  | undefined;

/** The maximum size of a packet after its fixed header, in bytes (MQTT 5, section 2.1.4). */
const LARGEST_BODY = MAX_VARINT;
/** The maximum size of a payload, in bytes, with the shortest topic. */
const LARGEST_PAYLOAD = LARGEST_BODY - 3;

/** Converts a payload for the addon, which encodes strings itself. `name`: the name of the payload in messages. */
export function toBytes(payload: Payload, name = "payload"): string | Uint8Array | undefined {
  if (typeof payload === "string") return bounded(payload);
  if (payload instanceof Uint8Array) {
    if (payload.length === 0) validateView(name, payload);
    return bounded(payload);
  }
  if (payload === null || payload === undefined) return undefined;
  if (typeof payload === "number" || typeof payload === "bigint") return String(payload);
  if (ArrayBuffer.isView(payload)) {
    validateView(name, payload);
    return bounded(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength));
  }
  if (isBuffer(payload)) return bounded(toView(name, payload));
  throw new TypeError(
    `${name} must be a string, an ArrayBufferView, an ArrayBuffer, a SharedArrayBuffer, a number, a bigint, null or undefined, not ${format(payload)}`,
  );
}

/** Copies a payload that is sent later, because the program may write to its buffer meanwhile. */
export function ownBytes(payload: string | Uint8Array | undefined): string | Uint8Array | undefined {
  return typeof payload === "object" ? new Uint8Array(payload) : payload;
}

/** Converts the payload of a will to bytes. They are a copy, because they are sent later. */
export function toWillBytes(payload: Payload): Uint8Array {
  const bytes = Buffer.from(toBytes(payload, "will.payload") ?? "");
  if (bytes.byteLength > MAX_BYTES)
    throw new RangeError(`will.payload must be at most ${MAX_BYTES} bytes, not ${bytes.byteLength}`);
  return bytes;
}

/** Returns the payload's size in a packet, in bytes. */
export function byteSize(payload: string | Uint8Array | undefined): number {
  if (payload === undefined) return 0;
  return typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength;
}

/** Throws when topic, payload and properties do not fit into one packet. */
export function validatePublishSize(
  topic: string,
  payload: string | Uint8Array | undefined,
  properties: Uint8Array | undefined,
): void {
  const overhead = 2 + 2 + (properties?.byteLength ?? 1); // topic length and packet identifier
  if (overhead + (topic.length + (payload?.length ?? 0)) * 3 <= LARGEST_BODY) return; // no need to count
  const size = overhead + Buffer.byteLength(topic) + byteSize(payload);
  if (size > LARGEST_BODY)
    throw new RangeError(
      `topic, properties and payload must be at most ${LARGEST_BODY - 4} bytes together, not ${size - 4}`,
    );
}

function bounded<T extends string | Uint8Array>(payload: T): T {
  if (payload.length * 3 > LARGEST_PAYLOAD && byteSize(payload) > LARGEST_PAYLOAD)
    throw new RangeError(`payload must be at most ${LARGEST_PAYLOAD} bytes, not ${byteSize(payload)}`);
  return payload;
}
