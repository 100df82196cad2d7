//! Mutations that keep a section a section: one column is changed and everything laid out again,
//! so that the rules behind header and directory are reached. Every other input is left to the
//! fuzzer's own mutations, for header and directory themselves.

use libfuzzer_sys::fuzzer_mutate;

use crate::checks::split;

const HEADER: usize = 32;
const ENTRY: usize = 40;

/// One column, however sound.
struct Column {
    tag: [u8; 16],
    width: usize,
    values: Vec<u8>,
}

/// Mutates one section in place and gives its new size.
pub fn section(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    if seed.is_multiple_of(4) {
        return fuzzer_mutate(data, size, max_size);
    }
    match changed(&data[..size], seed / 4) {
        Some(bytes) if bytes.len() <= max_size => {
            data[..bytes.len()].copy_from_slice(&bytes);
            bytes.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
}

/// Mutates one of the sections of a model in place and gives the new size of all.
pub fn model(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    if seed.is_multiple_of(8) {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut sections: Vec<Vec<u8>> = split(&data[..size]).iter().map(|s| s.to_vec()).collect();
    let count = sections.len().max(1);
    let section = sections.get_mut(seed as usize / 8 % count);
    let Some((section, other)) = section.and_then(|section| {
        let other = changed(section, seed / 32)?;
        Some((section, other))
    }) else {
        return fuzzer_mutate(data, size, max_size);
    };
    *section = other;
    let whole = sections.concat();
    if whole.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..whole.len()].copy_from_slice(&whole);
    whole.len()
}

/// The section with one column changed.
fn changed(bytes: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut columns = take_apart(bytes)?;
    let count = columns.len();
    let column = columns.get_mut(seed as usize % count.max(1))?;
    let size = column.values.len();
    let room = size * 2 + 64;
    column.values.resize(room, 0);
    let size = fuzzer_mutate(&mut column.values, size, room);
    column.values.truncate(size - size % column.width);
    if !(seed / 64).is_multiple_of(4) {
        tie(&mut columns);
    }
    Some(lay_out(&bytes[..HEADER], &columns))
}

fn take_apart(bytes: &[u8]) -> Option<Vec<Column>> {
    let number = |at: usize| -> Option<usize> {
        let field = bytes.get(at..at + 8)?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(field)).ok()
    };
    let count = usize::from(*bytes.get(24)?).min(64);
    (0..count)
        .map(|at| {
            let entry = HEADER + at * ENTRY;
            let start = number(entry + 16)?;
            let end = start.checked_add(number(entry + 24)?)?;
            Some(Column {
                tag: bytes.get(entry..entry + 16)?.try_into().ok()?,
                width: usize::from(*bytes.get(entry + 32)?).max(1),
                values: bytes.get(start..end)?.to_vec(),
            })
        })
        .collect()
}

/// Makes the last offset of every offsets column the number of the values it points into, which
/// the fuzzer would hardly ever hit on.
fn tie(columns: &mut [Column]) {
    let stem = |column: &Column| {
        let tag = String::from_utf8_lossy(&column.tag);
        let tag = tag.trim_end_matches('\0');
        tag.split('_').next().unwrap_or_default().to_owned()
    };
    for at in 0..columns.len() {
        let name = stem(&columns[at]);
        let values = columns
            .iter()
            .enumerate()
            .find(|(other, column)| *other != at && stem(column) == name)
            .map(|(_, column)| column.values.len() / column.width);
        if columns[at].tag.windows(4).any(|w| w == b"_at\0")
            && let Some(values) = values
            && let Some(last) = columns[at].values.last_chunk_mut::<4>()
        {
            *last = (values as u32).to_le_bytes();
        }
    }
}

fn lay_out(header: &[u8], columns: &[Column]) -> Vec<u8> {
    let mut bytes = header.to_vec();
    bytes.resize(HEADER + columns.len() * ENTRY, 0);
    for (at, column) in columns.iter().enumerate() {
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let start = bytes.len() as u64;
        bytes.extend_from_slice(&column.values);
        let entry = &mut bytes[HEADER + at * ENTRY..][..ENTRY];
        entry[..16].copy_from_slice(&column.tag);
        entry[16..24].copy_from_slice(&start.to_le_bytes());
        entry[24..32].copy_from_slice(&(column.values.len() as u64).to_le_bytes());
        entry[32..36].copy_from_slice(&(column.width as u32).to_le_bytes());
    }
    let length = bytes.len() as u64;
    bytes[16..24].copy_from_slice(&length.to_le_bytes());
    bytes
}
