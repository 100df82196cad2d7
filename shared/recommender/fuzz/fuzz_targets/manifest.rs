#![no_main]

use libfuzzer_sys::fuzz_target;
use matinee_fuzz::checks;

fuzz_target!(|data: &[u8]| checks::manifest(data));
