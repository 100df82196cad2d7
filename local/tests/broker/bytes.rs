//! Bytes that no client of a library would send.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::{Device, broker};

/// A CONNECT of a version, with the session not kept.
pub(crate) fn connect(version: u8, client: &str) -> Vec<u8> {
    let mut rest = vec![0, 4, b'M', b'Q', b'T', b'T', version, 2, 0, 0];
    if version == 5 {
        rest.push(0);
    }
    rest.extend(text(client));
    packet(0x10, &rest)
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    [&length.to_be_bytes()[..], text.as_bytes()].concat()
}

pub(crate) fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut length = rest.len();
    loop {
        let low = u8::try_from(length % 128).unwrap();
        length /= 128;
        bytes.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    bytes.extend(rest);
    bytes
}

pub(crate) fn publish(version: u8, flags: u8, topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut rest = text(topic);
    if flags & 0b110 != 0 {
        rest.extend([0, 1]);
    }
    if version == 5 {
        rest.push(0);
    }
    rest.extend(payload);
    packet(0x30 | flags, &rest)
}

/// Everything that the broker says before it closes the connection.
fn answer(address: SocketAddr, sent: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // It may close before it has read all of this.
    let _ = stream.write_all(sent);
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return heard,
            Ok(read) => heard.extend(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return heard,
            Err(error) => panic!("not closed: {error}; heard {heard:?}"),
        }
    }
}

/// Sends so many updates of a shadow in one piece, and waits until all are acknowledged.
pub(crate) fn burst(address: SocketAddr, updates: u8) -> impl FnOnce() + Send {
    move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut bytes = connect(4, "burst");
        for id in 1..=updates {
            let mut rest = text("$aws/things/tv/shadow/update");
            rest.extend([0, id]);
            rest.extend(br#"{"state":{"reported":{"a":1}}}"#);
            bytes.extend(packet(0x32, &rest));
        }
        stream.write_all(&bytes).unwrap();
        let mut heard = vec![0; 4 + 4 * usize::from(updates)];
        stream.read_exact(&mut heard).unwrap();
        let acknowledged: Vec<u8> = heard[4..].chunks(4).map(|ack| ack[3]).collect();
        assert_eq!(acknowledged, (1..=updates).collect::<Vec<_>>());
    }
}

const ACCEPTED: &[u8] = &[0x20, 2, 0, 0];

/// One byte more than a message may have.
const TOO_LARGE: usize = 128 * 1024 + 1;

/// What is wrong, as it is sent, and all that is heard then.
fn wrong_by_three() -> Vec<(&'static str, Vec<u8>, &'static [u8])> {
    let later = |rest: Vec<u8>| [connect(4, "c"), rest].concat();
    let mut will = vec![0, 4, b'M', b'Q', b'T', b'T', 4, 6, 0, 0];
    will.extend([text("c"), text("$aws/things/x"), text("w")].concat());
    let old = packet(0x10, b"\0\x06MQIsdp\x03\x02\0\0\0\x01c");
    let large = publish(4, 2, "t", &vec![b'x'; TOO_LARGE]);
    vec![
        ("no MQTT", b"GET / HTTP/1.1\r\n\r\n".to_vec(), &[]),
        ("a length of five", vec![0x10, 255, 255, 255, 255, 1], &[]),
        ("a message first", publish(4, 0, "t", b""), &[]),
        ("MQTT 3.1", old, &[0x20, 2, 0, 1]),
        ("a version 6", connect(6, "c"), &[0x20, 2, 0, 1]),
        (
            "a long name",
            connect(4, &"x".repeat(129)),
            &[0x20, 2, 0, 2],
        ),
        (
            "a will to the broker",
            packet(0x10, &will),
            &[0x20, 2, 0, 3],
        ),
        ("quality 2", later(publish(4, 4, "t", b"")), ACCEPTED),
        ("129 KB", later(large), ACCEPTED),
        ("a wildcard", later(publish(4, 2, "a/+", b"")), ACCEPTED),
    ]
}

/// What is wrong after a CONNECT, and the reason that is heard last.
fn wrong_by_five() -> Vec<(&'static str, Vec<u8>, u8)> {
    let message = |topic: &str| publish(5, 2, topic, b"{}");
    let huge = [&[0x30, 0xff, 0xff, 0xff, 0x7f][..], &[0; 100]].concat();
    let large = publish(5, 2, "t", &vec![b'x'; TOO_LARGE]);
    let answer = "$aws/things/tv/shadow/get/accepted";
    vec![
        ("quality 2", publish(5, 4, "t", b""), 0x9b),
        ("quality 3", publish(5, 6, "t", b""), 0x81),
        ("a thing +", message("matinee/a+b/request"), 0x90),
        ("a thing #", message("$aws/things/#/shadow/get"), 0x90),
        ("no topic", message(""), 0x90),
        ("nine levels", message("1/2/3/4/5/6/7/8/9"), 0x90),
        ("the broker's topic", message("$SYS/x"), 0x87),
        ("an answer of a shadow", message(answer), 0x87),
        ("129 KB", large, 0x95),
        ("a packet that claims 256 MB", huge, 0x95),
        ("a second CONNECT", connect(5, "c"), 0x82),
        ("a packet of a broker", vec![0xd0, 0], 0x82),
        ("wrong flags", vec![0x80, 5, 0, 1, 0, 0, 0], 0x81),
        ("a subscription to nothing", vec![0x82, 3, 0, 1, 0], 0x81),
        ("text that is none", vec![0x30, 4, 0, 1, 0xff, 0], 0x81),
        ("a packet cut off", vec![0x82, 5, 0, 1, 0, 0, 9], 0x81),
        ("an unknown alias", vec![0x30, 6, 0, 0, 3, 35, 0, 1], 0x82),
        (
            "a ninth alias",
            vec![0x30, 7, 0, 1, b't', 3, 35, 0, 9],
            0x94,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_ends_its_connection_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let address = running.address();
    let mut bystander = Device::subscribed("bystander", address, &["fine"]).await;
    let checking = tokio::task::spawn_blocking(move || {
        for (what, sent, expected) in wrong_by_three() {
            assert_eq!(answer(address, &sent), expected, "{what}");
        }
        for (what, sent, reason) in wrong_by_five() {
            let heard = answer(address, &[connect(5, "c"), sent].concat());
            assert_eq!(
                heard.last_chunk(),
                Some(&[0xe0, 1, reason]),
                "{what}: {heard:x?}"
            );
        }
    });
    checking.await.unwrap();
    bystander.publish("fine", "still here").await;
    assert_eq!(&bystander.message().await.payload[..], b"still here");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_silent_for_longer_than_announced_is_let_go() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let address = running.address();
    let mut silent = connect(5, "silent");
    // The keep-alive, in seconds.
    silent[11] = 1;
    let heard = tokio::task::spawn_blocking(move || answer(address, &silent));
    let heard = heard.await.unwrap();
    assert_eq!(heard.last_chunk(), Some(&[0xe0, 1, 0x8d]));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_packets_end_no_broker() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let address = running.address();
    let sending = tokio::task::spawn_blocking(move || {
        let mut seed = 7_u64;
        let mut random = move || {
            // xorshift64, Marsaglia 2003.
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for round in 0..300 {
            let version = if round % 2 == 0 { 4 } else { 5 };
            let mut bytes = connect(version, "random");
            for _ in 0..20 {
                let first = u8::try_from(random() % 256).unwrap();
                let length = random() % 30;
                let rest = (0..length).map(|_| u8::try_from(random() % 256).unwrap() % 48);
                bytes.extend(packet(first, &rest.collect::<Vec<_>>()));
            }
            let mut stream = TcpStream::connect(address).unwrap();
            let _ = stream.write_all(&bytes);
        }
    });
    sending.await.unwrap();
    let mut device = Device::subscribed("fine", address, &["fine"]).await;
    device.publish("fine", "x").await;
    assert_eq!(&device.message().await.payload[..], b"x");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_ends_says_so_to_clients_that_understand_it() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let address = running.address();
    // A ping, so that the connection stands before the broker ends.
    let sent = [connect(5, "c"), vec![0xc0, 0]].concat();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&sent).unwrap();
    let mut heard = vec![0; 1];
    while !heard.ends_with(&[0xd0, 0]) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        heard.push(byte[0]);
    }
    running.stop().await;
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, [0xe0, 1, 0x8b]);
    assert!(TcpStream::connect(address).is_err());
}
