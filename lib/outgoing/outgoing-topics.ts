/** So many topics are kept. */
export const MOST_TOPICS = 4096;
/** A longer topic is not kept: so all of them together have a bound in bytes, too. */
export const LONGEST_TOPIC = 256;
/** So many topics are not kept after keeping them has been of little use. */
export const PAUSE: number = 32 * MOST_TOPICS;

/** The number for topics that are not kept. */
const NOT_KEPT = 0;

/**
 * The topics that the engine has, each under a number: topics repeat, and then need neither be checked nor handed over
 * again. When there are too many, all are forgotten. Where most of them came only once they are not kept for a while: a
 * program whose topics are ever new is not to pay for those that repeat.
 */
export class OutgoingTopics {
  readonly #numbers = new Map<string, number>();
  #lastNumber = NOT_KEPT;
  /** The topic of that number when it was used twice in a row, or is new: it need not be looked up. */
  #last: string | undefined;
  #count = 0;
  /** How often topics were found since the last time that all were forgotten. */
  #found = 0;
  #pause = 0;

  /** The number under which the engine has a topic; undefined: it has not. */
  find(topic: string): number | undefined {
    if (topic === this.#last) return this.#lastNumber;
    if (this.#pause > 0) return undefined;
    const number = this.#numbers.get(topic);
    if (number === undefined) return undefined;
    this.#found++;
    // To compare with a topic that is another one each time would cost more than it saves.
    this.#last = number === this.#lastNumber ? topic : undefined;
    this.#lastNumber = number;
    return number;
  }

  /** Adds a topic that was not found; the engine must be given it, under the number that this returns, before any other. */
  add(topic: string): number {
    this.#last = topic;
    this.#lastNumber = this.#isKept(topic) ? ++this.#count : NOT_KEPT;
    if (this.#lastNumber !== NOT_KEPT) this.#numbers.set(topic, this.#lastNumber);
    return this.#lastNumber;
  }

  #isKept(topic: string): boolean {
    if (topic.length > LONGEST_TOPIC) return false;
    if (this.#pause === 0 && this.#count === MOST_TOPICS) this.#forgetAll();
    if (this.#pause === 0) return true;
    this.#pause--;
    return false;
  }

  #forgetAll(): void {
    if (this.#found < MOST_TOPICS) this.#pause = PAUSE;
    this.#numbers.clear();
    this.#count = 0;
    this.#found = 0;
  }
}
