/** The number of topics that are kept. */
export const MOST_TOPICS = 4096;
/** Length in characters beyond which a topic is not kept. It bounds the memory of all topics. */
export const LONGEST_TOPIC = 256;

/** The number for topics that are not kept. */
const NOT_KEPT = 0;

/**
 * The topics that the native session knows, each by a number. A repeated topic is neither validated nor passed again.
 * When the table is full, it is cleared.
 */
export class OutgoingTopics {
  readonly #numbers = new Map<string, number>();
  /** The topic that was found or added last; undefined before the first. */
  #last: string | undefined;
  #lastNumber = NOT_KEPT;

  /** Returns the number of a topic; undefined if the native session does not know it. */
  find(topic: string): number | undefined {
    if (topic === this.#last) return this.#lastNumber;
    const number = this.#numbers.get(topic);
    if (number !== undefined) this.#remember(topic, number);
    return number;
  }

  /** Returns the number of a topic, if it was found or added last; otherwise undefined. */
  again(topic: string): number | undefined {
    return topic === this.#last ? this.#lastNumber : undefined;
  }

  /** Adds a topic and returns its number. The next publish must pass the topic and the number to the native session. */
  add(topic: string): number {
    const number = this.#numberFor(topic);
    this.#remember(topic, number);
    return number;
  }

  /** Forgets all topics, so that the native session receives them again. */
  clear(): void {
    this.#numbers.clear();
    this.#last = undefined;
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
