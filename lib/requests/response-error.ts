import type { Message } from "../incoming/message.ts";
import { MqttError, type MqttErrorOptions } from "../protocol/errors.ts";
import { brand } from "../util/brand.ts";

/** The members of a `ResponseError` besides its message. */
export interface ResponseErrorOptions extends Omit<MqttErrorOptions, "code"> {
  /** The response with the error. */
  response?: Message | undefined;
}

/**
 * An error of a responder. The handler of `client.respond` throws one to have its message sent to the requester. There
 * `client.request` rejects with one.
 */
export class ResponseError extends MqttError {
  static {
    ResponseError.prototype.name = "ResponseError";
    brand(ResponseError, "ResponseError");
  }

  /** The response that had the error; undefined in an error that a handler throws. */
  readonly response: Message | undefined;

  constructor(message: string, options: ResponseErrorOptions = {}) {
    super(message, { ...options, code: "RESPONSE_ERROR" });
    this.response = options.response;
  }
}
