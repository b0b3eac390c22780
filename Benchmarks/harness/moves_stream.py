"""The stream of Benchmarks/moves: a steady producer, a reader that waits, and a mirror."""
import bisect
import json
import threading
import time

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType)

SYNC_SECONDS = 1


class Feed:
    """Produces records at a steady rate, each with an id of its own, by the clock: record i is due
    at a fixed moment, which its timestamp says, whatever becomes of those before it."""

    def __init__(self, bootstrap, topic, partitions, rate, lines):
        self.topic, self.partitions, self.rate = topic, partitions, rate
        self.bodies = [b"," + json.dumps(_without_id(line)).encode()[1:] for line in lines]
        # Of the records by their numbers: where the brokers have put them; by number of a cluster.
        self.places = [{}]
        # When each record was acknowledged, and how long after it was due: what the brokers and the
        # machine take by themselves.
        self.acknowledged = []
        self.produced = 0
        self.start = time.time() + 0.5
        self._producer = _producer(bootstrap)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def due(self, number):
        """The moment of a record, in seconds."""
        return self.start + number / self.rate

    def _run(self):
        while not self._stopping.wait(0.002):
            with self._lock:
                until = int((time.time() - self.start) * self.rate)
                while self.produced < until:
                    self._send(self.produced)
                    self.produced += 1
                self._producer.poll(0)

    def _send(self, number):
        body = self.bodies[number % len(self.bodies)]
        places = self.places[-1]

        def answered(error, message):
            if error is None:
                places[number] = (message.partition(), message.offset())
                now = time.time()
                self.acknowledged.append((now, now - self.due(number)))

        self._producer.produce(
            self.topic, b'{"id":"m-%d"' % number + body, b"k%d" % (number % 1_000),
            number % self.partitions, on_delivery=answered,
            timestamp=int(self.due(number) * 1e3))

    def slowest(self, begin, end):
        """The slowest acknowledgement in a window, in seconds."""
        return max((one for at, one in self.acknowledged if begin <= at < end), default=0)

    def redirect(self, bootstrap):
        """Goes on at another cluster, with what the first one has not acknowledged before."""
        with self._lock:
            self._producer.poll(0)
            self._producer.purge()
            self._producer.flush(5)
            known = self.places[-1]
            self._producer = _producer(bootstrap)
            self.places.append({})
            again = [number for number in range(self.produced) if number not in known]
            for number in again:
                self._send(number)
        return len(again)

    def stop(self):
        """Ends behind the last record that is due; all are acknowledged then."""
        self._stopping.set()
        self._thread.join()
        self._producer.flush(30)
        missing = [
            number for number in range(self.produced)
            if not any(number in places for places in self.places)]
        if missing:
            raise RuntimeError(f"the brokers did not take {len(missing)} records of the feed")


def _without_id(line):
    document = json.loads(line)
    return {key: document[key] for key in ("method", "path", "query", "body")}


def _producer(bootstrap, **more):
    return Producer({
        "bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 1,
        "queue.buffering.max.messages": 1_000_000, "log_level": 0, **more})


def consumer(bootstrap, **more):
    return Consumer({
        "bootstrap.servers": bootstrap, "group.id": "swerve-bench-reader",
        "enable.auto.commit": False, "isolation.level": "read_committed", "log_level": 0,
        "auto.offset.reset": "earliest", "fetch.wait.max.ms": 10, **more})


class Reader:
    """Waits on a topic, read committed, and keeps when each record came, by its place."""

    def __init__(self, bootstrap, topic, partitions):
        self.arrived = {}
        self._consumer = consumer(bootstrap)
        self._consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stopping.is_set():
            message = self._consumer.poll(0.1)
            if message is not None and not message.error():
                self.arrived[message.partition(), message.offset()] = time.time()

    def stop(self):
        self._stopping.set()
        self._thread.join()
        self._consumer.close()


class Answer:
    """A prediction or dead letter, as its topic has it."""

    __slots__ = ("partition", "offset", "appended", "source", "id")

    def __init__(self, message):
        self.partition, self.offset = message.partition(), message.offset()
        self.appended = message.timestamp()[1] / 1e3
        document = json.loads(message.value())
        source = document["source"]
        self.source = (source["partition"], source["offset"])
        self.id = int(document["id"][2:]) if document["id"].startswith("m-") else None


def read_all(bootstrap, topic, partitions):
    """All that a topic has, read committed, in the order of each partition."""
    reader = consumer(bootstrap, **{"enable.partition.eof": True})
    reader.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
    messages, ended, deadline = [], set(), time.monotonic() + 120
    while len(ended) < partitions:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{topic} could not be read to its end")
        message = reader.poll(0.5)
        if message is None:
            continue
        if not message.error():
            messages.append(message)
        elif message.error().name() == "_PARTITION_EOF":
            ended.add(message.partition())
    reader.close()
    return messages


def stamp_by_broker(bootstrap, topic):
    """Lets a topic's timestamps be those at which its broker appended."""
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[ConfigEntry(
        "message.timestamp.type", "LogAppendTime",
        incremental_operation=AlterConfigOpType.SET)])
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)


class Mirror:
    """Copies topics from one cluster to another, and the offsets of a group once a second, as a
    mirror's tool does: by a map of the offsets that it has copied."""

    def __init__(self, source, target, topics, group, groups_topic):
        self.group, self.groups_topic = group, groups_topic
        self.maps = {}
        self.synced = {}
        self._target = target
        self._consumer = consumer(source)
        self._consumer.assign([
            TopicPartition(topic, number, 0)
            for topic, partitions in topics.items() for number in range(partitions)])
        self._producer = _producer(target)
        self._admins = [AdminClient({"bootstrap.servers": one, "log_level": 0})
                        for one in (source, target)]
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=one, daemon=True) for one in (self._copy, self._sync)]
        for thread in self._threads:
            thread.start()

    def _copy(self):
        while not self._stopping.is_set():
            self._producer.poll(0)
            message = self._consumer.poll(0.01)
            if message is None or message.error():
                continue
            self._producer.produce(
                message.topic(), message.value(), message.key(), message.partition(),
                on_delivery=self._copied(message), timestamp=message.timestamp()[1],
                headers=message.headers() or [])

    def _copied(self, original):
        place, offset = (original.topic(), original.partition()), original.offset()

        def answered(error, message):
            if error is None:
                here, there = self.maps.setdefault(place, ([], []))
                here.append(offset)
                there.append(message.offset())

        return answered

    def _sync(self):
        while not self._stopping.wait(SYNC_SECONDS):
            try:
                self._sync_once()
            except Exception:  # noqa: BLE001 - whatever the client says, the next turn tries again
                continue

    def _sync_once(self):
        asked = ConsumerGroupTopicPartitions(self.group)
        found = self._admins[0].list_consumer_group_offsets([asked])[self.group].result(5)
        moved = []
        for one in found.topic_partitions:
            here, there = self.maps.get((one.topic, one.partition), ([], []))
            copied = bisect.bisect_left(here, one.offset)
            if one.topic == self.groups_topic and one.offset > 0 and copied > 0:
                moved.append(TopicPartition(one.topic, one.partition, there[copied - 1] + 1))
        if moved:
            self._admins[1].alter_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(self.group, moved)])[self.group].result(5)
            self.synced = {one.partition: one.offset for one in moved}

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._producer.flush(10)
        self._consumer.close()


def older_records(bootstrap, topic, partitions, first):
    """Fills a topic with other records before the mirror begins, in each partition another number
    of them, so that no offset is that of the first cluster."""
    producer = _producer(bootstrap)
    for number in range(partitions):
        for count in range(first + 111 * number):
            producer.produce(
                topic, b'{"id":"o-%d","method":"GET","path":"/older"}' % count, b"older", number)
    if producer.flush(30):
        raise RuntimeError(f"{topic} at {bootstrap} did not take the older records")
