import { isBuffer, validateView, viewOf } from "../util/binary.ts";
import { format, MAX_BYTES } from "../util/check.ts";
import { MAX_VARINT } from "./bytes.ts";

/**
 * What can be published: a string goes out as UTF-8, numbers as decimal text, bytes as they are, null and undefined as an
 * empty payload.
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

/** What a packet has room for after its fixed header, in bytes (MQTT 5, section 2.1.4). */
const LARGEST_BODY = MAX_VARINT;
/** The largest payload beside the shortest of topics. */
const LARGEST_PAYLOAD = LARGEST_BODY - 3;

/** The payload as the addon takes it. Strings are left to it: it encodes them into place. `name`: what messages call it. */
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
  if (isBuffer(payload)) return bounded(viewOf(name, payload));
  throw new TypeError(
    `${name} must be a string, an ArrayBufferView, an ArrayBuffer, a SharedArrayBuffer, a number, a bigint, null or undefined, not ${format(payload)}`,
  );
}

/** The same payload in memory of its own, for as long as it has to wait: a program may go on writing to its buffers. */
export function ownBytes(payload: string | Uint8Array | undefined): string | Uint8Array | undefined {
  return typeof payload === "object" ? new Uint8Array(payload) : payload;
}

/** The payload of a will: bytes of its own, since it is sent later. */
export function toWillBytes(payload: Payload): Uint8Array {
  const bytes = Buffer.from(toBytes(payload, "will.payload") ?? "");
  if (bytes.byteLength > MAX_BYTES)
    throw new RangeError(`will.payload must be at most ${MAX_BYTES} bytes, not ${bytes.byteLength}`);
  return bytes;
}

/** The payload's size on the wire, in bytes. */
export function byteSize(payload: string | Uint8Array | undefined): number {
  if (payload === undefined) return 0;
  return typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength;
}

/** Throws when these do not fit into one packet. */
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
