//! Certificates that are worth something to those who trust the one that signed them.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// The files of a broker.
#[derive(Clone, Debug)]
pub struct Server {
    /// Who must have signed the clients' certificates.
    pub ca: PathBuf,
    /// For localhost.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Authority {
    /// A new one of this name, which nobody trusts yet.
    ///
    /// # Panics
    /// When there is no such certificate.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Writes the certificate to trust into a folder.
    ///
    /// # Panics
    /// When it cannot be written.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn write(&self, dir: &Path, name: &str) -> PathBuf {
        let path = dir.join(format!("{name}.pem"));
        fs::write(&path, &self.pem).expect("a file");
        path
    }

    /// Writes a certificate for localhost, or for a client of this name, and its key.
    ///
    /// # Panics
    /// When it cannot be written.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn sign(&self, dir: &Path, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().expect("a key");
        let mut params =
            CertificateParams::new(vec!["localhost".to_owned()]).expect("a certificate");
        params.distinguished_name.push(DnType::CommonName, name);
        let cert = params.signed_by(&key, &self.issuer).expect("a certificate");
        let paths = [format!("{name}.crt"), format!("{name}.key")].map(|name| dir.join(name));
        let [cert_path, key_path] = paths;
        fs::write(&cert_path, cert.pem()).expect("a file");
        fs::write(&key_path, key.serialize_pem()).expect("a file");
        (cert_path, key_path)
    }

    /// The files of a broker that trusts clients with certificates of this authority.
    pub fn server(&self, dir: &Path) -> Server {
        let (cert, key) = self.sign(dir, "broker");
        Server {
            ca: self.write(dir, "ca"),
            cert,
            key,
        }
    }
}
