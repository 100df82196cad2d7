//! The inputs that fuzzing kept, and the golden model bent byte by byte, against the checks of the
//! fuzz targets: no fuzzer is needed.

#[path = "../fuzz/checks.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets take them from a library")]
mod checks;

use std::fs;
use std::path::{Path, PathBuf};

fn corpus(target: &str) -> PathBuf {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    corpus.join(target)
}

#[test]
fn every_kept_input_is_refused_or_can_be_asked_anything() {
    let mut size = 0;
    for (target, check) in checks::CHECKS {
        let mut inputs = 0;
        for entry in fs::read_dir(corpus(target)).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            let bytes = fs::read(path).unwrap();
            check(&bytes);
            size += bytes.len();
            inputs += 1;
        }
        assert!(inputs > 0, "no input for {target}");
    }
    assert!(size < 100_000, "{size} bytes: keep the corpus small");
}

#[test]
fn any_altered_byte_of_a_section_is_refused_or_can_be_asked_anything() {
    let sections = [
        "catalogue",
        "titles",
        "similar",
        "weights",
        "personas",
        "rating",
    ];
    for (target, check) in checks::CHECKS
        .iter()
        .filter(|(name, _)| sections.contains(name))
    {
        let sound = fs::read(corpus(target).join("golden")).unwrap();
        let mut bytes = sound.clone();
        for at in 0..sound.len() {
            for mask in [0x01, 0x55, 0x80, 0xff] {
                bytes[at] = sound[at] ^ mask;
                check(&bytes);
            }
            bytes[at] = sound[at];
        }
    }
}

#[test]
fn a_manifest_cut_anywhere_or_altered_is_refused_or_sound() {
    for name in ["golden-manifest", "golden-current"] {
        let sound = fs::read(corpus("manifest").join(name)).unwrap();
        let mut bytes = sound.clone();
        for at in 0..sound.len() {
            checks::manifest(&sound[..at]);
            for byte in [0, b'"', b'{', b'9', 0xff] {
                bytes[at] = byte;
                checks::manifest(&bytes);
            }
            bytes[at] = sound[at];
        }
    }
}
