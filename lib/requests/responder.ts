import type { Message } from "../incoming/message.ts";
import type { PublishOptions, UnsubscribeCallOptions } from "../options/call-options.ts";
import type { PublishResult, ReasonCodes } from "../outgoing/results.ts";
import type { Payload } from "../packets/payload.ts";
import type { MqttError } from "../protocol/errors.ts";
import type { PublishProperties } from "../protocol/property-types.ts";
import type { MessageStream } from "../streams/message-stream.ts";
import { isPlain, isUtf8String } from "../util/check.ts";
import { inspectAs } from "../util/inspection.ts";
import type { Log } from "../util/logger.ts";
import { toMessage } from "../util/thrown.ts";
import { ERROR_PROPERTY } from "./requests.ts";
import { ResponseError } from "./response-error.ts";

/** A response with more than its payload. */
export interface Response {
  /** The payload. Default: empty. */
  payload?: Payload;
  /** The properties of the response. The correlation data is that of the request. */
  properties?: PublishProperties | undefined;
  /** Default: the quality of service of the request. */
  qos?: 0 | 1 | 2 | undefined;
  /** Whether the broker keeps the response. Default: false. */
  retain?: boolean | undefined;
}

/** The handler of `client.respond`. A result of undefined is an empty response. */
export type RequestHandler = (message: Message) => Payload | Response | Promise<Payload | Response>;

/** The surroundings of a responder. */
export interface ResponderParts {
  readonly stream: MessageStream;
  readonly handler: RequestHandler;
  readonly concurrency: number;
  readonly log: Log;
  /** Whether a request is acknowledged when it has been handled. */
  readonly acknowledges: boolean;
  publish(topic: string, payload: Payload, options: PublishOptions): Promise<PublishResult>;
}

/** Handles the requests of some topic filters. `client.respond` makes it. */
export class Responder {
  readonly #parts: ResponderParts;

  static {
    // biome-ignore lint/complexity/noThisInStatic: by its name, esbuild would call the class _Responder in stacks.
    inspectAs<Responder>(this.prototype, ({ filters }) => ({ filters }));
  }

  /** @internal */
  constructor(parts: ResponderParts) {
    this.#parts = parts;
    for (let worker = 0; worker < Math.min(parts.concurrency, MAX_WORKERS); worker++) void this.#work();
  }

  /** The topic filters, as text. */
  get filters(): readonly string[] {
    return this.#parts.stream.filters;
  }

  /** The broker's reason code for each filter. It is empty if the responder was made before the first connection. */
  get reasonCodes(): ReasonCodes {
    return this.#parts.stream.reasonCodes;
  }

  /** Resolves when no more requests come: to the error that ended the responder, or to undefined. Never rejects. */
  get closed(): Promise<MqttError | undefined> {
    return this.#parts.stream.closed;
  }

  /**
   * Unsubscribes. Requests that are queued are still handled.
   * @throws as `client.unsubscribe` does; the responder has ended nevertheless
   */
  unsubscribe(options?: UnsubscribeCallOptions): Promise<void> {
    return this.#parts.stream.unsubscribe(options);
  }

  /** Unsubscribes, and drops the queued requests, for `await using`. Never rejects. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.stream[Symbol.asyncDispose]();
  }

  /** Handles one request after the other. */
  async #work(): Promise<void> {
    const { stream, log } = this.#parts;
    for (;;) {
      try {
        const { value, done } = await stream.next();
        if (done) return;
        if (value !== undefined) await this.#respond(value);
      } catch (error) {
        if (stream.hasEnded) return;
        log.error(`A responder could not read its queue: ${toMessage(error)}`);
      }
    }
  }

  async #respond(request: Message): Promise<void> {
    this.#parts.stream.beginBody();
    try {
      await this.#answer(request);
    } finally {
      // After the response, so that a request is not lost with the process.
      if (this.#parts.acknowledges) request.acknowledge();
      this.#parts.stream.endBody();
    }
  }

  async #answer(request: Message): Promise<void> {
    const { responseTopic, correlationData } = request.properties ?? {};
    const response = await this.#handle(request);
    const { log } = this.#parts;
    if (responseTopic === undefined) {
      if (response.isResult)
        log.warn("A request has no response topic: the result of its handler is dropped.");
      return;
    }
    try {
      const { payload, qos = request.qos, retain = false } = response.response;
      const properties = { ...response.response.properties, correlationData };
      await this.#parts.publish(responseTopic, payload, { qos, retain, properties });
    } catch (error) {
      log.error(`A response could not be published: ${toMessage(error)}`);
    }
  }

  /** Calls the handler. Returns its response, or that of its error. */
  async #handle(request: Message): Promise<{ response: Response; isResult: boolean }> {
    try {
      const result = await this.#parts.handler(request);
      const response = isResponse(result) ? result : { payload: result };
      return { response, isResult: result !== undefined };
    } catch (error) {
      return {
        response: { properties: { userProperties: [[ERROR_PROPERTY, this.#describeError(error)]] } },
        isResult: false,
      };
    }
  }

  /** Returns the text of an error for the requester. Other errors than a `ResponseError` may have secrets. */
  #describeError(error: unknown): string {
    if (error instanceof ResponseError && isUtf8String(error.message)) return error.message;
    this.#parts.log.error(`The handler of a request failed: ${toMessage(error)}`);
    return "internal error";
  }
}

/** So many loops read a queue. More would wait in vain. */
const MAX_WORKERS = 100_000;

function isResponse(result: Payload | Response): result is Response {
  return isPlain(result);
}
