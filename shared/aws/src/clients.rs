//! How AWS is spoken to: certificates, timeouts, retries, once for all services.

use std::ffi::OsStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_s3::config::{
    RequestChecksumCalculation, ResponseChecksumValidation, SharedHttpClient,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::sync::OnceCell;

/// Amazon Trust Services' root certificates.
const AMAZON_ROOTS: &str = include_str!(concat!(env!("OUT_DIR"), "/amazon-roots.pem"));

/// A file of further certificates to trust, as the AWS command line knows it.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// How patient the calls are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A function in the region of what it uses, with somebody waiting: short timeouts, quick retries,
    /// and no other certificates than Amazon's.
    Function,
    /// A person's machine anywhere, perhaps behind a slow line or a company's proxy.
    Tool,
}

/// The clients of a process. Each is made when it is first asked for; all of them share one set of
/// certificates, connections and credentials.
#[derive(Debug)]
pub struct Clients {
    pace: Pace,
    made: Mutex<Arc<Made>>,
}

/// What there is so far.
#[derive(Debug, Default)]
struct Made {
    config: OnceCell<SdkConfig>,
    s3: OnceCell<aws_sdk_s3::Client>,
    dynamodb: OnceCell<aws_sdk_dynamodb::Client>,
    sqs: OnceCell<aws_sdk_sqs::Client>,
}

impl Clients {
    /// Clients of this patience.
    pub fn new(pace: Pace) -> Arc<Self> {
        Arc::new(Self {
            pace,
            made: Mutex::default(),
        })
    }

    /// Forgets the clients with their connections and credentials; whoever asks for one next gets a
    /// new one.
    pub fn disconnect(&self) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }

    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }

    fn made(&self) -> Arc<Made> {
        Arc::clone(&self.made.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn s3(&self) -> aws_sdk_s3::Client {
        let made = self.made();
        let connect = || async {
            let config = made.config(self.pace).await;
            let s3 = aws_sdk_s3::config::Builder::from(config)
                // Stand-ins for S3 have no name of their own for every bucket.
                .force_path_style(is_stand_in(config))
                .build();
            aws_sdk_s3::Client::from_conf(s3)
        };
        made.s3.get_or_init(connect).await.clone()
    }

    pub(crate) async fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let made = self.made();
        let connect = || async { aws_sdk_dynamodb::Client::new(made.config(self.pace).await) };
        made.dynamodb.get_or_init(connect).await.clone()
    }

    pub(crate) async fn sqs(&self) -> aws_sdk_sqs::Client {
        let made = self.made();
        let connect = || async { aws_sdk_sqs::Client::new(made.config(self.pace).await) };
        made.sqs.get_or_init(connect).await.clone()
    }
}

impl Made {
    async fn config(&self, pace: Pace) -> &SdkConfig {
        self.config.get_or_init(|| configured(pace)).await
    }
}

/// Credentials and region come from the environment.
async fn configured(pace: Pace) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(https(pace))
        .timeout_config(timeouts(pace))
        .retry_config(retries(pace))
        .stalled_stream_protection(
            StalledStreamProtectionConfig::enabled()
                .grace_period(stall(pace))
                .build(),
        )
        // Every byte of a model is verified against its manifest anyway.
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .load()
        .await
}

fn is_stand_in(config: &SdkConfig) -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|url| !url.is_empty());
    config.endpoint_url().is_some() || named("AWS_ENDPOINT_URL") || named("AWS_ENDPOINT_URL_S3")
}

fn https(pace: Pace) -> SharedHttpClient {
    let mut trust = match pace {
        Pace::Function => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
        Pace::Tool => TrustStore::default(),
    };
    if let Some(path) = std::env::var_os(CA_BUNDLE).filter(|path| !path.is_empty()) {
        match certificates(&path) {
            Ok(certificates) => {
                trust.add_pem_certificate(certificates);
            }
            Err(error) => tracing::error!(
                error,
                file = %path.display(),
                "{CA_BUNDLE} names no file of certificates: goes on without it"
            ),
        }
    }
    let tls = TlsContext::builder().with_trust_store(trust).build();
    let tls = tls.unwrap_or_else(|_| unreachable!("there is nothing to go wrong"));
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build_https()
}

/// The certificates of a file, which are known to be some: the client would not survive others.
fn certificates(path: &OsStr) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let mut found = 0;
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        certificate.map_err(|error| error.to_string())?;
        found += 1;
    }
    if found == 0 {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(bytes)
}

fn timeouts(pace: Pace) -> TimeoutConfig {
    let (connect, first_byte, attempt) = match pace {
        Pace::Function => (1, 2, 4),
        // The time to send a section counts towards its answer's first byte.
        Pace::Tool => (10, 600, 600),
    };
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(connect))
        .read_timeout(Duration::from_secs(first_byte))
        .operation_attempt_timeout(Duration::from_secs(attempt))
        .build()
}

/// Exponential backoff with full jitter, as the SDK does it.
fn retries(pace: Pace) -> RetryConfig {
    let (first, longest) = match pace {
        Pace::Function => (50, 1_000),
        Pace::Tool => (500, 10_000),
    };
    RetryConfig::standard()
        .with_max_attempts(4)
        .with_initial_backoff(Duration::from_millis(first))
        .with_max_backoff(Duration::from_millis(longest))
}

/// How long a body may stand still.
pub(crate) fn stall(pace: Pace) -> Duration {
    Duration::from_secs(match pace {
        Pace::Function => 1,
        Pace::Tool => 20,
    })
}
