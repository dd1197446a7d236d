import { onAbort, validateSignal } from "../basics/abort.ts";
import { type Members, validateMembers } from "../basics/check.ts";
import { startTimer } from "../basics/duration.ts";
import { inspectAs } from "../basics/inspection.ts";
import { Pace } from "../basics/pace.ts";
import type { Timeouts } from "../basics/timeouts.ts";
import { clearTimeout } from "../basics/timers.ts";
import { MqttError } from "../protocol/errors.ts";
import { IncomingQueue, type IncomingQueueOptions } from "./incoming-queue.ts";
import type { Message } from "./message.ts";

/** What `client.messages.next` takes. */
export interface NextOptions {
  /** Seconds to wait at most; default: no limit. */
  timeout?: number | undefined;
  /** Gives the wait up. The call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

const NEXT_OPTIONS: Members<NextOptions> = { timeout: true, signal: true };

/** What the messages of one client are made with. */
export interface MessagesOptions extends IncomingQueueOptions {
  timeouts: Timeouts;
}

interface Waiter {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: unknown): void;
  /** Its wait cannot be given up any more. */
  forget?(): void;
}

/**
 * The messages of one client: a view of its one queue. Several consumers may iterate at once; each message goes to
 * exactly one of them. Leaving a loop ends nothing: the next loop goes on where it left off.
 *
 * After `client.disconnect()` what is queued is still delivered, then iteration ends. After a lost connection what is
 * queued is delivered, then it throws. After a new connect it works again. (As in aiomqtt, which throws in both cases.)
 */
export class Messages implements AsyncIterableIterator<Message> {
  readonly #queue: IncomingQueue;
  readonly #timeouts: Timeouts;
  readonly #pace = new Pace<void>(undefined);
  #waiters: Waiter[] = [];
  /** Undefined while messages may come; a lost connection leaves its error. */
  #end: { error: MqttError | undefined } | undefined;

  static {
    inspectAs(Messages.prototype, ({ length }) => ({ length }));
  }

  /** @internal */
  constructor(options: MessagesOptions) {
    this.#queue = new IncomingQueue(options);
    this.#timeouts = options.timeouts;
  }

  /** How many messages wait to be taken. */
  get length(): number {
    return this.#queue.length;
  }

  /** @internal How many messages came. */
  get received(): number {
    return this.#queue.received;
  }

  /** @internal How many of them were dropped. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** For `for await`: all loops take from the one queue. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next message. Waits for one; a wait that is given up, by `timeout` or `signal`, loses no message. Where many are
   * queued, the event loop gets its turn now and then.
   * @throws {MqttError} `CONNECTION_LOST` when the connection was lost and nothing is queued, `TIMEOUT`
   * @throws what the queue of a `queueType` of the program's own has thrown; the next call goes on
   */
  next(options?: NextOptions): Promise<IteratorResult<Message, undefined>> {
    try {
      if (options !== undefined) validateNextOptions(options, this.#timeouts);
      const message = this.#queue.take();
      if (message !== undefined) {
        this.#pace.count();
        return this.#resolve({ value: message, done: false });
      }
    } catch (error) {
      return this.#reject(error);
    }
    if (this.#end !== undefined) return this.#atEnd(this.#end.error);
    return options === undefined ? this.#wait() : this.#waitBriefly(options);
  }

  /** Called when a loop is left. Other consumers, and later loops, are not affected. */
  return(): Promise<IteratorResult<Message, undefined>> {
    return Promise.resolve({ value: undefined, done: true });
  }

  /** @internal */
  push(message: Message): void {
    this.#queue.add(message);
    while (this.#waiters.length > 0 && this.#serveFirst());
  }

  /** @internal A connection has been made: messages may come (again). */
  begin(): void {
    this.#end = undefined;
  }

  /** @internal No more messages will come; the error is undefined after our own disconnect. */
  end(error: MqttError | undefined): void {
    this.#end = { error };
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      waiter.forget?.();
      this.#atEnd(error).then(waiter.resolve, waiter.reject);
    }
  }

  // What is settled while a turn is waited for comes with it, in the order in which it was settled.

  #resolve(result: IteratorResult<Message, undefined>): Promise<IteratorResult<Message, undefined>> {
    const { nextTurn } = this.#pace;
    return nextTurn === undefined ? Promise.resolve(result) : inTurn(nextTurn, result);
  }

  #reject(error: unknown): Promise<never> {
    const { nextTurn } = this.#pace;
    if (nextTurn === undefined) return Promise.reject(error);
    return nextTurn.then(() => {
      throw error;
    });
  }

  #atEnd(cause: MqttError | undefined): Promise<IteratorResult<Message, undefined>> {
    if (cause === undefined) return this.#resolve({ value: undefined, done: true });
    return this.#reject(
      new MqttError("Disconnected during message iteration", { code: "CONNECTION_LOST", cause }),
    );
  }

  /** Gives the next message, or what the queue throws, to who has waited longest; false when there is neither. */
  #serveFirst(): boolean {
    try {
      const message = this.#queue.take();
      if (message === undefined) return false;
      this.#settleFirst((waiter) => waiter.resolve({ value: message, done: false }));
    } catch (error) {
      this.#settleFirst((waiter) => waiter.reject(error));
    }
    return true;
  }

  #settleFirst(settle: (waiter: Waiter) => void): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    waiter.forget?.();
    const { nextTurn } = this.#pace;
    if (nextTurn === undefined) settle(waiter);
    else nextTurn.then(() => settle(waiter));
  }

  #wait(): Promise<IteratorResult<Message, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  #waitBriefly({
    timeout = Number.POSITIVE_INFINITY,
    signal,
  }: NextOptions): Promise<IteratorResult<Message, undefined>> {
    return new Promise((resolve, reject) => {
      const giveUp = (error: unknown): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        waiter.forget();
        reject(error);
      };
      const timer = startTimer(timeout, () =>
        giveUp(new MqttError("Operation timed out", { code: "TIMEOUT" })),
      );
      const unlisten = signal && onAbort(signal, () => giveUp(signal.reason));
      const waiter = {
        resolve,
        reject,
        forget() {
          clearTimeout(timer);
          unlisten?.();
        },
      };
      this.#waiters.push(waiter);
    });
  }
}

// On its own: a function with a closure in it allocates what that captures, whether the closure is made or not.
function inTurn<T>(turn: Promise<void>, result: T): Promise<T> {
  return turn.then(() => result);
}

/** Throws for what is wrong in them, and the signal's reason when the wait has been given up already. */
function validateNextOptions(options: NextOptions, timeouts: Timeouts): void {
  validateMembers("options", options, NEXT_OPTIONS);
  const { timeout, signal } = options;
  if (timeout !== undefined) timeouts.check("timeout", timeout);
  validateSignal(signal);
  signal?.throwIfAborted();
}
