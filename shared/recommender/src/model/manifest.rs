use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use super::error::SectionFault;
use super::{FORMAT_VERSION, ModelError, SectionKind};

/// The largest document, in bytes.
const MAX_DOCUMENT: usize = 1 << 20;

/// The largest section, in bytes: offsets have 32 bits.
const MAX_SECTION: u64 = u32::MAX as u64;

/// What a model is made of, where it came from and how good it measured: `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the file format; [`FORMAT_VERSION`] for what this program writes.
    pub format_version: u32,
    /// The model's version: sorts by time of creation.
    pub model_version: String,
    /// When it was trained, RFC 3339 UTC.
    pub created: String,
    /// What it was trained on.
    pub source: SourceCounts,
    /// Time of the newest interaction used, milliseconds since 1970; `None` without interactions.
    pub trained_until: Option<i64>,
    /// Training settings by name.
    pub settings: Value,
    /// Evaluation figures by metric, empty when nothing was evaluated.
    pub evaluation: BTreeMap<String, f64>,
    /// Size and checksums of every section.
    #[serde(deserialize_with = "each_once")]
    pub sections: BTreeMap<SectionKind, SectionEntry>,
}

/// Counts of what a model was trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCounts {
    /// The catalogues' file names, in the order given.
    pub catalogues: Vec<String>,
    /// Films in the model.
    pub movies: u64,
    /// Interactions used.
    pub interactions: u64,
}

/// One section as the manifest knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionEntry {
    /// File name beside the manifest.
    pub file: String,
    /// Bytes.
    pub size: u64,
    /// XXH3-64 of the bytes in hexadecimal, verified at every load.
    pub xxh3: String,
    /// SHA-256 of the bytes in hexadecimal, verified when a model is published.
    pub sha256: String,
}

/// Which version is live: `current.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// Version of the file format.
    pub format_version: u32,
    /// The live model's version.
    pub model_version: String,
}

impl SectionEntry {
    /// The entry that describes `bytes`.
    pub fn describe(kind: SectionKind, bytes: &[u8]) -> Self {
        Self {
            file: kind.file(),
            size: bytes.len() as u64,
            xxh3: xxh3_hex(bytes),
            sha256: sha256_hex(bytes),
        }
    }

    /// Compares size and fast checksum.
    ///
    /// # Errors
    /// [`SectionFault::Size`] or [`SectionFault::Checksum`].
    pub fn verify(&self, bytes: &[u8]) -> Result<(), SectionFault> {
        if self.size != bytes.len() as u64 {
            return Err(SectionFault::Size {
                expected: self.size,
                found: bytes.len() as u64,
            });
        }
        same(&self.xxh3, xxh3_hex(bytes))
    }

    /// Compares the strong checksum, which no other bytes have.
    ///
    /// # Errors
    /// [`SectionFault::Checksum`].
    pub(super) fn verify_sha256(&self, bytes: &[u8]) -> Result<(), SectionFault> {
        same(&self.sha256, sha256_hex(bytes))
    }

    /// What a manifest may say of a section.
    fn check(&self, kind: SectionKind) -> Result<(), String> {
        let hexadecimal = |text: &str, digits| {
            text.len() == digits
                && text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        if self.file != kind.file() {
            // Shown with its strange characters escaped and not at any length.
            let found: String = self.file.chars().take(64).collect();
            return Err(format!(
                "section {kind}: file must be {:?}, found {found:?}",
                kind.file()
            ));
        }
        if self.size > MAX_SECTION {
            let size = self.size;
            return Err(format!(
                "section {kind}: size is {size}, at most {MAX_SECTION}"
            ));
        }
        if !hexadecimal(&self.xxh3, 16) {
            return Err(format!(
                "section {kind}: xxh3 must be 16 lower-case hexadecimal digits"
            ));
        }
        if !hexadecimal(&self.sha256, 64) {
            return Err(format!(
                "section {kind}: sha256 must be 64 lower-case hexadecimal digits"
            ));
        }
        Ok(())
    }
}

fn same(expected: &str, found: String) -> Result<(), SectionFault> {
    if expected == found {
        Ok(())
    } else {
        Err(SectionFault::Checksum {
            expected: expected.to_owned(),
            found,
        })
    }
}

fn xxh3_hex(bytes: &[u8]) -> String {
    format!("{:016x}", xxh3_64(bytes))
}

impl Manifest {
    /// Reads `manifest.json`.
    ///
    /// # Errors
    /// [`ModelError::Document`] when it is no manifest, [`ModelError::NewerFormat`] when a newer
    /// program wrote it.
    pub fn parse(key: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        check_format(key, bytes)?;
        let manifest: Self = parse_document(key, bytes)?;
        check_version(&manifest.model_version).map_err(|reason| document(key, reason))?;
        for (kind, entry) in &manifest.sections {
            entry.check(*kind).map_err(|reason| document(key, reason))?;
        }
        Ok(manifest)
    }

    /// The entry of one section.
    ///
    /// # Errors
    /// [`ModelError::Missing`] when the model was written without it.
    pub fn section(&self, kind: SectionKind) -> Result<&SectionEntry, ModelError> {
        self.sections.get(&kind).ok_or_else(|| ModelError::Missing {
            key: format!("{}/{}", self.model_version, kind.file()),
        })
    }
}

impl Current {
    /// Points at `model_version`.
    pub fn new(model_version: impl Into<String>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            model_version: model_version.into(),
        }
    }

    /// Reads `current.json`.
    ///
    /// # Errors
    /// As [`Manifest::parse`].
    pub fn parse(key: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        check_format(key, bytes)?;
        let current: Self = parse_document(key, bytes)?;
        check_version(&current.model_version).map_err(|reason| document(key, reason))?;
        Ok(current)
    }
}

/// Looks at size, format version and shape alone, so that a newer document of another shape is
/// called newer, not broken.
fn check_format(key: &str, bytes: &[u8]) -> Result<(), ModelError> {
    if bytes.len() > MAX_DOCUMENT {
        let size = bytes.len();
        let reason = format!("it has {size} bytes, at most {MAX_DOCUMENT}");
        return Err(document(key, reason));
    }
    let value: Value = parse_document(key, bytes)?;
    let version = value.get("format_version").and_then(Value::as_u64);
    let Some(found) = version.and_then(|version| u32::try_from(version).ok()) else {
        let reason = "it must be an object whose format_version is a whole number";
        return Err(document(key, reason));
    };
    if found != FORMAT_VERSION {
        return Err(ModelError::NewerFormat {
            what: key.to_owned(),
            found,
            supported: FORMAT_VERSION,
        });
    }
    // The parser would take an array of the same values too.
    let sections = value.get("sections").into_iter();
    let entries = sections
        .clone()
        .filter_map(Value::as_object)
        .flat_map(|sections| sections.values());
    if value
        .get("source")
        .into_iter()
        .chain(sections)
        .chain(entries)
        .all(Value::is_object)
    {
        Ok(())
    } else {
        Err(document(
            key,
            "source, sections and every section must be objects",
        ))
    }
}

/// A map in which no section stands twice; without this the last one would be taken.
fn each_once<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<SectionKind, SectionEntry>, D::Error> {
    struct Sections;
    impl<'de> Visitor<'de> for Sections {
        type Value = BTreeMap<SectionKind, SectionEntry>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("sections by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut sections = BTreeMap::new();
            while let Some((kind, entry)) = map.next_entry::<SectionKind, SectionEntry>()? {
                if sections.insert(kind, entry).is_some() {
                    return Err(A::Error::custom(format!("section {kind} stands twice")));
                }
            }
            Ok(sections)
        }
    }
    deserializer.deserialize_map(Sections)
}

fn parse_document<T: for<'de> Deserialize<'de>>(key: &str, bytes: &[u8]) -> Result<T, ModelError> {
    serde_json::from_slice(bytes).map_err(|error| document(key, error.to_string()))
}

fn document(key: &str, reason: impl Into<String>) -> ModelError {
    ModelError::Document {
        key: key.to_owned(),
        reason: reason.into(),
    }
}

/// A version names a folder: it must not lead anywhere else.
fn check_version(version: &str) -> Result<(), &'static str> {
    let valid = (1..=64).contains(&version.len())
        && version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if valid {
        Ok(())
    } else {
        Err("model_version must be 1 to 64 letters, digits or dashes")
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
