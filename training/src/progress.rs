/// Hears how far a long piece of work has come. Called from several threads.
pub trait Progress: Sync {
    /// A stage of `steps` steps begins; the one before it is done.
    fn stage(&self, name: &str, steps: u64);
    /// So many more steps of the stage are done.
    fn advance(&self, steps: u64);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn stage(&self, _name: &str, _steps: u64) {}
    fn advance(&self, _steps: u64) {}
}
