//! The secret that turns voice users into viewers, made once for a data folder.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use matinee::taste::ViewerKey;

use crate::models::alone;

/// Its file in the data folder: [`BYTES`] random bytes in hexadecimal.
const FILE: &str = "viewer-id.key";

/// How many bytes it has.
const BYTES: usize = 32;

/// The key of a data folder, which is made where there is none. Viewers are known by it: with
/// another one they are strangers.
///
/// # Errors
/// When it cannot be read or made, or is none.
pub(crate) fn viewer_key(data: &Path) -> anyhow::Result<ViewerKey> {
    let path = data.join(FILE);
    // Of several processes that come here at once, one makes the key and all use it.
    let _first = alone(data).with_context(|| format!("cannot write to {}", data.display()))?;
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(&path).with_context(|| format!("cannot make {}", path.display()))?
        }
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    bytes(text.trim())
        .and_then(ViewerKey::new)
        .with_context(|| {
            format!(
                "{} is no key: expected {} hexadecimal digits. Put the right one in its place; \
             without it a new one is made, and voice users are strangers again",
                path.display(),
                BYTES * 2
            )
        })
}

/// Writes the file whole or not at all, for the owner's eyes alone.
fn make(path: &Path) -> io::Result<String> {
    let mut random = [0_u8; BYTES];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let text = hex(&random) + "\n";
    let temporary = path.with_extension("tmp");
    // One that a crash left behind may have other rights.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    Ok(text)
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.len() != BYTES * 2 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let viewers: Vec<_> = thread::scope(|scope| {
            let users: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| viewer_key(&data).unwrap().alexa("user")))
                .collect();
            users.into_iter().map(|user| user.join().unwrap()).collect()
        });
        assert!(viewers.iter().all(|viewer| *viewer == viewers[0]));
        let text = fs::read_to_string(data.join(FILE)).unwrap();
        let written = ViewerKey::new(bytes(text.trim()).unwrap()).unwrap();
        assert_eq!(written.alexa("user"), viewers[0]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(data.join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn two_folders_have_two_keys() {
        let viewer = || {
            let dir = tempfile::tempdir().unwrap();
            viewer_key(dir.path()).unwrap().alexa("user")
        };
        assert_ne!(viewer(), viewer());
    }

    #[test]
    fn what_is_no_key_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE);
        for wrong in [
            "",
            "secret",
            &"g".repeat(64),
            &"é".repeat(32),
            &"0".repeat(63),
        ] {
            fs::write(&file, wrong).unwrap();
            let error = viewer_key(dir.path()).unwrap_err().to_string();
            assert!(error.contains("64 hexadecimal"), "{error}");
            assert!(wrong.is_empty() || !error.contains(wrong), "{error}");
            assert_eq!(fs::read_to_string(&file).unwrap(), wrong);
        }
    }
}
