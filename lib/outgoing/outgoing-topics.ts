/** So many topics are kept. */
export const MOST_TOPICS = 4096;
/** A longer topic is not kept: so all of them together have a bound in bytes, too. */
export const LONGEST_TOPIC = 256;
/** So many topics are not kept after keeping them has been of little use. */
export const PAUSE: number = 32 * MOST_TOPICS;

/** The number for topics that are not kept. */
const NOT_KEPT = 0;

/** A topic that the engine has. */
class NumberedTopic {
  /** Undefined: of none, where all begins. */
  readonly topic: string | undefined;
  readonly number: number;
  /** What was looked up after it the last time; itself, before anything was. */
  next: NumberedTopic = this;

  constructor(topic: string | undefined, number: number) {
    this.topic = topic;
    this.number = number;
  }
}

/**
 * The topics that the engine has, each under a number: topics repeat, and then need neither be checked nor handed over
 * again. When there are too many, all are forgotten. Where most of them came only once they are not kept for a while: a
 * program whose topics are ever new is not to pay for those that repeat.
 */
export class OutgoingTopics {
  readonly #topics = new Map<string, NumberedTopic>();
  #last = new NumberedTopic(undefined, NOT_KEPT);
  #count = 0;
  /** How often topics were found since the last time that all were forgotten. */
  #found = 0;
  #pause = 0;

  /** The number under which the engine has a topic; undefined: it has not. */
  find(topic: string): number | undefined {
    // Programs go through their topics in the same order again and again, or have but one: to compare with what is
    // expected takes less time than to look it up.
    const expected = this.#last.next;
    const found = topic === expected.topic ? expected : this.#lookUp(topic);
    if (found === undefined) return undefined;
    if (found !== this.#last) this.#found++; // those that come twice in a row say nothing of the others
    this.#last = found;
    return found.number;
  }

  /** As `find`, but only of the topic that was found or added last: what is expected after it stays the same. */
  again(topic: string): number | undefined {
    return topic === this.#last.topic ? this.#last.number : undefined;
  }

  /** Adds a topic that was not found; the engine must be given it, under the number that this returns, before any other. */
  add(topic: string): number {
    const isKept = this.#isKept(topic);
    this.#last = new NumberedTopic(topic, isKept ? ++this.#count : NOT_KEPT);
    if (isKept) this.#topics.set(topic, this.#last);
    return this.#last.number;
  }

  #lookUp(topic: string): NumberedTopic | undefined {
    if (this.#pause > 0) return undefined;
    const found = this.#topics.get(topic);
    // That is never one that is not kept, whose number is soon another one's.
    if (found !== undefined) this.#last.next = found;
    return found;
  }

  #isKept(topic: string): boolean {
    if (topic.length > LONGEST_TOPIC) return false;
    if (this.#pause === 0 && this.#count === MOST_TOPICS) this.#forgetAll();
    if (this.#pause === 0) return true;
    this.#pause--;
    return false;
  }

  /** What is left of the forgotten ones can be reached from the last one only; so another must become that at once. */
  #forgetAll(): void {
    if (this.#found < MOST_TOPICS) this.#pause = PAUSE;
    this.#topics.clear();
    this.#count = 0;
    this.#found = 0;
  }
}
