//! Who may come in, and what they find.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::bytes::{connect, packet, publish, text};
use super::{PATIENCE, broker, broker_with_room_for};

/// A client that speaks in bytes.
struct Raw(TcpStream);

impl Raw {
    /// A client that was let in, and whether the broker had its session.
    fn open(address: SocketAddr, connect: &[u8]) -> (Self, bool) {
        let mut client = Self(TcpStream::connect(address).unwrap());
        client.0.set_read_timeout(Some(PATIENCE)).unwrap();
        client.0.write_all(connect).unwrap();
        let accepted = client.packet().expect("let in");
        assert_eq!((accepted[0], accepted[3]), (0x20, 0), "{accepted:?}");
        (client, accepted[2] == 1)
    }

    /// The next packet, which is a small one; nothing when the connection has ended.
    fn packet(&mut self) -> Option<Vec<u8>> {
        let mut header = [0; 2];
        self.0.read_exact(&mut header).ok()?;
        let mut rest = vec![0; header[1].into()];
        self.0.read_exact(&mut rest).unwrap();
        Some([&header[..], &rest].concat())
    }

    /// What is answered to a ping, which is the end of everything that was sent before.
    fn until_pong(&mut self) -> Vec<Vec<u8>> {
        self.0.write_all(&[0xc0, 0]).unwrap();
        let mut heard = Vec::new();
        loop {
            let packet = self.packet().unwrap();
            if packet == [0xd0, 0] {
                return heard;
            }
            heard.push(packet);
        }
    }
}

/// A CONNECT of a version with its flags, and in MQTT 5 how long the session is kept, in seconds.
fn connect_for(version: u8, client: &str, clean: bool, expiry: u8) -> Vec<u8> {
    let mut rest = vec![0, 4, b'M', b'Q', b'T', b'T', version];
    rest.extend([if clean { 2 } else { 0 }, 0, 60]);
    if version == 5 {
        rest.extend([5, 17, 0, 0, 0, expiry]);
    }
    rest.extend(text(client));
    packet(0x10, &rest)
}

fn subscribe(version: u8, filters: &[&str]) -> Vec<u8> {
    let mut rest = vec![0, 1];
    if version == 5 {
        rest.push(0);
    }
    for filter in filters {
        rest.extend(text(filter));
        rest.push(0);
    }
    packet(0x82, &rest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_with_its_connection_is_not_inherited_by_who_takes_over() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let address = running.address();
    let checking = tokio::task::spawn_blocking(move || {
        for version in [4, 5] {
            // Without end, and with one: of MQTT 3.1.1 by the flag, of MQTT 5 by the time.
            for kept in [false, true] {
                let (clean, expiry) = (!kept, if kept { 60 } else { 0 });
                let name = format!("c-{version}-{kept}");
                let first = connect_for(version, &name, clean, expiry);
                let (mut first, _) = Raw::open(address, &first);
                first.0.write_all(&subscribe(version, &["t"])).unwrap();
                assert_eq!(first.until_pong()[0][0], 0x90);
                let second = connect_for(version, &name, false, 60);
                let (mut second, present) = Raw::open(address, &second);
                assert_eq!(present, kept, "{name}");
                second.0.write_all(&publish(version, 0, "t", b"x")).unwrap();
                assert_eq!(second.until_pong().len(), usize::from(kept), "{name}");
            }
        }
    });
    checking.await.unwrap();
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_connect_than_there_is_room_for_and_the_next_when_one_has_gone() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker_with_room_for(3, dir.path()).await;
    let address = running.address();
    let checking = tokio::task::spawn_blocking(move || {
        let client = |number: usize| connect(4, &number.to_string());
        let mut inside: Vec<Raw> = (0..3)
            .map(|number| Raw::open(address, &client(number)).0)
            .collect();
        for number in 3..6 {
            let mut refused = TcpStream::connect(address).unwrap();
            refused.set_read_timeout(Some(PATIENCE)).unwrap();
            // It may be closed before this.
            let _ = refused.write_all(&client(number));
            assert_eq!(refused.read(&mut [0; 1]).unwrap_or(0), 0);
        }
        assert!(inside[0].until_pong().is_empty());
        drop(inside.pop());
        let begin = Instant::now();
        loop {
            let mut next = Raw(TcpStream::connect(address).unwrap());
            let _ = next.0.write_all(&client(6));
            if next.packet().is_some() {
                break;
            }
            assert!(begin.elapsed() < PATIENCE, "no room though one has gone");
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    checking.await.unwrap();
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_filters_a_packet_and_fifty_subscriptions_a_session_are_taken() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let address = running.address();
    let checking = tokio::task::spawn_blocking(move || {
        let (mut client, _) = Raw::open(address, &connect(5, "c"));
        let filters: Vec<String> = (0..51).map(|number| format!("t/{number}")).collect();
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        let mut granted = Vec::new();
        for eight in filters.chunks(8) {
            client.0.write_all(&subscribe(5, eight)).unwrap();
            // Its length, the number, no properties, and a code for each filter.
            granted.extend(client.packet().unwrap().split_off(5));
        }
        assert_eq!(granted[..50], [0; 50]);
        assert_eq!(granted[50], 0x97);
        client.0.write_all(&subscribe(5, &filters[..9])).unwrap();
        assert_eq!(client.packet().unwrap(), [0xe0, 1, 0x97]);
    });
    checking.await.unwrap();
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_say_how_long_it_may_be_silent_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let running = broker(dir.path(), None, |_| Vec::new()).await;
    let address = running.address();
    let checking = tokio::task::spawn_blocking(move || {
        let told = |seconds: u16| {
            let mut connect = connect(5, "c");
            connect[10..12].copy_from_slice(&seconds.to_be_bytes());
            let mut client = Raw(TcpStream::connect(address).unwrap());
            client.0.write_all(&connect).unwrap();
            let accepted = client.packet().unwrap();
            // The property Server Keep Alive with 1200 seconds.
            accepted.windows(3).any(|part| part == [19, 4, 176])
        };
        assert_eq!([0, 1, 1_200, 1_201].map(told), [true, false, false, true]);
    });
    checking.await.unwrap();
    running.stop().await;
}
