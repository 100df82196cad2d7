//! How many files and connections the process may have open, and how many of them devices may take.

use matinee_local::mqtt::limits::CONNECTIONS;

/// What is left to the rest of the program: connections to the HTTP server, databases, models, the log.
const RESERVE: usize = 512;

/// Lets the process have as many files open as it may, and gives how many of them connections of devices may
/// be: all but [`RESERVE`], or the half where there are few.
pub(crate) fn room_for_devices() -> usize {
    room(open_files())
}

fn room(files: Option<u64>) -> usize {
    let files = files.and_then(|files| usize::try_from(files).ok());
    let room = files.map(|files| files - RESERVE.min(files / 2));
    room.map_or(CONNECTIONS, |room| room.min(CONNECTIONS))
}

/// How many files may be open from now on; nothing where there is no limit.
#[cfg(unix)]
fn open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        // Systems may have a limit beside the one that they tell.
        Err(_) => limit.current,
    }
}

#[cfg(not(unix))]
fn open_files() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_leave_files_to_the_rest_of_the_program() {
        assert_eq!(room(Some(100)), 50);
        assert_eq!(room(Some(1_024)), 512);
        assert_eq!(room(Some(4_096)), 3_584);
        assert_eq!(room(Some(1 << 20)), CONNECTIONS);
        assert_eq!(room(None), CONNECTIONS);
    }

    #[cfg(unix)]
    #[test]
    fn as_many_files_may_be_open_as_the_system_lets() {
        use rustix::process::{Resource, getrlimit};

        let files = open_files();
        assert_eq!(getrlimit(Resource::Nofile).current, files);
    }
}
