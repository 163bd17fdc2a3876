"""Reading what has been added to a broker's topics, all of one partition.

The ends of all topics are asked for at once: a consumer that is asked for one topic's, which was made a moment ago,
waits a second for the broker's word on where that one is.

SPDX-License-Identifier: Apache-2.0
"""

import time

import confluent_kafka
import confluent_kafka.admin

SECONDS = 60

# What is said of a topic that is just being made.
NOT_YET = (confluent_kafka.KafkaError.UNKNOWN_TOPIC_OR_PART, confluent_kafka.KafkaError.LEADER_NOT_AVAILABLE, confluent_kafka.KafkaError._NOENT,
           confluent_kafka.KafkaError.NOT_LEADER_FOR_PARTITION, confluent_kafka.KafkaError.UNKNOWN_LEADER_EPOCH)


class Topics:
    def __init__(self, bootstrap):
        settings = {"bootstrap.servers": bootstrap, "log_level": 2}
        self.admin = confluent_kafka.admin.AdminClient(settings)
        self.consumer = confluent_kafka.Consumer(settings | {
            "group.id": "reader", "enable.auto.commit": False, "fetch.message.max.bytes": 1 << 26, "receive.message.max.bytes": 1 << 28,
            "topic.metadata.refresh.interval.ms": 200, "topic.metadata.refresh.fast.interval.ms": 20})
        self.seen = {}      # topic: the end up to which new() has read

    def names(self):
        return self.admin.list_topics(timeout=SECONDS).topics.keys()

    def ends(self, names):
        """The ends of topics; one that is being made has none yet."""
        latest = confluent_kafka.admin.OffsetSpec.latest()
        asked = {confluent_kafka.TopicPartition(name, 0): latest for name in names}
        found = {}
        for partition, future in (self.admin.list_offsets(asked, request_timeout=SECONDS) if asked else {}).items():
            try:
                found[partition.topic] = future.result(SECONDS).offset
            except confluent_kafka.KafkaException as problem:
                if problem.args[0].code() not in NOT_YET:
                    raise
        return found

    def make(self, names):
        """Makes topics."""
        if names:
            made = self.admin.create_topics([confluent_kafka.admin.NewTopic(name, 1, 1) for name in names])
            for future in made.values():
                future.result(SECONDS)

    def delete(self, names):
        if names:
            for future in self.admin.delete_topics(list(names), operation_timeout=SECONDS).values():
                future.exception()

    def skip(self, names):
        """What these topics hold now is not new."""
        self.seen.update(self.ends(names))

    def new(self, names):
        """The messages of the topics that were not read or skipped before, those of a topic in their order."""
        ends = self.ends(names)
        missing = {topic: end for topic, end in ends.items() if end > self.seen.get(topic, 0)}
        self.consumer.list_topics(timeout=SECONDS)
        self.consumer.assign([confluent_kafka.TopicPartition(topic, 0, self.seen.get(topic, 0)) for topic in missing])
        found = []
        deadline = time.monotonic() + SECONDS
        while missing:
            for message in self.consumer.consume(5000, timeout=0.05):
                if message.error():
                    continue
                found.append(message)
                if message.offset() + 1 >= missing.get(message.topic(), 1 << 62):
                    del missing[message.topic()]
                deadline = time.monotonic() + SECONDS
            if time.monotonic() > deadline:
                raise TimeoutError(f"the topics {sorted(missing)} cannot be read to their ends")
        self.consumer.unassign()
        self.seen.update(ends)
        return found

    def close(self):
        self.consumer.close()
