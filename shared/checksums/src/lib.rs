//! Stands in for the crate `crc-fast`, of which the AWS SDK uses three checksums.
//!
//! The crate itself brings the tables of every checksum that there is to whoever uses one: 700 KB of every
//! function's program that speaks to S3, which no archiver makes smaller. Here they are worked out four bits
//! at a time from tables of sixteen numbers. That is slower, and the functions compute none of them unless S3
//! requires it: what they read and write is verified by checksums of its own.
//!
//! The parameters are those of the catalogue of CRC algorithms
//! (<https://reveng.sourceforge.io/crc-catalogue/all.htm>), of which each algorithm's check value is tested.

/// Which checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrcAlgorithm {
    /// CRC-32/ISO-HDLC, which S3 calls CRC32.
    Crc32IsoHdlc,
    /// CRC-32/ISCSI, which S3 calls CRC32C.
    Crc32Iscsi,
    /// CRC-64/NVME, which S3 calls CRC64NVME.
    Crc64Nvme,
}

/// What four bits do to a checksum.
type Table = [u64; 16];

static ISO_HDLC: Table = table(0xEDB8_8320);
static ISCSI: Table = table(0x82F6_3B78);
static NVME: Table = table(0x9A6C_9329_AC4B_C9B5);

/// The table of a polynomial, whose lowest bit stands for the highest power.
const fn table(polynomial: u64) -> Table {
    let mut table = [0; 16];
    let mut value = 0;
    while value < 16 {
        let mut rest = value as u64;
        let mut bit = 0;
        while bit < 4 {
            rest = if rest & 1 == 1 {
                (rest >> 1) ^ polynomial
            } else {
                rest >> 1
            };
            bit += 1;
        }
        table[value] = rest;
        value += 1;
    }
    table
}

impl CrcAlgorithm {
    fn table(self) -> &'static Table {
        match self {
            Self::Crc32IsoHdlc => &ISO_HDLC,
            Self::Crc32Iscsi => &ISCSI,
            Self::Crc64Nvme => &NVME,
        }
    }

    /// What a checksum begins with, and what its bits are turned by in the end: ones, as many as it has bits.
    fn ones(self) -> u64 {
        match self {
            Self::Crc32IsoHdlc | Self::Crc32Iscsi => u64::from(u32::MAX),
            Self::Crc64Nvme => u64::MAX,
        }
    }
}

/// A checksum while it is worked out.
#[derive(Clone, Copy, Debug)]
pub struct Digest {
    algorithm: CrcAlgorithm,
    state: u64,
}

impl Digest {
    /// The checksum of nothing yet.
    pub fn new(algorithm: CrcAlgorithm) -> Self {
        Self {
            algorithm,
            state: algorithm.ones(),
        }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let table = self.algorithm.table();
        let step = |state: u64| (state >> 4) ^ table[(state & 0xF) as usize];
        for byte in bytes {
            self.state = step(step(self.state ^ u64::from(*byte)));
        }
    }

    /// The checksum of all that was added, in the lowest bits.
    pub fn finalize(&self) -> u64 {
        self.state ^ self.algorithm.ones()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checksum(algorithm: CrcAlgorithm, parts: &[&[u8]]) -> u64 {
        let mut digest = Digest::new(algorithm);
        for part in parts {
            digest.update(part);
        }
        digest.finalize()
    }

    #[test]
    fn check_values_are_those_of_the_catalogue_however_the_bytes_come() {
        for (algorithm, check) in [
            (CrcAlgorithm::Crc32IsoHdlc, 0xCBF4_3926),
            (CrcAlgorithm::Crc32Iscsi, 0xE306_9283),
            (CrcAlgorithm::Crc64Nvme, 0xAE8B_1486_0A79_9888),
        ] {
            assert_eq!(checksum(algorithm, &[b"123456789"]), check, "{algorithm:?}");
            let parts: [&[u8]; 4] = [b"1", b"", b"2345678", b"9"];
            assert_eq!(checksum(algorithm, &parts), check, "{algorithm:?}");
            assert_eq!(checksum(algorithm, &[]), 0, "{algorithm:?}");
        }
    }
}
