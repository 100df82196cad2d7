//! Large blobs, in parts that are fetched at the same time.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use matinee::ports::{Blob, BlobError, ETag};

use super::room::{Fill, Room};
use super::{Attempt, Attempts, S3Blobs, collect};
use crate::failure::Failure;

/// The size of a part in bytes, and of the largest blob that is fetched whole. One connection to
/// S3 carries some tens of megabytes a second, several carry more.
const PART: usize = 4 << 20;

/// Parts under way at the same time.
const AT_ONCE: usize = 8;

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
        let mut room = Room::new(size, false).map_err(|failure| failure.into_error("read", key))?;
        let parts = room.bytes().chunks_mut(PART).enumerate();
        let calls = parts.map(|(number, place)| async move {
            let mut attempts = Attempts::default();
            loop {
                match self.read_part(path, number * PART, place, size).await {
                    Ok(etag) => return Ok(etag),
                    Err(failed) => attempts.again(failed, key).await?,
                }
            }
        });
        let calls: Vec<_> = calls.collect();
        let etags: Vec<Option<ETag>> = stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
        Ok(common(etags).map(|etag| Blob {
            bytes: room.freeze(),
            etag,
        }))
    }

    /// Fills the place of the part that begins at `start`; `None` when the blob is not what it was
    /// said to be.
    async fn read_part(
        &self,
        path: &str,
        start: usize,
        place: &mut [u8],
        size: usize,
    ) -> Result<Option<ETag>, Attempt> {
        let last = start + place.len() - 1;
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
        let mut fill = Fill::new(place);
        collect(answer.body, &mut fill, self.clients.pace()).await?;
        if !fill.is_full() {
            return Err(Attempt::Body(Failure::of_size()));
        }
        Ok(Some(ETag(answer.e_tag.unwrap_or_default())))
    }
}

/// The state that all parts are of, if they are.
fn common(etags: Vec<Option<ETag>>) -> Option<ETag> {
    let mut etags = etags.into_iter();
    let first = etags.next()??;
    etags
        .all(|etag| etag.as_ref() == Some(&first))
        .then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_two_states_are_no_blob() {
        let tag = |tag: &str| Some(ETag(tag.to_owned()));
        assert_eq!(common(vec![tag("a"), tag("a")]), tag("a"));
        assert_eq!(common(vec![tag("a"), tag("b")]), None);
        assert_eq!(common(vec![tag("a"), None]), None);
        assert_eq!(common(vec![None, tag("a")]), None);
    }
}
