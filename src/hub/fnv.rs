//! A hash that stays what it is.

/// FNV-1a of 128 bits. It is the same over restarts and versions, which the standard library's hashers do not promise; and
/// it keeps apart what differs by chance, not what is made to collide.
#[derive(Clone, Debug)]
pub struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Self {
        Self::new()
    }
}

impl Fnv {
    const PRIME: u128 = (1 << 88) + 0x13b;

    /// The hash of nothing.
    pub const fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    /// Takes bytes in.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(Self::PRIME);
        }
    }

    /// Takes a text in, and how long it is: two texts are not the same as one.
    pub fn text(&mut self, text: &str) {
        self.bytes(&(text.len() as u64).to_le_bytes());
        self.bytes(text.as_bytes());
    }

    /// The hash of what was taken in.
    pub const fn value(&self) -> u128 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_one() {
        // The test vector of the authors of FNV.
        let mut hash = Fnv::new();
        hash.bytes(b"foobar");
        assert_eq!(hash.value(), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }
}
