#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use matinee_fuzz::{checks, mutate};

fuzz_target!(|data: &[u8]| checks::rating(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::section(data, size, max_size, seed)
});
