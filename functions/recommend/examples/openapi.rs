//! Writes the description of the API that the code makes, to be kept as `src/openapi.json`:
//!
//! ```sh
//! cargo run -p matinee-recommend --no-default-features --example openapi \
//!     > functions/recommend/src/openapi.json
//! ```

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let description = matinee_recommend::openapi().to_pretty_json()?;
    writeln!(io::stdout(), "{description}")
}
