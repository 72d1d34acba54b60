//! What a collection has reached: a bit for each place of a slab.

/// The marks of one slab.
pub(super) struct Marked {
    bits: Vec<u64>,
}

impl Marked {
    /// No mark at any of so many places.
    pub(super) fn none_of(places: usize) -> Self {
        Self {
            bits: vec![0; places.div_ceil(64)],
        }
    }

    /// Marks a place; true if it was not marked before.
    #[inline]
    pub(super) fn mark(&mut self, place: u32) -> bool {
        let word = &mut self.bits[place as usize / 64];
        let bit = 1 << (place % 64);
        let first = *word & bit == 0;
        *word |= bit;
        first
    }

    /// Is the place marked?
    #[inline]
    pub(super) fn has(&self, place: u32) -> bool {
        self.bits[place as usize / 64] & (1 << (place % 64)) != 0
    }

    /// For each place, is it marked?
    pub(super) fn iter(&self) -> impl Iterator<Item = bool> {
        self.bits
            .iter()
            .flat_map(|&word| (0..64).map(move |at| word >> at & 1 != 0))
    }
}
