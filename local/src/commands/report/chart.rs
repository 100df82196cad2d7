//! Charts as SVG inside a page of HTML, whose style gives them their colours.

use std::fmt::Write as _;

/// Pixels of a row of a chart.
const ROW: usize = 26;

/// Pixels of the names on the left.
const NAMES: usize = 210;

/// Pixels of the longest bar.
const LONGEST: f64 = 270.0;

/// Pixels of a chart from left to right.
const WIDTH: usize = 640;

/// The most characters of a name that is shown; the whole stands in its tooltip.
const SHOWN: usize = 26;

/// A bar with its name on the left and its value in words on the right.
pub(super) struct Bar {
    pub(super) name: String,
    /// At least 0 and finite.
    pub(super) value: f64,
    pub(super) said: String,
}

/// Bars one below the other, as long as their part of `most`, which is at least their greatest value
/// and above 0. `title` tells what they are, for those who cannot see them.
pub(super) fn bars(title: &str, bars: &[Bar], most: f64) -> String {
    let height = bars.len() * ROW;
    let title = escaped(title);
    let mut svg =
        format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">");
    for (row, bar) in bars.iter().enumerate() {
        let (top, middle) = (row * ROW + 4, row * ROW + ROW / 2 + 5);
        let length = LONGEST * (bar.value / most).clamp(0.0, 1.0);
        let end = NAMES as f64 + length + 8.0;
        let (name, said) = (escaped(&bar.name), escaped(&bar.said));
        let short = escaped(&shortened(&bar.name));
        let (text, thick) = (NAMES - 10, ROW - 8);
        let _ = write!(
            svg,
            "<g><title>{name}: {said}</title>\
             <text x=\"{text}\" y=\"{middle}\" text-anchor=\"end\">{short}</text>\
             <rect x=\"{NAMES}\" y=\"{top}\" width=\"{length:.1}\" height=\"{thick}\" rx=\"2\"/>\
             <text class=\"value\" x=\"{end:.1}\" y=\"{middle}\">{said}</text></g>"
        );
    }
    svg.push_str("</svg>");
    svg
}

/// A name that fits before a row.
pub(super) fn shortened(name: &str) -> String {
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// Text that stands in HTML or in a quoted attribute of it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_part_of_the_most_and_its_name_is_harmless() {
        let bar = |name: &str, value| Bar {
            name: name.to_owned(),
            value,
            said: format!("{value}"),
        };
        let all = [bar("a<b>\"&", 1.0), bar(&"ü".repeat(40), 0.5), bar("", 0.0)];
        let svg = bars("A & B", &all, 1.0);
        for part in [
            "aria-label=\"A &amp; B\"",
            "viewBox=\"0 0 640 78\"",
            "a&lt;b&gt;&quot;&amp;: 1",
            "width=\"270.0\"",
            "width=\"135.0\"",
            "width=\"0.0\"",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert!(svg.contains(&format!(">{}…<", "ü".repeat(26))), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 3);
    }
}
