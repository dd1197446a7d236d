// The payloads, as the mock-broker makes and expects them: a sequence number, then bytes that are their own offsets.

export function makePayload(size) {
  return Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i < 4 ? 0 : i)));
}

/** Checks what arrives: every number once and in order, the size, and of every hundredth message all bytes. */
export class Checker {
  #expected;
  #begin;
  #next = 0;

  /** `begin`: of the bytes that are their own offsets. */
  constructor(size, begin = 4) {
    this.#expected = makePayload(size);
    this.#begin = begin;
  }

  /** Returns how many there have been. */
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

  // On its own: where texts are made of the same number in several places, V8 makes it a string for every message.
  #complain(payload) {
    const sequence = payload.readUInt32LE(0);
    if (sequence !== this.#next) throw new Error(`Message ${sequence} came instead of ${this.#next}`);
    if (payload.length !== this.#expected.length)
      throw new Error(`Message ${sequence} has ${payload.length} bytes`);
    throw new Error(`Message ${sequence} has wrong bytes`);
  }
}

/**
 * Payloads to publish, made beforehand. They are used again, but not before the client can have let go of them: that many
 * may be outstanding or, at QoS 0, still wait in a socket's buffer.
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
