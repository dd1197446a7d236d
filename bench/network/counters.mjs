// The numbers that the measured process and the remote client share in a file. The other side is
// bench/remote/counters.hpp.

import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { endianness } from "node:os";

const numbers = ["requested", "received", "rate"];
const width = 4;

export const createCounters = (file) => writeFileSync(file, Buffer.alloc(width * numbers.length));

export class Counters {
  #file;
  #bytes = Buffer.alloc(width);
  #number = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, 1);

  constructor(path) {
    if (endianness() !== "LE") throw new Error("The numbers are little-endian, and this machine is not");
    this.#file = openSync(path, "r+");
  }

  /** Reads a number: requested, received or rate. */
  get(name) {
    readSync(this.#file, this.#bytes, 0, width, positionOf(name));
    return this.#number[0];
  }

  set(name, value) {
    this.#number[0] = value;
    writeSync(this.#file, this.#bytes, 0, width, positionOf(name));
  }

  close() {
    closeSync(this.#file);
  }
}

const positionOf = (name) => width * numbers.indexOf(name);
