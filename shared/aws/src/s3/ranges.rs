//! Large blobs, in parts that are fetched at the same time.

use std::ops::Range;

use bytes::BytesMut;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use matinee::ports::{Blob, BlobError, ETag};

use super::error::Failure;
use super::{Attempt, Attempts, S3Blobs, collect};

/// The size of a part in bytes, and of the largest blob that is fetched whole. One connection to
/// S3 carries some tens of megabytes a second, several carry more.
const PART: usize = 4 << 20;

/// Parts under way at the same time.
const AT_ONCE: usize = 8;

/// A stretch of a blob, and the room for it.
struct Part {
    range: Range<usize>,
    room: BytesMut,
}

impl S3Blobs {
    /// The blob in parts; `None` where that does not work out, because it is small, is not there,
    /// has another size, or was exchanged meanwhile.
    pub(super) async fn read_in_parts(
        &self,
        key: &str,
        size: u64,
    ) -> Result<Option<Blob>, BlobError> {
        let Some(size) = usize::try_from(size).ok().filter(|size| *size > PART) else {
            return Ok(None);
        };
        let path = &self.key(key)?;
        let calls = divided(size).into_iter().map(|mut part| async move {
            let mut attempts = Attempts::default();
            loop {
                match self.read_part(path, &mut part, size).await {
                    Ok(etag) => return Ok(etag.map(|etag| (part.room, etag))),
                    Err(failed) => attempts.again(failed, key).await?,
                }
            }
        });
        let parts: Vec<Option<(BytesMut, ETag)>> =
            stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
        Ok(joined(parts))
    }

    /// Fills a part; `None` when the blob is not what it was said to be.
    async fn read_part(
        &self,
        path: &str,
        part: &mut Part,
        size: usize,
    ) -> Result<Option<ETag>, Attempt> {
        let Range { start, end } = part.range;
        let last = end - 1;
        let call = self.client().await.get_object();
        let call = call.bucket(&self.bucket).key(path);
        let answer = match call.range(format!("bytes={start}-{last}")).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let failure = Failure::of(&error);
                // 416: it is shorter than that.
                if failure.is_missing() || failure.status == Some(416) {
                    return Ok(None);
                }
                return Err(Attempt::Call(failure));
            }
        };
        let expected = format!("bytes {start}-{last}/{size}");
        if answer.content_range.as_deref() != Some(expected.as_str()) {
            return Ok(None);
        }
        part.room.clear();
        collect(answer.body, |chunk| part.room.extend_from_slice(chunk)).await?;
        let whole = part.room.len() == part.range.len();
        Ok(whole.then(|| ETag(answer.e_tag.unwrap_or_default())))
    }
}

/// Parts that lie side by side in one stretch of memory.
fn divided(size: usize) -> Vec<Part> {
    let mut rest = BytesMut::with_capacity(size);
    let starts = (0..size).step_by(PART);
    starts
        .map(|start| {
            let range = start..(start + PART).min(size);
            let behind = rest.split_off(range.len());
            let room = std::mem::replace(&mut rest, behind);
            Part { range, room }
        })
        .collect()
}

/// The whole, without copying; `None` unless all parts are there and of one state.
fn joined(parts: Vec<Option<(BytesMut, ETag)>>) -> Option<Blob> {
    let mut parts = parts.into_iter();
    let (mut bytes, etag) = parts.next()??;
    for part in parts {
        let (more, other) = part?;
        if other != etag {
            return None;
        }
        bytes.unsplit(more);
    }
    Some(Blob {
        bytes: bytes.freeze(),
        etag,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_whole_and_are_joined_in_place() {
        for size in [PART + 1, 2 * PART, 3 * PART - 1] {
            let mut parts = divided(size);
            let at = parts[0].room.as_ptr();
            let mut next = 0;
            for part in &mut parts {
                assert_eq!(part.range.start, next);
                next = part.range.end;
                part.room.resize(part.range.len(), 7);
            }
            assert_eq!(next, size);
            let etag = ETag("same".to_owned());
            let read = parts
                .into_iter()
                .map(|part| Some((part.room, etag.clone())));
            let blob = joined(read.collect()).unwrap();
            assert_eq!(blob.bytes.len(), size);
            assert_eq!(blob.bytes.as_ptr(), at, "copied");
        }
    }

    #[test]
    fn parts_of_two_states_are_no_blob() {
        let part = |tag: &str| Some((BytesMut::from("x"), ETag(tag.to_owned())));
        assert!(joined(vec![part("a"), part("b")]).is_none());
        assert!(joined(vec![part("a"), None]).is_none());
    }
}
