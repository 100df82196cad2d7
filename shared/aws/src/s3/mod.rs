//! Blobs in a bucket of S3.

mod ranges;
mod room;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use matinee::ports::{Blob, BlobError, Blobs, ETag, Expect, Since, check_key};
use tokio::time::timeout;

use crate::clients::{Clients, Pace};
use crate::failure::Failure;
use room::{Fill, Room};

/// How often a body that broke off is fetched again. Until a body begins the SDK retries by
/// itself.
const BODY_ATTEMPTS: u32 = 3;

/// The largest blob that is read without its size being known beforehand, in bytes.
const MAX_WHOLE: usize = 64 << 20;

/// The wait before a body is fetched again, at most.
const BODY_BACKOFF: Duration = Duration::from_millis(100);

/// Blobs under a prefix of a bucket.
///
/// The client is made at the first call. Reads are retried with jitter, bodies included;
/// conditional reads and writes are S3's own (`If-None-Match`, `If-Match`).
#[derive(Debug)]
pub struct S3Blobs {
    bucket: String,
    prefix: String,
    clients: Arc<Clients>,
}

/// What a conditional read found.
enum Read {
    Found(Blob),
    Unchanged,
    Missing,
}

impl S3Blobs {
    /// Blobs of `bucket` whose keys begin with `prefix`: empty, or ending in a slash. The client is
    /// theirs alone.
    pub fn new(bucket: impl Into<String>, prefix: impl Into<String>, pace: Pace) -> Self {
        Self::through(&Clients::new(pace), bucket, prefix)
    }

    /// The same through a client that others use, too.
    pub fn through(
        clients: &Arc<Clients>,
        bucket: impl Into<String>,
        prefix: impl Into<String>,
    ) -> Self {
        Self {
            bucket: bucket.into(),
            prefix: prefix.into(),
            clients: Arc::clone(clients),
        }
    }

    async fn client(&self) -> Client {
        self.clients.s3().await
    }

    fn key(&self, key: &str) -> Result<String, BlobError> {
        check_key(key)?;
        Ok(format!("{}{key}", self.prefix))
    }

    /// A blob whole.
    async fn read(&self, key: &str, since: Option<&ETag>) -> Result<Read, BlobError> {
        let path = &self.key(key)?;
        let mut attempts = Attempts::default();
        loop {
            match self.read_once(path, since).await {
                Ok(read) => return Ok(read),
                Err(failed) => attempts.again(failed, key).await?,
            }
        }
    }

    async fn read_once(&self, path: &str, since: Option<&ETag>) -> Result<Read, Attempt> {
        let call = self.client().await.get_object();
        let call = call.bucket(&self.bucket).key(path);
        let call = call.set_if_none_match(since.map(|etag| etag.0.clone()));
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let failure = Failure::of(&error);
                return match failure.status {
                    Some(304) => Ok(Read::Unchanged),
                    _ if failure.is_missing() => Ok(Read::Missing),
                    _ => Err(Attempt::Call(failure)),
                };
            }
        };
        let etag = ETag(answer.e_tag.unwrap_or_default());
        let length = answer.content_length.unwrap_or_default();
        let length = usize::try_from(length).unwrap_or_default();
        if length > MAX_WHOLE {
            return Err(Attempt::Call(Failure::of_length(length, MAX_WHOLE)));
        }
        let mut room = Room::new(length, true).map_err(Attempt::Call)?;
        let mut fill = Fill::new(room.bytes());
        collect(answer.body, &mut fill, self.clients.pace()).await?;
        if !fill.is_full() {
            return Err(Attempt::Body(Failure::of_size()));
        }
        let bytes = room.freeze();
        Ok(Read::Found(Blob { bytes, etag }))
    }

    async fn list_all(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        let call = self.client().await.list_objects_v2();
        let call = call.bucket(&self.bucket);
        let mut pages = call
            .prefix(format!("{}{prefix}", self.prefix))
            .into_paginator()
            .send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Failure::of(&error).into_error("list", prefix))?;
            let found = page.contents.into_iter().flatten();
            keys.extend(found.filter_map(|object| {
                let key = object.key?;
                Some(key.strip_prefix(&self.prefix)?.to_owned())
            }));
        }
        keys.sort_unstable();
        Ok(keys)
    }
}

/// Why one attempt to read failed.
enum Attempt {
    /// Before the body; the SDK has tried often enough.
    Call(Failure),
    /// In the body.
    Body(Failure),
}

/// Counts the attempts to read one body.
#[derive(Default)]
struct Attempts(u32);

impl Attempts {
    /// Waits before the next attempt, with full jitter, so that many functions that failed
    /// together do not come back together.
    ///
    /// # Errors
    /// The failure, where another attempt is of no use.
    async fn again(&mut self, failed: Attempt, key: &str) -> Result<(), BlobError> {
        self.0 += 1;
        match failed {
            Attempt::Body(_) if self.0 < BODY_ATTEMPTS => {
                tokio::time::sleep(BODY_BACKOFF.mul_f32(fastrand::f32())).await;
                Ok(())
            }
            Attempt::Body(failure) | Attempt::Call(failure) => Err(failure.into_error("read", key)),
        }
    }
}

/// Reads a body into its place.
async fn collect(mut body: ByteStream, fill: &mut Fill<'_>, pace: Pace) -> Result<(), Attempt> {
    loop {
        let next = timeout(pace.stall, body.try_next()).await;
        match next.map_err(|late| Attempt::Body(Failure::of_body(&late)))? {
            Ok(Some(chunk)) if fill.take(&chunk) => {}
            Ok(Some(_)) => return Err(Attempt::Body(Failure::of_size())),
            Ok(None) => return Ok(()),
            Err(error) => return Err(Attempt::Body(Failure::of_body(&error))),
        }
    }
}

impl Blobs for S3Blobs {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        match self.read(key, None).await? {
            Read::Found(blob) => Ok(Some(blob)),
            Read::Missing | Read::Unchanged => Ok(None),
        }
    }

    async fn get_sized(&self, key: &str, size: u64) -> Result<Option<Blob>, BlobError> {
        match self.read_in_parts(key, size).await? {
            Some(blob) => Ok(Some(blob)),
            None => self.get(key).await,
        }
    }

    async fn get_since(&self, key: &str, etag: &ETag) -> Result<Since, BlobError> {
        Ok(match self.read(key, Some(etag)).await? {
            Read::Found(blob) => Since::Changed(blob),
            Read::Unchanged => Since::Unchanged,
            Read::Missing => Since::Gone,
        })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.list_all(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        let path = self.key(key)?;
        let call = self.client().await.put_object();
        let call = call.bucket(&self.bucket).key(path);
        let must_exist = matches!(expect, Expect::Unchanged(_));
        let call = match expect {
            Expect::Anything => call,
            Expect::Absent => call.if_none_match("*"),
            Expect::Unchanged(etag) => call.if_match(etag.0),
        };
        match call.body(ByteStream::from(bytes)).send().await {
            Ok(answer) => Ok(ETag(answer.e_tag.unwrap_or_default())),
            Err(error) => {
                let failure = Failure::of(&error);
                if failure.is_conflict() || (must_exist && failure.is_missing()) {
                    return Err(BlobError::Conflict {
                        key: key.to_owned(),
                    });
                }
                Err(failure.into_error("write", key))
            }
        }
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let path = self.key(key)?;
        let call = self.client().await.delete_object();
        match call.bucket(&self.bucket).key(path).send().await {
            Ok(_) => Ok(()),
            Err(error) => match Failure::of(&error) {
                failure if failure.is_missing() => Ok(()),
                failure => Err(failure.into_error("delete", key)),
            },
        }
    }
}
