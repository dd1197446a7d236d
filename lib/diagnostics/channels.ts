import { type Channel, channel } from "node:diagnostics_channel";

type Step = "start" | "end" | "asyncStart" | "asyncEnd" | "error";

/** The channels of an operation with a beginning and an end, as `tracingChannel` of Node.js makes them. */
export type Steps = Readonly<Record<Step, Channel>>;

/** The attempts to connect. */
export const CONNECT: Steps = makeSteps("mqtt-native:connect");
/** The ends of connections. */
export const DISCONNECT: Channel = channel("mqtt-native:disconnect");
/** The calls of `publish`. */
export const PUBLISH: Steps = makeSteps("mqtt-native:publish");
/** The received messages. */
export const MESSAGE: Channel = channel("mqtt-native:message");
/** The SUBSCRIBE packets of calls. */
export const SUBSCRIBE: Steps = makeSteps("mqtt-native:subscribe");

// Not `tracingChannel`, which some runtimes lack. The names are the same.
function makeSteps(name: string): Steps {
  const of = (step: Step): Channel => channel(`tracing:${name}:${step}`);
  return {
    start: of("start"),
    end: of("end"),
    asyncStart: of("asyncStart"),
    asyncEnd: of("asyncEnd"),
    error: of("error"),
  };
}

/** Whether anyone has subscribed to a step of an operation. */
export function isObserved({ start, end, asyncStart, asyncEnd, error }: Steps): boolean {
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers
  );
}

/** The outcome of an operation, in the context of its channels. */
interface Outcome<T> {
  result?: T;
  error?: unknown;
}

/**
 * Makes a call, and publishes its steps as `tracePromise` of Node.js does. A call that throws has the steps of one that
 * rejects.
 */
export function traceCall<T>(steps: Steps, event: Outcome<T>, call: () => Promise<T>): Promise<T> {
  return steps.start.runStores(event, () => {
    const promise = attempt(steps, event, call);
    steps.end.publish(event);
    return promise.then(
      (result) => {
        succeed(steps, event, result);
        return result;
      },
      (error: unknown) => {
        fail(steps, event, error);
        throw error;
      },
    );
  });
}

function attempt<T>(steps: Steps, event: Outcome<T>, call: () => Promise<T>): Promise<T> {
  try {
    return call();
  } catch (error) {
    steps.end.publish(event);
    fail(steps, event, error);
    throw error;
  }
}

/** Publishes the beginning of an operation. */
export function begin(steps: Steps, event: object): void {
  steps.start.publish(event);
  steps.end.publish(event);
}

/** Publishes the success of an operation. */
export function succeed<T>(steps: Steps, event: Outcome<T>, result: T): void {
  event.result = result;
  steps.asyncStart.publish(event);
  steps.asyncEnd.publish(event);
}

/** Publishes the failure of an operation. */
export function fail(steps: Steps, event: Outcome<unknown>, error: unknown): void {
  event.error = error;
  steps.error.publish(event);
  steps.asyncStart.publish(event);
  steps.asyncEnd.publish(event);
}
