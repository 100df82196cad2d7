//! The personas section: the kinds of viewers that training found. Small enough to be decoded.

use zerocopy::little_endian::F32;

use super::columns::Column;
use super::container::{Section, wrong};
use super::error::SectionFault;
use super::writer::SectionWriter;
use super::{ModelError, SectionEntry, SectionKind};
use crate::catalogue::Genre;
use crate::taste::{Dimension, Persona, Personas, TasteSpace, Trait, TraitKind};
use crate::wording::Period;

const VALUE: (&str, &str) = ("trait_at", "trait_text");
const KIND: &str = "trait_kind";
const MEAN: &str = "trait_mean";
const FACTOR: &str = "trait_factor";
const SHARE: &str = "share";
const CENTRE: &str = "centre";
const TRAITS_AT: &str = "mark_at";
const TRAITS: &str = "mark";

impl Personas {
    /// Verifies a personas section and reads it.
    ///
    /// # Errors
    /// [`ModelError::Section`] naming the fault.
    pub fn open(bytes: bytes::Bytes, entry: &SectionEntry) -> Result<Self, ModelError> {
        let section = Section::open(bytes, SectionKind::Personas, entry)?;
        read(&section).map_err(|fault| SectionKind::Personas.refuse(fault))
    }
}

fn read(section: &Section) -> Result<Personas, SectionFault> {
    let dimensions = read_dimensions(section)?;
    let width = dimensions.len();
    let shares: Column<F32> = section.values(SHARE)?;
    if !(1..=Personas::MOST).contains(&shares.len()) {
        return Err(wrong(SHARE, shares.len(), "there must be 1 to 64 personas"));
    }
    let centres: Column<F32> = section.exactly(CENTRE, shares.len() * width)?;
    let marks = section.indices(TRAITS, width)?;
    let marks_at = section.offsets(TRAITS_AT, shares.len(), marks.len())?;
    check_range(SHARE, &shares, 0.0, 1.0, "must be 0..=1")?;
    check_range(CENTRE, &centres, -1.0, 1.0, "must be -1..=1")?;
    if let Some(at) = marks.first_repeat(&marks_at, width, false) {
        return Err(wrong(TRAITS, at, "a trait that stands twice"));
    }
    let persona = |(place, share): (usize, &F32)| Persona {
        centre: centres[place * width..(place + 1) * width]
            .iter()
            .map(|value| value.get())
            .collect(),
        share: share.get(),
        traits: marks_at.range(place).map(|at| marks.get(at)).collect(),
    };
    Ok(Personas {
        all: shares.iter().enumerate().map(persona).collect(),
        space: TasteSpace::new(dimensions),
    })
}

/// The dimensions, whose traits ascend.
fn read_dimensions(section: &Section) -> Result<Vec<Dimension>, SectionFault> {
    let values = section.strings(VALUE, None)?;
    let kinds: Column<u8> = section.exactly(KIND, values.len())?;
    let means: Column<F32> = section.exactly(MEAN, values.len())?;
    let factors: Column<F32> = section.exactly(FACTOR, values.len())?;
    check_range(MEAN, &means, 0.0, 1.0, "must be 0..=1")?;
    check_range(
        FACTOR,
        &factors,
        0.0,
        Dimension::MAX_FACTOR,
        "must be 0..=1e6",
    )?;
    let mut dimensions: Vec<Dimension> = Vec::with_capacity(values.len());
    for row in 0..values.len() {
        let kind = TraitKind::ALL.get(usize::from(kinds[row]));
        let kind = *kind.ok_or_else(|| wrong(KIND, row, "must be 0 to 4"))?;
        let about = Trait {
            kind,
            value: values.get(row).to_owned(),
        };
        let named = match kind {
            TraitKind::Genre => about.value.parse::<Genre>().is_ok(),
            TraitKind::Decade => matches!(Period::parse(&about.value), Some(Period::Decade(_))),
            TraitKind::Keyword | TraitKind::Country | TraitKind::Language => {
                !about.value.is_empty()
            }
        };
        if !named {
            return Err(wrong(VALUE.1, row, "no value of its kind"));
        }
        if dimensions
            .last()
            .is_some_and(|before| before.about >= about)
        {
            return Err(wrong(VALUE.1, row, "traits must ascend without repeats"));
        }
        dimensions.push(Dimension {
            about,
            mean: means[row].get(),
            factor: factors[row].get(),
        });
    }
    Ok(dimensions)
}

fn check_range(
    tag: &'static str,
    column: &Column<F32>,
    least: f32,
    most: f32,
    rule: &'static str,
) -> Result<(), SectionFault> {
    let outside = |value: &F32| !(least..=most).contains(&value.get());
    match column.iter().position(outside) {
        Some(row) => Err(wrong(tag, row, rule)),
        None => Ok(()),
    }
}

/// Lays out the personas section. What breaks the rules of [`Personas`] gives a section that is
/// refused when it is opened.
pub fn write_personas(personas: &Personas) -> Vec<u8> {
    let dimensions = personas.space.dimensions();
    let floats =
        |values: &mut dyn Iterator<Item = f32>| -> Vec<F32> { values.map(F32::new).collect() };
    let mut writer = SectionWriter::new(SectionKind::Personas);
    let kinds: Vec<u8> = dimensions.iter().map(|d| d.about.kind as u8).collect();
    writer.values(KIND, &kinds);
    writer.strings(VALUE, dimensions.iter().map(|d| &d.about.value));
    writer.values(MEAN, &floats(&mut dimensions.iter().map(|d| d.mean)));
    writer.values(FACTOR, &floats(&mut dimensions.iter().map(|d| d.factor)));
    let all = &personas.all;
    writer.values(SHARE, &floats(&mut all.iter().map(|p| p.share)));
    let centres = &mut all.iter().flat_map(|p| p.centre.iter().copied());
    writer.values(CENTRE, &floats(centres));
    writer.offsets(TRAITS_AT, all.iter().map(|p| p.traits.len()));
    let marks: Vec<u32> = all.iter().flat_map(|p| p.traits.iter().copied()).collect();
    writer.indices(TRAITS, dimensions.len(), &marks);
    writer.finish()
}
