//! Typed columns of a section, used in place.

use std::marker::PhantomData;
use std::ops::{Deref, Range};

use bytes::Bytes;
use bytestring::ByteString;
use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A plain value that can stand in a column.
pub(super) trait Value:
    FromBytes + IntoBytes + KnownLayout + Immutable + Unaligned + Copy
{
}
impl<T: FromBytes + IntoBytes + KnownLayout + Immutable + Unaligned + Copy> Value for T {}

/// Values used in place.
#[derive(Clone, Debug)]
pub(super) struct Column<T> {
    bytes: Bytes,
    values: PhantomData<T>,
}

impl<T: Value> Column<T> {
    /// A whole number of values; the directory sees to it.
    pub(super) fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            values: PhantomData,
        }
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

impl<T: Value> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match <[T]>::ref_from_bytes(&self.bytes) {
            Ok(values) => values,
            Err(_) => unreachable!("the directory holds whole values only"),
        }
    }
}

/// Row boundaries in a column of values: at least one offset, the first 0, ascending.
#[derive(Clone, Debug)]
pub(super) struct Offsets(pub(super) Column<U32>);

impl Offsets {
    pub(super) fn rows(&self) -> usize {
        self.0.len() - 1
    }

    /// Where row `row` lies.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        let offsets = &self.0[row..row + 2];
        offsets[0].get() as usize..offsets[1].get() as usize
    }

    /// Where every row lies, in order.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.0
            .windows(2)
            .map(|w| w[0].get() as usize..w[1].get() as usize)
    }

    /// The first row without a value.
    pub(super) fn first_empty(&self) -> Option<usize> {
        self.0.windows(2).position(|w| w[0] == w[1])
    }
}

/// Strings used in place.
#[derive(Clone, Debug)]
pub(super) struct Strings {
    pub(super) text: ByteString,
    pub(super) offsets: Offsets,
}

impl Strings {
    pub(super) fn len(&self) -> usize {
        self.offsets.rows()
    }

    pub(super) fn get(&self, row: usize) -> &str {
        &self.text[self.offsets.range(row)]
    }

    /// The first string that is not greater than the one before it.
    pub(super) fn first_not_ascending(&self) -> Option<usize> {
        let text = self.text.as_bytes();
        let mut previous: Option<&[u8]> = None;
        self.offsets.ranges().position(|range| {
            let string = &text[range];
            previous
                .replace(string)
                .is_some_and(|previous| previous >= string)
        })
    }
}

/// Indices of two or four bytes, all checked against their limit.
#[derive(Clone, Debug)]
pub(super) enum Indices {
    Narrow(Column<U16>),
    Wide(Column<U32>),
}

impl Indices {
    /// Bytes an index below `limit` takes.
    pub(super) fn width(limit: usize) -> u32 {
        if limit <= 1 << 16 { 2 } else { 4 }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Narrow(column) => column.len(),
            Self::Wide(column) => column.len(),
        }
    }

    pub(super) fn get(&self, at: usize) -> u32 {
        match self {
            Self::Narrow(column) => u32::from(column[at].get()),
            Self::Wide(column) => column[at].get(),
        }
    }

    /// The first index that is not below `limit`.
    pub(super) fn first_beyond(&self, limit: usize) -> Option<usize> {
        // Looking at every value is faster than stopping at the first wrong one; only a broken
        // column is searched.
        let last = limit.checked_sub(1);
        let any = match (self, last) {
            (_, None) => self.len() > 0,
            (Self::Narrow(column), Some(last)) => u16::try_from(last)
                .is_ok_and(|last| column.iter().fold(false, |any, v| any | (v.get() > last))),
            (Self::Wide(column), Some(last)) => u32::try_from(last)
                .is_ok_and(|last| column.iter().fold(false, |any, v| any | (v.get() > last))),
        };
        any.then(|| (0..self.len()).find(|at| self.get(*at) as usize >= limit))
            .flatten()
    }

    /// The first place where a list holds an index that stands before it in the same list. All
    /// indices are below `limit`. With `own` a list's own row counts as standing before it.
    pub(super) fn first_repeat(&self, lists: &Offsets, limit: usize, own: bool) -> Option<usize> {
        match self {
            Self::Narrow(column) => {
                first_repeat(column, |v| usize::from(v.get()), lists, limit, own)
            }
            Self::Wide(column) => first_repeat(column, |v| v.get() as usize, lists, limit, own),
        }
    }

    /// The first place where a list's index is not greater than the one before it.
    pub(super) fn first_not_ascending(&self, lists: &Offsets) -> Option<usize> {
        match self {
            Self::Narrow(column) => {
                first_pair(column, lists, |before, after| before.get() >= after.get())
            }
            Self::Wide(column) => {
                first_pair(column, lists, |before, after| before.get() >= after.get())
            }
        }
    }
}

fn first_repeat<T: Copy>(
    values: &[T],
    index: impl Fn(T) -> usize,
    lists: &Offsets,
    limit: usize,
    own: bool,
) -> Option<usize> {
    // Which list last held an index. Two bytes a list keep this in the fastest cache; the numbers
    // begin again when they run out.
    let mut held = vec![0u16; limit];
    let mut list = 0u16;
    for (row, range) in lists.ranges().enumerate() {
        list = list.checked_add(1).unwrap_or_else(|| {
            held.fill(0);
            1
        });
        if own {
            held[row] = list;
        }
        let start = range.start;
        let mut repeats = false;
        for value in &values[range.clone()] {
            let holder = &mut held[index(*value)];
            repeats |= *holder == list;
            *holder = list;
        }
        if repeats {
            let values = values[range].iter().map(|value| index(*value));
            let mut before = vec![false; limit];
            if own {
                before[row] = true;
            }
            let place = values
                .into_iter()
                .position(|value| std::mem::replace(&mut before[value], true));
            return place.map(|place| start + place);
        }
    }
    None
}

/// The second place of the first two neighbouring values of one list that `wrong` says are wrong.
pub(super) fn first_pair<T: Copy>(
    values: &[T],
    lists: &Offsets,
    wrong: impl Fn(T, T) -> bool,
) -> Option<usize> {
    lists.ranges().find_map(|range| {
        let list = &values[range.clone()];
        let later = list.get(1..)?;
        // Looking at every pair is faster than stopping at the first wrong one.
        let any = list
            .iter()
            .zip(later)
            .fold(false, |any, (before, after)| any | wrong(*before, *after));
        any.then(|| list.windows(2).position(|w| wrong(w[0], w[1])))
            .flatten()
            .map(|at| range.start + at + 1)
    })
}
