//! Room for what is fetched.

use bytes::Bytes;
use memmap2::{Advice, MmapMut};

use crate::failure::Failure;

/// From this size on memory is mapped in one go, in bytes.
const LARGE: usize = 1 << 20;

/// Memory that is written once and then shared.
///
/// A page that is first touched by the copy out of a response costs a fault each, and a model has
/// thousands of them: together they take longer than the copy. Large room is therefore mapped with
/// large pages where the system has them, and with all pages present at once.
pub(super) enum Room {
    Small(Vec<u8>),
    Mapped(MmapMut),
}

impl Room {
    /// Room for `size` bytes, all zero. Only where they are on their way is it `filled` at once: a
    /// size that somebody wrote down may be wrong by any amount, and memory that is never touched
    /// costs nothing.
    pub(super) fn new(size: usize, filled: bool) -> Result<Self, Failure> {
        if size < LARGE {
            return Ok(Self::Small(vec![0; size]));
        }
        let map = MmapMut::map_anon(size).map_err(|error| Failure::of_memory(&error))?;
        // Advice that an older system does not know leaves things as they were.
        let _ = map.advise(Advice::HugePage);
        if filled {
            let _ = map.advise(Advice::PopulateWrite);
        }
        Ok(Self::Mapped(map))
    }

    pub(super) fn bytes(&mut self) -> &mut [u8] {
        match self {
            Self::Small(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }

    /// The content, without copying it.
    pub(super) fn freeze(self) -> Bytes {
        match self {
            Self::Small(bytes) => bytes.into(),
            Self::Mapped(map) => Bytes::from_owner(map),
        }
    }
}

/// A place in a stretch of memory that is filled from its beginning.
pub(super) struct Fill<'a> {
    room: &'a mut [u8],
    filled: usize,
}

impl<'a> Fill<'a> {
    pub(super) fn new(room: &'a mut [u8]) -> Self {
        Self { room, filled: 0 }
    }

    /// Puts a chunk behind the last one; `false` when it does not fit.
    pub(super) fn take(&mut self, chunk: &[u8]) -> bool {
        let end = self.filled + chunk.len();
        let Some(place) = self.room.get_mut(self.filled..end) else {
            return false;
        };
        place.copy_from_slice(chunk);
        self.filled = end;
        true
    }

    pub(super) fn is_full(&self) -> bool {
        self.filled == self.room.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_of_any_size_holds_what_is_put_into_it() {
        for size in [0, 1, LARGE - 1, LARGE, 3 * LARGE + 7] {
            let mut room = Room::new(size, size % 2 == 0).ok().unwrap();
            let mut fill = Fill::new(room.bytes());
            let content: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            for chunk in content.chunks(100_000) {
                assert!(!fill.is_full());
                assert!(fill.take(chunk));
            }
            assert!(fill.is_full());
            assert!(!fill.take(b"x"), "more than fits");
            assert!(room.freeze() == content, "{size}");
        }
    }
}
