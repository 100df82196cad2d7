//! Charts with two axes. Like the bars they are SVG that takes its colours from the page, and every
//! mark has a tooltip.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use matinee::rating::STARS;

use super::chart::escaped;

/// Pixels of a chart from left to right, as the bars have them.
pub(super) const WIDTH: f64 = 640.0;

/// Pixels from top to bottom.
const HEIGHT: f64 = 260.0;

/// Pixels left free for the numbers of the axes, and at the other two sides.
const LEFT: f64 = 60.0;
const BELOW: f64 = 42.0;
const TOP: f64 = 8.0;
const RIGHT: f64 = 14.0;

/// About how many numbers an axis has.
const TICKS: f64 = 6.0;

/// How many numbers an axis may have where each stands for one thing, such as a star.
const MOST_TICKS: f64 = 12.0;

/// Pixels of a row of dots, and of the names before it.
pub(super) const ROW: f64 = 26.0;
const NAMES: f64 = 210.0;

/// Pixels of the words behind a row of dots.
const SAID: f64 = 150.0;

/// A value with its interval, both finite.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Where it stands from left to right; rows of dots do without.
    pub(super) at: f64,
    pub(super) value: f64,
    /// Half of the interval's width, at least 0.
    pub(super) margin: f64,
    /// What it is, in words.
    pub(super) name: String,
    /// Its value, in words.
    pub(super) said: String,
}

/// A chart's words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    /// What is shown, for those who cannot see it.
    pub(super) title: &'a str,
    /// What is counted from left to right.
    pub(super) across: &'a str,
    /// What is counted upwards.
    pub(super) up: &'a str,
}

/// An axis: values of a range on pixels of another.
#[derive(Clone, Copy, Debug)]
struct Axis {
    from: f64,
    to: f64,
    first: f64,
    last: f64,
}

impl Axis {
    fn at(self, value: f64) -> f64 {
        let part = (value - self.from) / (self.to - self.from);
        self.first + part.clamp(0.0, 1.0) * (self.last - self.first)
    }

    /// Round numbers along the axis: 1, 2 or 5 times a power of ten apart, but no less than `least`,
    /// which is taken where that gives not many more.
    fn ticks(self, least: f64) -> Vec<f64> {
        let span = self.to - self.from;
        let rough = if span <= MOST_TICKS * least {
            least
        } else {
            span / TICKS
        };
        let power = 10_f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
        let step = steps
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(rough)
            .max(least);
        let first = (self.from / step).ceil();
        let all = std::iter::successors(Some(first), |tick| Some(tick + 1.0));
        let ticks = all.map(|tick| tick * step);
        ticks
            .take_while(|tick| *tick <= self.to + step * 1e-9)
            .collect()
    }
}

fn upwards(from: f64, to: f64) -> Axis {
    Axis {
        from,
        to,
        first: HEIGHT - BELOW,
        last: TOP,
    }
}

fn across(from: f64, to: f64) -> Axis {
    Axis {
        from,
        to,
        first: LEFT,
        last: WIDTH - RIGHT,
    }
}

/// The whole stars, 1 to 10, around values with their intervals; one apart where all are alike.
pub(super) fn around(marks: &[Mark]) -> RangeInclusive<f64> {
    let least = marks
        .iter()
        .map(|mark| mark.value - mark.margin)
        .fold(f64::INFINITY, f64::min);
    let most = marks
        .iter()
        .map(|mark| mark.value + mark.margin)
        .fold(f64::NEG_INFINITY, f64::max);
    let (from, to) = (least.floor().max(1.0), most.ceil().min(STARS as f64));
    if from < to {
        from..=to
    } else {
        from..=from + 1.0
    }
}

/// Columns, as high as their values; those without a mark have none.
pub(super) fn columns(words: Words<'_>, marks: &[Mark]) -> String {
    let (from, to) = ends(marks);
    let width = (WIDTH - LEFT - RIGHT) / (to - from + 1.0);
    let x = across(from - 0.5, to + 0.5);
    let most = marks.iter().map(|mark| mark.value).fold(1.0, f64::max);
    let y = upwards(0.0, most);
    let mut svg = opened(words, HEIGHT);
    frame(&mut svg, words, x, y);
    for mark in marks {
        let (top, left) = (y.at(mark.value), x.at(mark.at) - width * 0.4);
        let (height, wide) = (y.at(0.0) - top, width * 0.8);
        let _ = write!(
            svg,
            "<g>{}<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{height:.1}\"/></g>",
            tooltip(mark)
        );
    }
    svg + "</svg>"
}

/// Points joined by a line, each with its interval.
pub(super) fn line(words: Words<'_>, marks: &[Mark]) -> String {
    let (from, to) = ends(marks);
    let up = around(marks);
    let (x, y) = (
        across(from - 0.5, to + 0.5),
        upwards(*up.start(), *up.end()),
    );
    let mut svg = opened(words, HEIGHT);
    frame(&mut svg, words, x, y);
    let points = marks
        .iter()
        .map(|mark| format!("{:.1},{:.1}", x.at(mark.at), y.at(mark.value)));
    let points: Vec<String> = points.collect();
    let _ = write!(
        svg,
        "<polyline class=\"line\" points=\"{}\"/>",
        points.join(" ")
    );
    for mark in marks {
        point(&mut svg, mark, x.at(mark.at), y, 2.5);
    }
    svg + "</svg>"
}

/// Points over the same range on both axes, with the line on which they would be equal. A point's area
/// grows with its weight, of which there is one for each.
pub(super) fn against(words: Words<'_>, marks: &[Mark], weights: &[f64]) -> String {
    let up = around(marks);
    let (low, high) = ends(marks);
    let (from, to) = (up.start().min(low.floor()), up.end().max(high.ceil()));
    let (x, y) = (across(from, to), upwards(from, to));
    let mut svg = opened(words, HEIGHT);
    frame(&mut svg, words, x, y);
    let _ = write!(
        svg,
        "<line class=\"reference\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        x.at(from),
        y.at(from),
        x.at(to),
        y.at(to)
    );
    let most = weights.iter().copied().fold(1.0, f64::max);
    for (mark, weight) in marks.iter().zip(weights) {
        let radius = 9.0_f64.mul_add((weight / most).sqrt(), 2.0);
        point(&mut svg, mark, x.at(mark.at), y, radius);
    }
    svg + "</svg>"
}

/// A row a mark with its name, a dot and its interval, and its value in words; a line stands at
/// `reference`.
pub(super) fn dots(title: &str, marks: &[Mark], reference: f64) -> String {
    let mut range = around(marks);
    // The reference is seen, too.
    if !range.contains(&reference) {
        range = range.start().min(reference.floor())..=range.end().max(reference.ceil());
    }
    let height = ROW * marks.len() as f64 + BELOW - 14.0;
    let x = Axis {
        from: *range.start(),
        to: *range.end(),
        first: NAMES,
        last: WIDTH - SAID,
    };
    let bottom = ROW * marks.len() as f64;
    let mut svg = opened(
        Words {
            title,
            across: "",
            up: "",
        },
        height,
    );
    for tick in x.ticks(0.0) {
        let at = x.at(tick);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{at:.1}\" y1=\"0\" x2=\"{at:.1}\" y2=\"{bottom:.1}\"/>\
             <text class=\"value\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 17.0,
            number(tick)
        );
    }
    let at = x.at(reference);
    let _ = write!(
        svg,
        "<line class=\"reference\" x1=\"{at:.1}\" y1=\"0\" x2=\"{at:.1}\" y2=\"{bottom:.1}\"/>"
    );
    for (row, mark) in marks.iter().enumerate() {
        let middle = ROW.mul_add(row as f64, ROW / 2.0);
        let [low, high] = [mark.value - mark.margin, mark.value + mark.margin].map(|end| x.at(end));
        let (name, said) = (
            escaped(&super::chart::shortened(&mark.name)),
            escaped(&mark.said),
        );
        let _ = write!(
            svg,
            "<g>{}<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>\
             <line class=\"interval\" x1=\"{low:.1}\" y1=\"{middle:.1}\" x2=\"{high:.1}\" y2=\"{middle:.1}\"/>\
             <circle cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"5\"/>\
             <text class=\"value\" x=\"{:.1}\" y=\"{:.1}\">{said}</text></g>",
            tooltip(mark),
            NAMES - 12.0,
            middle + 4.5,
            x.at(mark.value),
            WIDTH - SAID + 14.0,
            middle + 4.5,
        );
    }
    svg + "</svg>"
}

fn ends(marks: &[Mark]) -> (f64, f64) {
    let least = marks
        .iter()
        .map(|mark| mark.at)
        .fold(f64::INFINITY, f64::min);
    let most = marks
        .iter()
        .map(|mark| mark.at)
        .fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// The beginning of a chart so many pixels high.
pub(super) fn opened(words: Words<'_>, height: f64) -> String {
    let title = escaped(words.title);
    format!("<svg viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-label=\"{title}\">")
}

fn tooltip(mark: &Mark) -> String {
    format!(
        "<title>{}: {}</title>",
        escaped(&mark.name),
        escaped(&mark.said)
    )
}

/// A dot with its interval.
fn point(svg: &mut String, mark: &Mark, at: f64, y: Axis, radius: f64) {
    let (low, high) = (
        y.at(mark.value - mark.margin),
        y.at(mark.value + mark.margin),
    );
    let _ = write!(
        svg,
        "<g>{}<line class=\"interval\" x1=\"{at:.1}\" y1=\"{low:.1}\" x2=\"{at:.1}\" y2=\"{high:.1}\"/>\
         <circle cx=\"{at:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\"/></g>",
        tooltip(mark),
        y.at(mark.value)
    );
}

/// Axes with their numbers and words, and thin lines at the numbers of the upright one.
fn frame(svg: &mut String, words: Words<'_>, x: Axis, y: Axis) {
    for tick in y.ticks(0.0) {
        let at = y.at(tick);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\"/>\
             <text class=\"value\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.5,
            number(tick)
        );
    }
    for tick in x.ticks(1.0) {
        let _ = write!(
            svg,
            "<text class=\"value\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            x.at(tick),
            HEIGHT - BELOW + 16.0,
            number(tick)
        );
    }
    let middle = (TOP + HEIGHT - BELOW) / 2.0;
    let _ = write!(
        svg,
        "<text class=\"value\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
         <text class=\"value\" x=\"11\" y=\"{middle:.1}\" text-anchor=\"middle\" \
         transform=\"rotate(-90 11 {middle:.1})\">{}</text>",
        f64::midpoint(LEFT, WIDTH - RIGHT),
        HEIGHT - 6.0,
        escaped(words.across),
        escaped(words.up)
    );
}

/// A number of an axis, with no more decimals than it needs.
fn number(tick: f64) -> String {
    let text = format!("{tick:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(at: f64, value: f64, margin: f64) -> Mark {
        Mark {
            at,
            value,
            margin,
            name: "a<b".to_owned(),
            said: format!("{value}"),
        }
    }

    #[test]
    fn an_axis_has_round_numbers_within_it() {
        let ticks = |from, to, least| across(from, to).ticks(least);
        assert_eq!(ticks(0.0, 6.0, 0.0), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(
            ticks(1912.5, 2017.5, 1.0),
            [1920.0, 1940.0, 1960.0, 1980.0, 2000.0]
        );
        assert_eq!(ticks(0.0, 850.0, 0.0), [0.0, 200.0, 400.0, 600.0, 800.0]);
        assert_eq!(ticks(1998.5, 1999.5, 1.0), [1999.0]);
        assert_eq!([number(0.5), number(20.0), number(0.0)], ["0.5", "20", "0"]);
    }

    #[test]
    fn marks_stand_where_their_values_are() {
        let words = Words {
            title: "A & B",
            across: "Year",
            up: "Stars",
        };
        let svg = line(words, &[mark(0.0, 5.0, 0.0), mark(9.0, 6.0, 0.5)]);
        // From 5 to 7 on 210 pixels, of which 218 is the lowest.
        for part in [
            "A &amp; B",
            "cy=\"218.0\"",
            "cy=\"113.0\"",
            "a&lt;b: 6",
            ">Year<",
            ">Stars<",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        let svg = columns(words, &[mark(1.0, 10.0, 0.0), mark(2.0, 5.0, 0.0)]);
        assert!(
            svg.contains("height=\"210.0\"") && svg.contains("height=\"105.0\""),
            "{svg}"
        );
        let svg = against(
            words,
            &[mark(5.0, 5.0, 0.0), mark(6.0, 6.0, 0.0)],
            &[4.0, 1.0],
        );
        assert!(
            svg.contains("r=\"11.0\"") && svg.contains("r=\"6.5\""),
            "{svg}"
        );
    }

    #[test]
    fn a_single_value_is_a_chart_too() {
        let words = Words {
            title: "t",
            across: "",
            up: "",
        };
        let one = [mark(1999.0, 7.0, 0.0)];
        for svg in [
            columns(words, &one),
            line(words, &one),
            dots("t", &one, 7.0),
            against(words, &one, &[1.0]),
        ] {
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
