//! Certificates for a broker that wants to know who connects.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// Three files as PEM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Files<'a> {
    /// Whom to trust.
    pub(crate) ca: &'a Path,
    /// Who this is.
    pub(crate) cert: &'a Path,
    /// The proof of it.
    pub(crate) key: &'a Path,
}

/// What TLS needs to know, from these files.
///
/// # Errors
/// When a file cannot be read, is not what it should be, or key and certificate are not a pair.
pub(crate) fn client_config(files: Files<'_>) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let example = "such as the AmazonRootCA1.pem that AWS offers with a device's certificate";
    for certificate in certificates("--ca", files.ca, example)? {
        roots.add(certificate).with_context(|| {
            let shown = files.ca.display();
            format!("--ca {shown} holds a certificate that cannot be trusted")
        })?;
    }
    let example = "such as the …-certificate.pem.crt that AWS made for this device";
    let chain = certificates("--cert", files.cert, example)?;
    let key = key(files.key)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .with_context(|| {
            let (key, cert) = (files.key.display(), files.cert.display());
            format!("expected --key {key} to be the private key of --cert {cert}")
        })?;
    Ok(Arc::new(config))
}

fn certificates(
    option: &str,
    path: &Path,
    example: &str,
) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let shown = path.display();
    let text = read(option, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => anyhow::bail!(
            "{option} {shown} holds no certificate: expected PEM with -----BEGIN CERTIFICATE-----, \
             {example}"
        ),
        Err(error) => anyhow::bail!(
            "{option} {shown} cannot be understood ({error}): expected PEM with \
             -----BEGIN CERTIFICATE-----, {example}"
        ),
    }
}

fn key(path: &Path) -> anyhow::Result<PrivateKeyDer<'static>> {
    let text = read("--key", path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        anyhow::anyhow!(
            "--key {} holds no private key ({error}): expected PEM with \
             -----BEGIN … PRIVATE KEY-----, without a passphrase, such as the …-private.pem.key that \
             AWS made for this device",
            path.display()
        )
    })
}

fn read(option: &str, path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {option} {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_is_not_what_it_should_be_is_named_with_what_was_expected() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let missing = certificates("--ca", &path, "such as X")
            .unwrap_err()
            .to_string();
        assert!(
            missing.contains("cannot read --ca") && missing.contains("ca.pem"),
            "{missing}"
        );
        for text in [
            "",
            "nonsense",
            "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
        ] {
            fs::write(&path, text).unwrap();
            let error = certificates("--ca", &path, "such as X")
                .unwrap_err()
                .to_string();
            for part in ["--ca", "ca.pem", "BEGIN CERTIFICATE", "such as X"] {
                assert!(error.contains(part), "{part}: {error}");
            }
            let error = key(&path).unwrap_err().to_string();
            assert!(error.contains("PRIVATE KEY"), "{error}");
        }
    }
}
