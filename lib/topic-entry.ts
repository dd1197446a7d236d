// `mqtt-native/topic`: topics and filters, for programs without a connection. It does not load the addon.

export { Topic, Wildcard } from "./protocol/topic.ts";
export { TopicMap } from "./protocol/topic-map.ts";
