//! Facts about a built bootstrap that decide whether Lambda can run it, and how quickly it starts.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64, SHT_SYMTAB};
use object::endian::LittleEndian;
use object::read::elf::{FileHeader as _, SectionHeader as _, SectionTable};
use serde::Serialize;

use super::venv::venv;

/// What is known of a bootstrap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The size of the file, in bytes.
    pub bytes: u64,
    /// The size of the archive that is uploaded, in bytes.
    pub zip_bytes: u64,
    /// `x86_64` or `aarch64`.
    pub architecture: &'static str,
    /// Whether it is without symbol tables and debug information.
    pub stripped: bool,
    /// The newest version of glibc that it needs. Amazon Linux 2023 has 2.34.
    pub glibc: Glibc,
}

/// A version of glibc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Glibc(pub u32, pub u32);

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Why nothing is known of a file.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no program for 64-bit Linux.
    #[error("{} is no 64-bit little-endian ELF file: {message}", path.display())]
    NoElf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// It is for another processor than Lambda has.
    #[error("{} is for machine {machine}, expected x86_64 or aarch64", path.display())]
    Machine {
        /// The file.
        path: PathBuf,
        /// The number of the processor in the ELF header.
        machine: u16,
    },
    /// It names no version of glibc.
    #[error("{} needs no version of glibc: it is linked statically, or against another C library", path.display())]
    NoGlibc {
        /// The file.
        path: PathBuf,
    },
    /// A version of glibc is not of the form `GLIBC_2.34`.
    #[error("{} needs {version}, expected GLIBC_ and a number", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// What it needs.
        version: String,
    },
    /// It could not be packed.
    #[error("cannot pack {}: {message}", path.display())]
    Zip {
        /// The file.
        path: PathBuf,
        /// What Python said.
        message: String,
    },
}

/// Reads the facts of the bootstrap at `path`.
///
/// # Errors
/// When any of them cannot be read.
pub fn facts(path: &Path) -> Result<Facts, FactsError> {
    let data = fs::read(path).map_err(|source| FactsError::Read {
        path: path.to_owned(),
        source,
    })?;
    let no_elf = |error: object::Error| FactsError::NoElf {
        path: path.to_owned(),
        message: error.to_string(),
    };
    let header = FileHeader64::<LittleEndian>::parse(&*data).map_err(no_elf)?;
    let endian = header.endian().map_err(no_elf)?;
    let sections = header.sections(endian, &*data).map_err(no_elf)?;
    let versions = needed_versions(endian, &data, &sections).map_err(no_elf)?;
    Ok(Facts {
        bytes: data.len() as u64,
        zip_bytes: zip_size(path)?,
        architecture: architecture(path, header.e_machine(endian))?,
        stripped: stripped(endian, &sections),
        glibc: newest(path, &versions)?,
    })
}

type Sections<'a> = SectionTable<'a, FileHeader64<LittleEndian>>;

/// The versions of symbols that the file wants of other libraries: `readelf -V`'s "version needs".
fn needed_versions(
    endian: LittleEndian,
    data: &[u8],
    sections: &Sections<'_>,
) -> object::Result<Vec<String>> {
    let mut versions = Vec::new();
    let Some((mut libraries, strings)) = sections.gnu_verneed(endian, data)? else {
        return Ok(versions);
    };
    let strings = sections.strings(endian, data, strings)?;
    while let Some((_, mut needed)) = libraries.next()? {
        while let Some(version) = needed.next()? {
            let name = version.name(endian, strings)?;
            versions.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(versions)
}

fn newest(path: &Path, versions: &[String]) -> Result<Glibc, FactsError> {
    let mut newest = None;
    for version in versions {
        let Some(number) = version.strip_prefix("GLIBC_") else {
            continue;
        };
        let Some(number) = glibc(number) else {
            return Err(FactsError::Version {
                path: path.to_owned(),
                version: version.clone(),
            });
        };
        newest = newest.max(Some(number));
    }
    newest.ok_or_else(|| FactsError::NoGlibc {
        path: path.to_owned(),
    })
}

/// `2.34`, and `2.2.5` as 2.2.
fn glibc(number: &str) -> Option<Glibc> {
    let mut parts = number.split('.').map(str::parse);
    let version = Glibc(parts.next()?.ok()?, parts.next()?.ok()?);
    parts.all(|part| part.is_ok()).then_some(version)
}

fn architecture(path: &Path, machine: u16) -> Result<&'static str, FactsError> {
    match machine {
        EM_X86_64 => Ok("x86_64"),
        EM_AARCH64 => Ok("aarch64"),
        machine => Err(FactsError::Machine {
            path: path.to_owned(),
            machine,
        }),
    }
}

fn stripped(endian: LittleEndian, sections: &Sections<'_>) -> bool {
    !sections.iter().any(|section| {
        let name = sections.section_name(endian, section).unwrap_or_default();
        section.sh_type(endian) == SHT_SYMTAB || name.starts_with(b".debug_")
    })
}

/// The size of the archive that SAM uploads: it packs with Python's zipfile and zlib's default.
fn zip_size(path: &Path) -> Result<u64, FactsError> {
    const PACK: &str = "import io, sys, zipfile\n\
        packed = io.BytesIO()\n\
        with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:\n    \
            archive.write(sys.argv[1], 'bootstrap')\n\
        print(len(packed.getvalue()))";
    let failed = |message: String| FactsError::Zip {
        path: path.to_owned(),
        message,
    };
    let pinned = venv().join("bin/python");
    let python = if pinned.exists() {
        pinned
    } else {
        "python3".into()
    };
    let output = Command::new(python).args(["-c", PACK]).arg(path).output();
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let size = String::from_utf8_lossy(&output.stdout);
    size.trim().parse().map_err(|_| failed(size.into_owned()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{FactsError, Glibc, facts, newest};

    #[test]
    fn this_very_program_is_read() {
        let facts = facts(&std::env::current_exe().unwrap()).unwrap();
        assert_eq!(facts.architecture, std::env::consts::ARCH);
        assert!(facts.bytes > 1_000_000, "{facts:?}");
        assert!(
            facts.zip_bytes > 100_000 && facts.zip_bytes < facts.bytes,
            "{facts:?}"
        );
        // Tests keep their line tables.
        assert!(!facts.stripped, "{facts:?}");
        assert!(
            facts.glibc >= Glibc(2, 2) && facts.glibc < Glibc(3, 0),
            "{facts:?}"
        );
    }

    #[test]
    fn the_newest_version_is_found_by_number() {
        let path = Path::new("bootstrap");
        let of = |versions: &[&str]| {
            let versions: Vec<String> = versions
                .iter()
                .map(|version| (*version).to_owned())
                .collect();
            newest(path, &versions)
        };
        assert_eq!(
            of(&["GLIBC_2.9", "GLIBC_2.34", "GCC_3.3", "GLIBC_2.2.5"]).unwrap(),
            Glibc(2, 34)
        );
        assert!(matches!(of(&["GCC_3.3"]), Err(FactsError::NoGlibc { .. })));
        assert!(matches!(
            of(&["GLIBC_PRIVATE"]),
            Err(FactsError::Version { .. })
        ));
        assert!(matches!(
            of(&["GLIBC_2.x"]),
            Err(FactsError::Version { .. })
        ));
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bootstrap");
        assert!(matches!(facts(&path), Err(FactsError::Read { .. })));
        std::fs::write(&path, "#!/bin/sh\n").unwrap();
        assert!(matches!(facts(&path), Err(FactsError::NoElf { .. })));
        // Cut off in the middle of what it promises.
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        std::fs::write(&path, &program[..4096]).unwrap();
        assert!(matches!(facts(&path), Err(FactsError::NoElf { .. })));
    }
}
