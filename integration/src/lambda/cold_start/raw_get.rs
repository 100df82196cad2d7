//! Fetching objects and nothing else: the time that no function can do without.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

/// A connection that is kept between requests.
struct Connection {
    host: SocketAddr,
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(host: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            host,
            stream: BufReader::with_capacity(1 << 16, stream),
        })
    }

    /// The body of the object at `path`.
    fn get(&mut self, path: &str) -> io::Result<Vec<u8>> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host);
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 200") {
            return Err(io::Error::other(format!("{path}: {}", line.trim())));
        }
        let mut length = None;
        while line != "\r\n" && !line.is_empty() {
            line.clear();
            self.stream.read_line(&mut line)?;
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok();
            }
        }
        let length = length.ok_or_else(|| io::Error::other(format!("{path}: no length")))?;
        let mut body = Vec::with_capacity(length);
        let read = (&mut self.stream)
            .take(length as u64)
            .read_to_end(&mut body)?;
        if read == length {
            Ok(body)
        } else {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, path))
        }
    }
}

/// Fetches the objects at `paths` one after the other on one connection; how many bytes they have.
pub(super) fn sequentially(host: SocketAddr, paths: &[String]) -> io::Result<usize> {
    let mut connection = Connection::open(host)?;
    let mut bytes = 0;
    for path in paths {
        bytes += connection.get(path)?.len();
    }
    Ok(bytes)
}

/// Fetches the first two objects, pointer and manifest, one after the other, as each names the
/// next; then all others at once, each on a connection of its own. How many bytes they have.
pub(super) fn concurrently(host: SocketAddr, paths: &[String]) -> io::Result<usize> {
    let (chain, sections) = paths.split_at(paths.len().min(2));
    let named = sequentially(host, chain)?;
    thread::scope(|scope| {
        let fetches: Vec<_> = sections
            .iter()
            .map(|path| {
                scope.spawn(move || Ok::<_, io::Error>(Connection::open(host)?.get(path)?.len()))
            })
            .collect();
        fetches.into_iter().try_fold(named, |bytes, fetch| {
            let part = fetch
                .join()
                .map_err(|_| io::Error::other("a fetch panicked"))?;
            Ok(bytes + part?)
        })
    })
}
