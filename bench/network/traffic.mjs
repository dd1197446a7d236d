// The topic and the limit that both ends of the network share.

export const topic = "network/messages";

/**
 * The maximum number of messages that a subscriber has not read yet. Beyond 1 000 mosquitto would drop messages, unless
 * max_queued_messages is raised.
 */
export const mostQueued = 500;
