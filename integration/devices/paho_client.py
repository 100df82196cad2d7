"""What a client of the Eclipse Paho library sees of the broker.

    python paho_client.py PORT SCENARIO VERSION

VERSION is 3 for MQTT 3.1.1, or 5. Ends with 0 when everything was as expected.
"""

import json
import queue
import sys
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PATIENCE = 20
PORT = int(sys.argv[1])
VERSION = int(sys.argv[3])


class Client:
    """A client that notes what happens to it."""

    def __init__(self, name, clean=True, will=None):
        five = VERSION == 5
        session = {} if five else {"clean_session": clean}
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=mqtt.MQTTv5 if five else mqtt.MQTTv311,
            **session,
        )
        self.connected = queue.Queue()
        self.ended = queue.Queue()
        self.subscribed = queue.Queue()
        self.published = queue.Queue()
        self.messages = queue.Queue()
        self.client.on_connect = lambda c, u, flags, reason, p: self.connected.put(
            (flags.session_present, reason)
        )
        self.client.on_disconnect = lambda c, u, f, reason, p: self.ended.put(reason)
        self.client.on_subscribe = lambda c, u, mid, reasons, p: self.subscribed.put(reasons)
        self.client.on_publish = lambda c, u, mid, reason, p: self.published.put(mid)
        self.client.on_message = lambda c, u, message: self.messages.put(message)
        if will:
            self.client.will_set(*will, qos=1)
        how = {}
        if five:
            properties = Properties(PacketTypes.CONNECT)
            if not clean:
                properties.SessionExpiryInterval = 600
            how = {"clean_start": clean, "properties": properties}
        self.client.connect("127.0.0.1", PORT, keepalive=30, **how)
        self.client.loop_start()
        self.session_present, reason = self.connected.get(timeout=PATIENCE)
        assert not reason.is_failure, reason

    def subscribe(self, topic, qos=1):
        self.client.subscribe(topic, qos)
        return self.subscribed.get(timeout=PATIENCE)

    def publish(self, topic, payload, retain=False):
        self.client.publish(topic, payload, qos=1, retain=retain)
        self.published.get(timeout=PATIENCE)

    def message(self):
        message = self.messages.get(timeout=PATIENCE)
        return message.topic, message.payload.decode(), message.retain

    def body(self, topic):
        found, payload, _ = self.message()
        assert found == topic, found
        return json.loads(payload)

    def nothing(self):
        """Nothing more has come by the time that something else does."""
        self.subscribe("fence")
        self.publish("fence", "fence")
        assert self.message()[0] == "fence"

    def disconnect(self):
        self.client.disconnect()
        self.ended.get(timeout=PATIENCE)
        self.client.loop_stop()

    def vanish(self):
        """Ends as a device does that loses its power."""
        self.client.loop_stop()
        self.client.socket().close()


def shadow():
    thing = f"tv{VERSION}"
    device = Client(thing)
    device.subscribe("$aws/things/+/shadow/#")
    base = f"$aws/things/{thing}/shadow"
    sent = {"state": {"desired": {"film": "Heat"}}, "clientToken": "t", "title": "beside"}
    device.publish(f"{base}/update", json.dumps(sent))
    assert device.body(f"{base}/update") == sent
    accepted = device.body(f"{base}/update/accepted")
    assert (accepted["version"], accepted["clientToken"]) == (1, "t"), accepted
    assert device.body(f"{base}/update/delta")["state"] == {"film": "Heat"}
    documents = device.body(f"{base}/update/documents")
    assert documents["current"]["state"] == {"desired": {"film": "Heat"}}, documents
    for wrong, code in [
        ("no JSON", 400),
        ('{"film":"Heat"}', 400),
        ('{"state":{},"version":7}', 409),
        (json.dumps({"state": {"desired": {"x": "y" * 9000}}}), 413),
    ]:
        device.publish(f"{base}/update", wrong)
        device.message()
        assert device.body(f"{base}/update/rejected")["code"] == code
    device.publish(f"{base}/get", "")
    device.message()
    assert device.body(f"{base}/get/accepted")["state"]["delta"] == {"film": "Heat"}
    device.publish(f"{base}/delete", "")
    device.message()
    assert device.body(f"{base}/delete/accepted")["version"] == 1
    device.publish(f"{base}/get", "")
    device.message()
    rejected = device.body(f"{base}/get/rejected")
    assert rejected["message"] == f"No shadow exists with name: '{thing}'", rejected
    device.disconnect()


def will():
    listener = Client("listener")
    listener.subscribe("gone/+")
    Client("polite", will=("gone/polite", "bye")).disconnect()
    listener.nothing()
    Client("lost", will=("gone/lost", "bye")).vanish()
    assert listener.message() == ("gone/lost", "bye", False)
    # Who takes a name over ends the one who had it.
    first = Client("twin", will=("gone/twin", "bye"))
    first.client.reconnect_delay_set(30, 60)
    second = Client("twin")
    reason = first.ended.get(timeout=PATIENCE)
    assert VERSION == 3 or reason.value == 0x8E, reason
    assert listener.message() == ("gone/twin", "bye", False)
    first.client.loop_stop()
    second.disconnect()
    listener.disconnect()


def retained():
    publisher = Client("publisher")
    publisher.publish("kept/a", "old", retain=True)
    publisher.publish("kept/a", "new", retain=True)
    publisher.publish("kept/b", "gone", retain=True)
    publisher.publish("kept/b", "", retain=True)
    late = Client("late")
    late.subscribe("kept/+")
    assert late.message() == ("kept/a", "new", True)
    publisher.publish("kept/a", "live", retain=True)
    assert late.message() == ("kept/a", "live", False)
    late.nothing()
    publisher.publish("kept/a", "", retain=True)
    publisher.disconnect()
    late.disconnect()


def session():
    sleeper = Client("sleeper", clean=False)
    assert not sleeper.session_present
    assert [reason.value for reason in sleeper.subscribe("news/#", qos=2)] == [1]
    sleeper.disconnect()
    publisher = Client("publisher")
    for number in range(250):
        publisher.publish("news/a", str(number))
    sleeper = Client("sleeper", clean=False)
    assert sleeper.session_present
    found = [int(sleeper.message()[1]) for _ in range(250)]
    assert found == list(range(250)), found
    sleeper.vanish()
    publisher.publish("news/a", "after")
    again = Client("sleeper", clean=False)
    assert again.session_present
    assert again.message()[1] == "after"
    again.disconnect()
    fresh = Client("sleeper", clean=True)
    assert not fresh.session_present
    publisher.publish("news/a", "unheard")
    fresh.nothing()
    fresh.disconnect()
    publisher.disconnect()


def large():
    device = Client("large")
    device.subscribe("large")
    device.publish("large", "x" * 128 * 1024)
    assert len(device.message()[1]) == 128 * 1024
    device.client.reconnect_delay_set(30, 60)
    device.client.publish("large", "x" * (128 * 1024 + 1), qos=1)
    reason = device.ended.get(timeout=PATIENCE)
    assert VERSION == 3 or reason.value == 0x95, reason
    device.client.loop_stop()
    other = Client("other")
    other.subscribe("fine")
    other.publish("fine", "still here")
    assert other.message()[1] == "still here"
    other.disconnect()


def many():
    """A hundred clients, each of which hears all of the others."""
    clients = [Client(f"many-{number}") for number in range(100)]
    for client in clients:
        client.subscribe("hello/+")
    for number, client in enumerate(clients):
        client.client.publish(f"hello/{number}", "x", qos=1)
    for client in clients:
        topics = {client.message()[0] for _ in clients}
        assert len(topics) == len(clients)
    for client in clients:
        client.disconnect()


def request():
    """What is answered to a request: a prediction, or why there is none."""
    device = Client("tv")
    device.subscribe("matinee/tv/#")
    film = {"title": "Night Ferry", "year": "1999", "Director1": ["Ada Moor"], "Genre1": "Drama"}
    device.publish("matinee/tv/request", json.dumps({"request_id": "r-1", "candidates": [film]}))
    assert device.message()[0] == "matinee/tv/request"
    topic, payload, _ = device.message()
    answer = json.loads(payload)
    assert topic in ("matinee/tv/prediction/r-1", "matinee/tv/rejected"), topic
    assert answer["request_id"] == "r-1", answer
    device.publish("matinee/tv/request", "no JSON")
    assert device.message()[0] == "matinee/tv/request"
    assert device.message()[0] == "matinee/tv/rejected"
    device.disconnect()


begin = time.monotonic()
globals()[sys.argv[2]]()
print(f"{sys.argv[2]} by MQTT {VERSION}: {time.monotonic() - begin:.1f} s")
