/** Allocates the identifiers by which a client names its packets. */
export interface IMessageIdProvider {
  /** Returns an identifier that is now in use; null if all are. */
  allocate(): number | null;
  /** Returns the last result of `allocate`. */
  getLastAllocated(): number | null;
  /** Marks an identifier as in use. Returns false if it was. */
  register(num: number): boolean;
  deallocate(num: number): void;
  clear(): void;
}

const IDENTIFIERS = 65_535;

/** Allocates identifiers in turn, past those in use. */
export class DefaultMessageIdProvider implements IMessageIdProvider {
  readonly #used = new Set<number>();
  #last: number;

  constructor() {
    this.#last = Math.floor(Math.random() * IDENTIFIERS) + 1;
  }

  allocate(): number | null {
    if (this.#used.size === IDENTIFIERS) return null;
    do this.#last = (this.#last % IDENTIFIERS) + 1;
    while (this.#used.has(this.#last));
    this.#used.add(this.#last);
    return this.#last;
  }

  getLastAllocated(): number {
    return this.#last;
  }

  register(num: number): boolean {
    this.#used.add(num);
    return true;
  }

  deallocate(num: number): void {
    this.#used.delete(num);
  }

  clear(): void {
    this.#used.clear();
  }
}

/** Allocates the lowest free identifier. */
export class UniqueMessageIdProvider implements IMessageIdProvider {
  readonly #used = new Set<number>();
  /** No lower identifier is free. */
  #lowest = 1;
  #last: number | null = null;

  allocate(): number | null {
    while (this.#used.has(this.#lowest)) this.#lowest++;
    if (this.#lowest > IDENTIFIERS) {
      this.#last = null;
      return null;
    }
    this.#last = this.#lowest++;
    this.#used.add(this.#last);
    return this.#last;
  }

  getLastAllocated(): number | null {
    return this.#last;
  }

  register(num: number): boolean {
    if (num < 1 || num > IDENTIFIERS || this.#used.has(num)) return false;
    this.#used.add(num);
    return true;
  }

  deallocate(num: number): void {
    if (this.#used.delete(num)) this.#lowest = Math.min(this.#lowest, num);
  }

  clear(): void {
    this.#used.clear();
    this.#lowest = 1;
  }
}
