//! How AWS is spoken to: certificates, timeouts, retries, once for all services.

use std::ffi::OsStr;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_s3::config::{
    RequestChecksumCalculation, ResponseChecksumValidation, SharedCredentialsProvider,
    SharedHttpClient,
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

/// How patient the calls are, and where credentials come from.
///
/// Not an enum: what looks for credentials on a person's machine is large, and a function that never
/// names it does not hold it.
#[derive(Clone, Copy)]
pub struct Pace {
    name: &'static str,
    configure: fn(Basics) -> Configuring,
    /// Certificates besides Amazon's.
    machines_certificates: bool,
    /// Timeouts, in seconds: to connect, to the first byte, of an attempt.
    timeouts: [u64; 3],
    /// Waits before another attempt, in milliseconds: the first, the longest.
    backoff: [u64; 2],
    /// How long a body may stand still.
    pub(crate) stall: Duration,
}

type Configuring = Pin<Box<dyn Future<Output = SdkConfig> + Send>>;

impl Pace {
    /// A function in the region of what it uses, with somebody waiting: short timeouts, quick retries,
    /// no other certificates than Amazon's, and the credentials that Lambda gives.
    pub fn function() -> Self {
        Self {
            name: "function",
            configure: |basics| Box::pin(basics.of_lambda()),
            machines_certificates: false,
            timeouts: [1, 2, 4],
            backoff: [50, 1_000],
            stall: Duration::from_secs(1),
        }
    }

    /// A function that nobody waits for, and that moves large blobs.
    pub fn batch() -> Self {
        Self {
            name: "batch",
            // The time to send a section counts towards its answer's first byte.
            timeouts: [2, 60, 180],
            backoff: [200, 5_000],
            stall: Duration::from_secs(10),
            ..Self::function()
        }
    }

    /// A person's machine anywhere, perhaps behind a slow line or a company's proxy, with a profile.
    pub fn tool() -> Self {
        Self {
            name: "tool",
            configure: |basics| Box::pin(basics.of_a_machine()),
            machines_certificates: true,
            // The time to send a section counts towards its answer's first byte.
            timeouts: [10, 600, 600],
            backoff: [500, 10_000],
            stall: Duration::from_secs(20),
        }
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A service's settings out of the shared ones, at its own endpoint where the environment names one.
macro_rules! service_config {
    ($sdk:ident, $service:literal, $shared:expr) => {{
        let mut config = $sdk::config::Builder::from($shared);
        if let Some(url) = endpoint($service) {
            config.set_endpoint_url(Some(url));
        }
        config
    }};
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
    iot: OnceCell<aws_sdk_iotdataplane::Client>,
    personalize: OnceCell<aws_sdk_personalizeruntime::Client>,
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
            let shared = made.config(self.pace).await;
            let mut config = service_config!(aws_sdk_s3, "S3", shared);
            // Stand-ins for S3 have no name of their own for every bucket.
            let stand_in = shared.endpoint_url().is_some() || endpoint("S3").is_some();
            config.set_force_path_style(Some(stand_in));
            aws_sdk_s3::Client::from_conf(config.build())
        };
        made.s3.get_or_init(connect).await.clone()
    }

    pub(crate) async fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let made = self.made();
        let connect = || async {
            let shared = made.config(self.pace).await;
            let config = service_config!(aws_sdk_dynamodb, "DYNAMODB", shared);
            aws_sdk_dynamodb::Client::from_conf(config.build())
        };
        made.dynamodb.get_or_init(connect).await.clone()
    }

    pub(crate) async fn sqs(&self) -> aws_sdk_sqs::Client {
        let made = self.made();
        let connect = || async {
            let shared = made.config(self.pace).await;
            let config = service_config!(aws_sdk_sqs, "SQS", shared);
            aws_sdk_sqs::Client::from_conf(config.build())
        };
        made.sqs.get_or_init(connect).await.clone()
    }

    /// The data plane of AWS IoT, by default at `data-ats.iot.<region>.amazonaws.com`: it tells accounts
    /// apart by the signature, and its certificate is one of Amazon's own.
    pub(crate) async fn iot(&self) -> aws_sdk_iotdataplane::Client {
        let made = self.made();
        let connect = || async {
            let shared = made.config(self.pace).await;
            let config = service_config!(aws_sdk_iotdataplane, "IOT_DATA_PLANE", shared);
            aws_sdk_iotdataplane::Client::from_conf(config.build())
        };
        made.iot.get_or_init(connect).await.clone()
    }

    /// Amazon Personalize's runtime, whose calls take `limit` at most: somebody waits, and there is
    /// another who answers. What was throttled or broke off is tried once more within it.
    pub(crate) async fn personalize(&self, limit: Duration) -> aws_sdk_personalizeruntime::Client {
        let made = self.made();
        let connect = || async {
            let shared = made.config(self.pace).await;
            let mut config =
                service_config!(aws_sdk_personalizeruntime, "PERSONALIZE_RUNTIME", shared);
            let timeouts = TimeoutConfig::builder()
                .connect_timeout(limit)
                .read_timeout(limit)
                .operation_attempt_timeout(limit)
                .operation_timeout(limit);
            config.set_timeout_config(Some(timeouts.build()));
            let retries = RetryConfig::standard()
                .with_max_attempts(2)
                .with_initial_backoff(limit / 20)
                .with_max_backoff(limit / 10);
            config.set_retry_config(Some(retries));
            aws_sdk_personalizeruntime::Client::from_conf(config.build())
        };
        made.personalize.get_or_init(connect).await.clone()
    }
}

impl Made {
    async fn config(&self, pace: Pace) -> &SdkConfig {
        self.config.get_or_init(|| configured(pace)).await
    }
}

async fn configured(pace: Pace) -> SdkConfig {
    let basics = Basics {
        http: https(pace),
        timeouts: timeouts(pace),
        retries: retries(pace),
        stalled: StalledStreamProtectionConfig::enabled()
            .grace_period(pace.stall)
            .build(),
    };
    (pace.configure)(basics).await
}

/// What there is to say to the SDK, whatever is asked for credentials.
struct Basics {
    http: SharedHttpClient,
    timeouts: TimeoutConfig,
    retries: RetryConfig,
    stalled: StalledStreamProtectionConfig,
}

impl Basics {
    /// Lambda gives credentials in the environment, and after a snapshot at an address in it.
    async fn of_lambda(self) -> SdkConfig {
        let at_address = ProviderConfig::without_region().with_http_client(self.http.clone());
        let at_address = EcsCredentialsProvider::builder().configure(&at_address);
        let credentials = CredentialsProviderChain::first_try(
            "Environment",
            EnvironmentVariableCredentialsProvider::new(),
        )
        .or_else("Container", at_address.build());
        SdkConfig::builder()
            .behavior_version(version())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .region(EnvironmentVariableRegionProvider::new().region().await)
            .http_client(self.http)
            .timeout_config(self.timeouts)
            .retry_config(self.retries)
            .stalled_stream_protection(self.stalled)
            // Every byte of a model is verified against its manifest anyway.
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .build()
    }

    /// Profiles, environment, and whatever else the SDK knows.
    async fn of_a_machine(self) -> SdkConfig {
        aws_config::defaults(version())
            .http_client(self.http)
            .timeout_config(self.timeouts)
            .retry_config(self.retries)
            .stalled_stream_protection(self.stalled)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .load()
            .await
    }
}

fn version() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// Where a service is instead of in AWS: `AWS_ENDPOINT_URL_<service>`, else `AWS_ENDPOINT_URL`.
fn endpoint(service: &str) -> Option<String> {
    let named = |name: &str| std::env::var(name).ok().filter(|url| !url.is_empty());
    named(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| named("AWS_ENDPOINT_URL"))
}

fn https(pace: Pace) -> SharedHttpClient {
    let mut trust = if pace.machines_certificates {
        TrustStore::default()
    } else {
        TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)
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
    let [connect, first_byte, attempt] = pace.timeouts.map(Duration::from_secs);
    TimeoutConfig::builder()
        .connect_timeout(connect)
        .read_timeout(first_byte)
        .operation_attempt_timeout(attempt)
        .build()
}

/// Exponential backoff with full jitter, as the SDK does it.
fn retries(pace: Pace) -> RetryConfig {
    let [first, longest] = pace.backoff.map(Duration::from_millis);
    RetryConfig::standard()
        .with_max_attempts(4)
        .with_initial_backoff(first)
        .with_max_backoff(longest)
}
