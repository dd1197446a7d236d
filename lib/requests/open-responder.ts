import type { Settings } from "../options/settings.ts";
import type { Publisher } from "../outgoing/publisher.ts";
import type { Subscriptions } from "../outgoing/subscription.ts";
import type { Streams } from "../streams/streams.ts";
import type { Log } from "../util/logger.ts";
import { parseRespond, type RespondOptions } from "./request-options.ts";
import { type RequestHandler, Responder } from "./responder.ts";

/** The parts of a client that responders need. */
export interface ResponderHost {
  readonly settings: Settings;
  readonly streams: Streams;
  readonly publisher: Publisher;
  readonly log: Log;
}

/** Makes a responder as `Client.respond` does. */
export async function openResponder(
  { settings, streams, publisher, log }: ResponderHost,
  topic: Subscriptions,
  handler: RequestHandler,
  options: RespondOptions,
): Promise<Responder> {
  const { stream: streamOptions, concurrency } = parseRespond(handler, options, settings.protocol);
  const stream = await streams.open(topic, streamOptions);
  const publish: Publisher["publish"] = (...args) => publisher.publish(...args);
  const { acknowledge = settings.acknowledge } = streamOptions;
  return new Responder({
    stream,
    handler,
    concurrency,
    acknowledges: acknowledge === "processed",
    log,
    publish,
  });
}
