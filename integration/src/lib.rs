//! Starting and talking to the programs.
