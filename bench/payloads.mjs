// The payloads of the benchmark and the mock broker: a sequence number, followed by bytes that equal their own offsets.

export function makePayload(size) {
  return Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i < 4 ? 0 : i)));
}

/** Checks received payloads: consecutive numbers, the size, and all bytes of every hundredth message. */
export class Checker {
  #expected;
  #begin;
  #next = 0;

  /** `begin` is the offset of the first byte that equals its offset. */
  constructor(size, begin = 4) {
    this.#expected = makePayload(size);
    this.#begin = begin;
  }

  /** Checks a payload and returns the number of payloads so far. */
  check(payload) {
    const sequence = payload.readUInt32LE(0);
    const isRight =
      sequence === this.#next &&
      payload.length === this.#expected.length &&
      (sequence % 100 !== 0 ||
        this.#expected.compare(payload, this.#begin, payload.length, this.#begin) === 0);
    if (!isRight) this.#complain(payload);
    return ++this.#next;
  }

  // A function of its own: V8 would otherwise convert the number to a string for every message.
  #complain(payload) {
    const sequence = payload.readUInt32LE(0);
    if (sequence !== this.#next) throw new Error(`Message ${sequence} came instead of ${this.#next}`);
    if (payload.length !== this.#expected.length)
      throw new Error(`Message ${sequence} has ${payload.length} bytes`);
    throw new Error(`Message ${sequence} has wrong bytes`);
  }
}

/**
 * Prepared payloads for publishing. A payload is used again only after the client no longer refers to it. As many may
 * be in flight, or wait in a socket's buffer at QoS 0.
 */
export class Payloads {
  #ring;
  #next = 0;

  constructor(size, outstanding) {
    const template = makePayload(size);
    const length = 2 * outstanding + Math.ceil((128 * 1024) / (size + 16));
    this.#ring = Array.from({ length }, () => Buffer.from(template));
  }

  next(sequence) {
    const payload = this.#ring[this.#next++ % this.#ring.length];
    payload.writeUInt32LE(sequence, 0);
    return payload;
  }
}
