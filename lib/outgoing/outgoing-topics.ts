/** So many topics are kept. */
export const MOST_TOPICS = 4096;
/** A longer topic is not kept, so all of them together have a bound in bytes, too. */
export const LONGEST_TOPIC = 256;

/** The number for topics that are not kept. */
const NOT_KEPT = 0;

/**
 * The topics that the engine has, each under a number: a topic that repeats need neither be checked nor handed over again.
 * When there are too many, all are forgotten.
 */
export class OutgoingTopics {
  readonly #numbers = new Map<string, number>();
  /** The topic that was found or added last. Undefined: none yet. */
  #last: string | undefined;
  #lastNumber = NOT_KEPT;

  /** Returns the number under which the engine has a topic; undefined if it has not. */
  find(topic: string): number | undefined {
    if (topic === this.#last) return this.#lastNumber;
    const number = this.#numbers.get(topic);
    if (number !== undefined) this.#remember(topic, number);
    return number;
  }

  /** As `find`, but only for the topic that was found or added last. */
  again(topic: string): number | undefined {
    return topic === this.#last ? this.#lastNumber : undefined;
  }

  /** Adds a topic that was not found; the engine must be given it, under the number that this returns, before any other. */
  add(topic: string): number {
    const number = this.#numberFor(topic);
    this.#remember(topic, number);
    return number;
  }

  #numberFor(topic: string): number {
    if (topic.length > LONGEST_TOPIC) return NOT_KEPT;
    const known = this.#numbers.get(topic);
    if (known !== undefined) return known;
    if (this.#numbers.size === MOST_TOPICS) this.#numbers.clear();
    const number = this.#numbers.size + 1;
    this.#numbers.set(topic, number);
    return number;
  }

  #remember(topic: string, number: number): void {
    this.#last = topic;
    this.#lastNumber = number;
  }
}
