//! Trigrams: the overlapping three-letter windows by which misspelt titles are still found.

/// The distinct trigrams of a normalised form, each packed into the low 24 bits, ascending.
///
/// The form is padded with a space on both sides, so that beginnings and ends count.
pub fn trigrams(form: &str) -> Vec<u32> {
    let padded: Vec<u8> = [b" ", form.as_bytes(), b" "].concat();
    let mut grams: Vec<u32> = padded
        .windows(3)
        .map(|w| u32::from(w[0]) << 16 | u32::from(w[1]) << 8 | u32::from(w[2]))
        .collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

#[cfg(test)]
mod tests {
    use super::trigrams;

    #[test]
    fn trigrams_are_distinct_and_ascending() {
        let grams = trigrams("aaaa");
        assert_eq!(grams, [0x20_6161, 0x61_6120, 0x61_6161]);
        assert!(trigrams("").is_empty());
    }
}
