export { Client } from "./client.ts";
export type { ConnectionInfo } from "./connection/reports.ts";
export type { AcknowledgementTimes, CountByQoS } from "./diagnostics/counters.ts";
export type {
  ConnectEvent,
  DisconnectEvent,
  MessageReceivedEvent,
  ObservedClient,
  PublishEvent,
  SubscribeEvent,
} from "./diagnostics/events.ts";
export { Message } from "./incoming/message.ts";
export type { MessageIterator } from "./incoming/message-iterator.ts";
export type { Messages } from "./incoming/messages.ts";
export type { NextOptions } from "./incoming/next-options.ts";
export {
  type Compare,
  FifoQueue,
  LifoQueue,
  type MessageQueue,
  type MessageQueueType,
  PriorityQueue,
} from "./incoming/queues.ts";
export type { Acknowledge } from "./incoming/receipt.ts";
export type { SocketConstants } from "./native/target.ts";
export type { ClientArguments } from "./options/address.ts";
export type { AuthenticationOptions } from "./options/authentication.ts";
export type {
  CallOptions,
  DisconnectOptions,
  PublishOptions,
  SubscribeCallOptions,
  SubscribeOptions,
  UnsubscribeCallOptions,
} from "./options/call-options.ts";
export type { ClientOptions } from "./options/client-options.ts";
export type { ReconnectOptions } from "./options/reconnect.ts";
export { Will, type WillOptions } from "./options/will.ts";
export type { PublishResult, ReasonCodes } from "./outgoing/results.ts";
export type { Subscriptions, TopicFilter } from "./outgoing/subscription.ts";
export type { Payload } from "./packets/payload.ts";
export {
  MqttCodeError,
  type MqttCodeErrorOptions,
  MqttConnectError,
  MqttError,
  type MqttErrorCode,
  type MqttErrorOptions,
  MqttReentrantError,
} from "./protocol/errors.ts";
export type {
  AckProperties,
  BinaryInput,
  ConnackProperties,
  ConnectProperties,
  DisconnectProperties,
  MessageProperties,
  PublishProperties,
  ReplyProperties,
  ServerAuthProperties,
  ServerDisconnectProperties,
  SubscribeProperties,
  UnsubscribeProperties,
  UserProperties,
  WillProperties,
} from "./protocol/property-types.ts";
export { ProtocolVersion } from "./protocol/protocol-version.ts";
export { ReasonCode, type ReasonCodePacket } from "./protocol/reason-code.ts";
export { Topic, Wildcard } from "./protocol/topic.ts";
export { TopicMap } from "./protocol/topic-map.ts";
export type { RequestOptions, RespondOptions } from "./requests/request-options.ts";
export type { RequestHandler, Responder, Response } from "./requests/responder.ts";
export { ResponseError, type ResponseErrorOptions } from "./requests/response-error.ts";
export type {
  ConnectedEvent,
  ConnectionEvent,
  ConnectionEventsOptions,
  ConnectionState,
  DisconnectedEvent,
  ReconnectingEvent,
  RefusedSubscription,
} from "./session/connection-events.ts";
export type { Statistics } from "./statistics.ts";
export type { MessageStream } from "./streams/message-stream.ts";
export type { StreamOptions } from "./streams/stream-options.ts";
export type { HeaderRecord, WebSocketHeaders } from "./transport/headers.ts";
export { ProxySettings, type ProxySettingsOptions } from "./transport/proxy.ts";
export type { Transport } from "./transport/schemes.ts";
export { type SocketOption, socketConstants } from "./transport/socket-options.ts";
export type { TLSContextOptions } from "./transport/tls-context.ts";
export { TLSParameters, type TLSParametersOptions } from "./transport/tls-parameters.ts";
export type { OneOrMore, Pem } from "./transport/tls-sources.ts";
export type { TLSVersion } from "./transport/tls-version.ts";
export type { Logger } from "./util/logger.ts";
export type { PerAttempt } from "./util/per-attempt.ts";
