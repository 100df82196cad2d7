use std::collections::HashSet;
use std::sync::LazyLock;

/// The words that scikit-learn leaves out for `stop_words="english"`: the same list, because only
/// the same list gives the same numbers.
static ENGLISH: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("english_stop_words.txt").lines().collect());

/// Whether a lower-case word is too common in English to tell texts apart.
pub fn is_english_stop_word(word: &str) -> bool {
    ENGLISH.contains(word)
}
