//! Picks Amazon's own root certificates, the ones under which AWS's endpoints are certified.
//!
//! They are compiled in as PEM: reading and parsing a machine's whole certificate store costs a
//! cold start several milliseconds.

use std::env;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The names of Amazon Trust Services' roots, as they stand in the certificates.
const ROOTS: [&str; 5] = [
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
];

fn main() {
    let mut pem = String::new();
    for root in ROOTS {
        let certificate = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .find(|certificate| {
                let mut stretches = certificate.windows(root.len());
                stretches.any(|stretch| stretch == root.as_bytes())
            })
            .unwrap_or_else(|| panic!("webpki-root-certs has no {root}"));
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in STANDARD.encode(certificate).as_bytes().chunks(64) {
            pem.extend(line.iter().map(|byte| char::from(*byte)));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    let out = env::var_os("OUT_DIR").unwrap_or_else(|| panic!("cargo sets OUT_DIR"));
    let path = Path::new(&out).join("amazon-roots.pem");
    fs::write(&path, pem).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    println!("cargo::rerun-if-changed=build.rs");
}
