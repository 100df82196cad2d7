//! Charts of cells, and the tables behind all charts.

use std::fmt::Write as _;

use super::chart::{escaped, shortened};
use super::plot::{ROW, WIDTH, Words, opened};

/// A cell of a [`grid`]: how dark it is, from 0 to 1, and what stands in it.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) shade: f64,
    pub(super) text: String,
    /// In the tooltip.
    pub(super) said: String,
}

/// Rows of cells below each other, each row as long as `columns`; where there is nothing to tell a
/// cell is empty.
pub(super) fn grid(
    title: &str,
    columns: &[String],
    rows: &[(String, Vec<Option<Cell>>)],
) -> String {
    /// Pixels of the names of rows.
    const NAMED: f64 = 110.0;
    /// How dark the darkest cell is: what stands in it must still be read.
    const DARKEST: f64 = 0.6;

    let wide = (WIDTH - NAMED) / columns.len().max(1) as f64;
    let mut svg = opened(
        Words {
            title,
            across: "",
            up: "",
        },
        ROW * (rows.len() as f64 + 1.0),
    );
    let middle = |column: usize| wide.mul_add(column as f64 + 0.5, NAMED);
    for (column, name) in columns.iter().enumerate() {
        let _ = write!(
            svg,
            "<text class=\"value small\" x=\"{:.1}\" y=\"17\" text-anchor=\"middle\">{}</text>",
            middle(column),
            escaped(name)
        );
    }
    for (row, (name, cells)) in rows.iter().enumerate() {
        let top = ROW * (row as f64 + 1.0);
        let base = top + ROW / 2.0 + 4.5;
        let short = escaped(&shortened(name));
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{base:.1}\" text-anchor=\"end\">{short}</text>",
            NAMED - 8.0
        );
        for (column, cell) in cells.iter().enumerate() {
            let Some(Cell { shade, text, said }) = cell else {
                continue;
            };
            let _ = write!(
                svg,
                "<g><title>{}, {}: {}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
                 height=\"{:.1}\" rx=\"2\" fill-opacity=\"{:.2}\"/>\
                 <text class=\"small\" x=\"{:.1}\" y=\"{base:.1}\" text-anchor=\"middle\">{}</text></g>",
                escaped(name),
                escaped(columns.get(column).map_or("", String::as_str)),
                escaped(said),
                middle(column) - wide / 2.0 + 1.0,
                top + 1.0,
                wide - 2.0,
                ROW - 2.0,
                shade.clamp(0.0, 1.0).mul_add(DARKEST - 0.04, 0.04),
                middle(column),
                escaped(text)
            );
        }
    }
    svg + "</svg>"
}

/// A table behind a chart, shut until it is asked for.
pub(super) fn table<const COLUMNS: usize>(
    heading: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let heading = heading.map(|name| format!("<th scope=\"col\">{}</th>", escaped(name)));
    let mut html = format!(
        "<details><summary>The figures as a table</summary>\n<table><thead><tr>{}</tr></thead><tbody>\n",
        heading.concat()
    );
    for row in rows {
        let _ = writeln!(
            html,
            "<tr>{}</tr>",
            row.map(|cell| format!("<td>{}</td>", escaped(&cell)))
                .concat()
        );
    }
    html + "</tbody></table></details>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_leaves_out_what_is_not_known_and_a_table_is_harmless() {
        let cell = |shade| {
            Some(Cell {
                shade,
                text: "6.5".to_owned(),
                said: "9 films".to_owned(),
            })
        };
        let rows = [("Drama".to_owned(), vec![cell(0.0), None, cell(1.0)])];
        let svg = grid("t", &["1980s", "1990s", "2000s"].map(str::to_owned), &rows);
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(
            svg.contains("fill-opacity=\"0.04\"") && svg.contains("fill-opacity=\"0.60\""),
            "{svg}"
        );
        let html = table(["Name"], [["<b>".to_owned()]]);
        assert!(
            html.contains("&lt;b&gt;") && html.contains("scope=\"col\""),
            "{html}"
        );
    }
}
