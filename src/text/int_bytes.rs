//! Integers as bytes: `int.to_bytes` and `int.from_bytes`.

use num_bigint::{BigInt, Sign};
use num_traits::Zero as _;

use super::{Int, IntRef, TextError};

/// The order of an integer's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The lowest byte first.
    Little,
    /// The highest byte first.
    Big,
}

impl ByteOrder {
    /// The `byteorder` argument of `to_bytes` and `from_bytes`.
    ///
    /// # Errors
    /// `ValueError` for another word.
    pub fn parse(name: &str) -> Result<Self, TextError> {
        match name {
            "little" => Ok(Self::Little),
            "big" => Ok(Self::Big),
            _ => Err(TextError::value(
                "byteorder must be either 'little' or 'big'",
            )),
        }
    }
}

/// `value.to_bytes(length, order, signed=signed)`. The caller refuses a negative length
/// ("length argument must be non-negative").
///
/// # Errors
/// `OverflowError` when the value does not fit.
pub fn int_to_bytes(
    value: IntRef<'_>,
    length: usize,
    order: ByteOrder,
    signed: bool,
) -> Result<Vec<u8>, TextError> {
    if value.is_negative() && !signed {
        return Err(TextError::overflow(
            "can't convert negative int to unsigned",
        ));
    }
    let big = value.to_big();
    let mut bytes = if signed {
        big.to_signed_bytes_le()
    } else {
        big.to_bytes_le().1
    };
    let filler = if value.is_negative() { 0xff } else { 0 };
    // Zero needs no byte, and CPython gives minus one none either when it is asked for none.
    if big.is_zero() || (length == 0 && value.is_negative() && bytes == [0xff]) {
        bytes.clear();
    }
    if bytes.len() > length {
        return Err(TextError::overflow("int too big to convert"));
    }
    bytes.resize(length, filler);
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    Ok(bytes)
}

/// `int.from_bytes(bytes, order, signed=signed)`.
pub fn int_from_bytes(bytes: &[u8], order: ByteOrder, signed: bool) -> Int {
    let value = match (order, signed) {
        (ByteOrder::Little, false) => BigInt::from_bytes_le(Sign::Plus, bytes),
        (ByteOrder::Big, false) => BigInt::from_bytes_be(Sign::Plus, bytes),
        (ByteOrder::Little, true) => BigInt::from_signed_bytes_le(bytes),
        (ByteOrder::Big, true) => BigInt::from_signed_bytes_be(bytes),
    };
    value.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes() {
        use ByteOrder::{Big, Little};
        let to = |value: i64, length, order, signed| {
            int_to_bytes(IntRef::Small(value), length, order, signed).map_err(|e| e.message)
        };
        assert_eq!(to(0, 0, Big, false), Ok(vec![]));
        assert_eq!(to(1000, 2, Big, false), Ok(vec![3, 232]));
        assert_eq!(to(1000, 3, Little, false), Ok(vec![232, 3, 0]));
        assert_eq!(to(-1, 0, Big, true), Ok(vec![]));
        assert_eq!(to(-2, 0, Big, true), Err("int too big to convert".into()));
        assert_eq!(to(-128, 1, Big, true), Ok(vec![128]));
        assert_eq!(to(128, 1, Big, true), Err("int too big to convert".into()));
        assert_eq!(to(255, 1, Big, false), Ok(vec![255]));
        assert_eq!(
            to(-1, 1, Big, false),
            Err("can't convert negative int to unsigned".into())
        );
        assert_eq!(int_from_bytes(&[255, 0], Big, true), Int::Small(-256));
        assert_eq!(int_from_bytes(&[255, 0], Little, true), Int::Small(255));
        assert_eq!(int_from_bytes(&[], Little, true), Int::Small(0));
    }
}
