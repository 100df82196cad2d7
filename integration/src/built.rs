//! What `cargo xtask deployment` built.

use std::path::PathBuf;

use crate::{skip, workspace};

/// The bootstrap that `sam build` made of a function of template.yaml. Where it is missing this
/// says so and gives nothing.
///
/// # Panics
/// When it is missing where CI=true.
pub fn built(function: &str) -> Option<PathBuf> {
    there(format!(".aws-sam/build/{function}/bootstrap"))
}

/// The folder of models in the layer that is deployed with every function. Where it is missing
/// this says so and gives nothing.
///
/// # Panics
/// When it is missing where CI=true.
pub fn sample_models() -> Option<PathBuf> {
    there("target/sample-model/matinee/models".to_owned())
}

fn there(path: String) -> Option<PathBuf> {
    let path = workspace().join(path);
    if path.exists() {
        return Some(path);
    }
    skip(&format!(
        "{} is not there: run `cargo xtask deployment`",
        path.display()
    ));
    None
}
