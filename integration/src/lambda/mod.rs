//! Real Lambda bootstraps, started as Lambda starts them, and what stands around them.
//!
//! | | |
//! |---|---|
//! | [`Emulator`] | a bootstrap in AWS's runtime interface emulator |
//! | [`Function`] | a bootstrap under a Runtime API of ours, for measuring |
//! | [`Gateway`] | API Gateway before a function, for clients that speak HTTP |
//! | [`Invoke`] | calling either of them, with an event or as API Gateway does |
//! | [`QueueSource`], [`StreamSource`] | what Lambda does between a queue or a stream and a function |
//! | [`Restarting`] | a function that is started again when it was killed |
//! | [`Moto`], [`Bucket`] | an S3 that answers like S3, and its objects |
//! | [`Tables`], [`MessageQueue`] | the tables and queues of the deployed system, in moto |
//! | [`Things`] | the devices of AWS IoT in moto: their shadows, and what was published |
//! | [`States`] | the state machines of the deployed system, in moto's interpreter |
//! | [`boto3()`] | clients of Amazon Personalize, as they come |
//! | [`Campaigns`], [`Instead`] | Amazon Personalize's runtime, as far as its wire format goes |
//! | [`FaultProxy`], [`Fault`] | what goes wrong between a function and AWS |
//! | [`ObjectServer`] | a GET server that is quicker than any function |
//! | [`bootstrap`] | size, symbols and glibc of a built bootstrap |
//! | [`cold_start`] | how long a function takes from its start to its first answer |
//!
//! A function that takes its model from a bucket, with S3 being slow:
//!
//! ```no_run
//! # use std::path::Path;
//! use matinee_integration::lambda::{Emulator, Fault, FaultProxy, Invoke as _, Moto, model_from};
//!
//! let Some(moto) = Moto::start() else { return };
//! let bucket = moto.create_bucket("matinee-models");
//! bucket.put_folder(Path::new("models"), "models/");
//! let proxy = FaultProxy::start(moto.endpoint());
//! proxy.inject(Fault::SlowDown.on("GET", "current.json").times(1));
//! let env = model_from(&proxy.endpoint(), bucket.name());
//! let Some(emulator) = Emulator::start(Path::new("bootstrap"), &env) else { return };
//! assert_eq!(emulator.get("/health").status, 200);
//! ```

pub mod bootstrap;
pub mod cold_start;

mod aws_json;
mod boto3;
mod bucket;
mod campaigns;
mod emulator;
mod environment;
mod event;
mod event_source;
mod fault_proxy;
mod gateway;
pub(crate) mod http_server;
mod invoke;
mod message_queue;
mod moto;
pub(crate) mod object_server;
pub(crate) mod process;
mod runtime_api;
mod s3_error;
mod states;
mod tables;
mod things;
mod venv;

pub use boto3::boto3;
pub use bucket::{Bucket, Object, StoreAnswer};
pub use campaigns::{Campaigns, Instead};
pub use emulator::Emulator;
pub use environment::{feedback_through, model_from};
pub use event::{HttpAnswer, http_event};
pub use event_source::{QueueSource, Restarting, StreamSource};
pub use fault_proxy::{Fault, FaultProxy, Recorded, Rule};
pub use gateway::Gateway;
pub use invoke::{Invocation, Invoke};
pub use message_queue::MessageQueue;
pub use moto::Moto;
pub use object_server::{ObjectServer, Served};
pub use process::{Log, Memory};
pub use runtime_api::Function;
pub use states::{Run, States};
pub use tables::{Item, TABLES, Tables};
pub use things::Things;
pub use venv::{program, rie, venv};
