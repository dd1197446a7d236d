import type { Acknowledgements } from "../incoming/acknowledgements.ts";
import type { Message } from "../incoming/message.ts";
import type { Messages } from "../incoming/messages.ts";
import type { Receipt } from "../incoming/receipt.ts";
import type { Destination, Subscription, SubscriptionTable } from "../outgoing/subscription-table.ts";
import { isShared } from "../protocol/filter-overlap.ts";
import type { MessageProperties } from "../protocol/property-types.ts";

/** The bits of the options of a filter: No Local, and Retain Handling (MQTT 5, section 3.8.3.1). */
const NO_LOCAL = 0x04;
const RETAIN_HANDLING = 0x30;

/** Routes the messages of one client to its streams and to `client.messages`. */
export class Router {
  readonly #table: SubscriptionTable;
  readonly #messages: Messages;
  readonly #acknowledgements: Acknowledgements;
  readonly #dropsUnmatched: boolean;
  /** Whether messages may have other destinations than `client.messages`. */
  #isActive: boolean;
  #elsewhere = 0;
  #dropped = 0;

  constructor(
    table: SubscriptionTable,
    messages: Messages,
    unmatched: "queue" | "drop",
    acknowledgements: Acknowledgements,
  ) {
    this.#table = table;
    this.#acknowledgements = acknowledgements;
    this.#messages = messages;
    this.#dropsUnmatched = unmatched === "drop";
    this.#isActive = this.#dropsUnmatched;
  }

  /** The number of messages that were not put into `client.messages`. */
  get elsewhere(): number {
    return this.#elsewhere;
  }

  /** The number of messages that were dropped because no subscription matched. */
  get dropped(): number {
    return this.#dropped;
  }

  /** There is a stream. From now on messages go by their subscriptions. */
  activate(): void {
    this.#isActive = true;
  }

  /** Gives a message to its destinations. */
  route(message: Message): void {
    if (this.#isActive) this.#distribute(message);
    else this.#messages.push(message);
  }

  /** Gives a message to its destinations, which acknowledge it. */
  routeDeferred(received: Message, connection: number, isRepeated: boolean): void {
    const receipt = this.#acknowledgements.receive(received, connection, isRepeated);
    if (receipt.isKnown) this.#deliverAgain(received, receipt);
    else this.#deliverFirst(received, receipt);
    receipt.complete();
  }

  /** The session has delivered a message of QoS 2 before. Only destinations that had not given it out get it again. */
  #deliverAgain(received: Message, receipt: Receipt): void {
    const message = this.#visible(received);
    const again = receipt.removeVoid();
    for (const { destination } of again) if (!destination.isOver) destination.pushDeferred(message, receipt);
    // Streams that have ended never had it.
    if (again.length > 0 && receipt.parts.length === 0) this.#deliverFirst(received, receipt);
  }

  #deliverFirst(received: Message, receipt: Receipt): void {
    if (this.#isActive) this.#distributeDeferred(received, receipt);
    else this.#messages.pushDeferred(received, receipt);
  }

  #distributeDeferred(received: Message, receipt: Receipt): void {
    const message = this.#visible(received);
    const destinations = this.#findDestinations(received);
    if (destinations === undefined) this.#onUnmatched(message, receipt);
    else this.#deliverDeferred(message, destinations, receipt);
  }

  #deliverDeferred(message: Message, destinations: ReadonlySet<Destination>, receipt: Receipt): void {
    const before = this.#messages.received;
    for (const destination of destinations) destination.pushDeferred(message, receipt);
    if (this.#messages.received === before) this.#elsewhere++;
  }

  /** Returns the message as the program sees it. */
  #visible(received: Message): Message {
    const identifiers = received.properties?.subscriptionIdentifiers;
    return identifiers === undefined ? received : this.#withoutOwn(received, identifiers);
  }

  #distribute(received: Message): void {
    const message = this.#visible(received);
    const destinations = this.#findDestinations(received);
    if (destinations === undefined) this.#onUnmatched(message, undefined);
    else this.#deliver(message, destinations);
  }

  /** Returns the destinations of a message; undefined if no subscription matches. */
  #findDestinations(received: Message): ReadonlySet<Destination> | undefined {
    const identifiers = received.properties?.subscriptionIdentifiers;
    const matching = this.#table.match(received.topic);
    const [first] = matching;
    if (first === undefined) return undefined;
    if (matching.length === 1) return first.holders;
    const chosen = identifiers === undefined ? matching : chosenBy(identifiers, matching);
    return mergeDestinations(chosen, matching, received.retain);
  }

  #onUnmatched(message: Message, receipt: Receipt | undefined): void {
    if (!this.#dropsUnmatched) {
      if (receipt === undefined) this.#messages.push(message);
      else this.#messages.pushDeferred(message, receipt);
      return;
    }
    this.#elsewhere++;
    this.#dropped++;
  }

  /** Each destination gets a message of its own. */
  #deliver(message: Message, destinations: ReadonlySet<Destination>): void {
    let isFirst = true;
    const before = this.#messages.received;
    for (const destination of destinations) {
      destination.push(isFirst ? message : message.with(message.properties));
      isFirst = false;
    }
    if (this.#messages.received === before) this.#elsewhere++;
  }

  /** Returns the message without the identifiers that the client gave out. */
  #withoutOwn(message: Message, identifiers: readonly number[]): Message {
    if (!identifiers.some((each) => this.#table.isOwn(each))) return message;
    const { subscriptionIdentifiers: _all, ...others } = message.properties ?? {};
    const rest = identifiers.filter((each) => !this.#table.isOwn(each));
    const properties: MessageProperties =
      rest.length > 0 ? { ...others, subscriptionIdentifiers: rest } : others;
    return message.with(Object.keys(properties).length > 0 ? properties : undefined);
  }
}

/** Returns the subscriptions that the identifiers of a message name; all that match if they name none of these. */
function chosenBy(
  identifiers: readonly number[],
  matching: readonly Subscription[],
): readonly Subscription[] {
  const named = matching.filter((subscription) =>
    subscription.identifiers.some((each) => identifiers.includes(each)),
  );
  if (named.length === 0) return matching;
  // The broker knows these with their identifiers.
  for (const subscription of named) subscription.mayLackIdentifier = false;
  if (named.length === matching.length) return named;
  return matching.filter((subscription) => subscription.mayLackIdentifier || named.includes(subscription));
}

/**
 * Returns the destinations of a message. A broker may send one copy for each subscription that matches, each with its
 * own identifier [MQTT 5, 3.3.4]. A destination gets the copy of one of its subscriptions only.
 */
function mergeDestinations(
  chosen: readonly Subscription[],
  matching: readonly Subscription[],
  isRetained: boolean,
): Set<Destination> {
  const destinations = new Set<Destination>();
  for (const { holders } of chosen)
    for (const holder of holders)
      if (chosen === matching || takesCopy(holder, chosen, matching, isRetained)) destinations.add(holder);
  return destinations;
}

/** Whether a stream takes the copy of these subscriptions. No message must be missed because of its copies. */
function takesCopy(
  stream: Destination,
  chosen: readonly Subscription[],
  matching: readonly Subscription[],
  isRetained: boolean,
): boolean {
  const own = matching.filter(({ holders }) => holders.has(stream));
  if (own.length === 1 || !stream.mergesCopies) return true;
  // The copies of shared subscriptions go to one of several clients.
  const plain = own.filter(({ wanted, isActive }) => isActive && !isShared(wanted.filter));
  const candidates = isRetained ? plain.filter((each) => getsRetained(each, stream)) : plain;
  // With No Local a message of this client has no copy.
  const certain = candidates.filter(({ wanted }) => (wanted.options & NO_LOCAL) === 0);
  if (certain.length === 0 && candidates.length < own.length) return true;
  const [first] = (certain.length > 0 ? certain : candidates).toSorted((a, b) => a.order - b.order);
  if (first === undefined || chosen.includes(first)) return true;
  // A retained message may come for one subscription alone.
  return isRetained && !chosen.some((each) => candidates.includes(each));
}

/** Whether a stream gets retained messages for a subscription, as for the others of the same call. */
function getsRetained({ wanted, founders }: Subscription, stream: Destination): boolean {
  return (wanted.options & RETAIN_HANDLING) === 0 && founders.has(stream);
}
