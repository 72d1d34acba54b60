//! Data as any `Deserialize` type: the reverse of `serde_write`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::data::Data;
use super::error::Error;
use num_traits::ToPrimitive;
use serde::de::{self, DeserializeOwned, IntoDeserializer, Visitor};
use std::fmt::Display;

/// Converts to a deserializable type.
///
/// # Errors
///
/// The data is not what the type expects.
///
/// ```
/// use acoro::{Data, from_data};
///
/// let pair: (i64, String) = from_data(Data::List(vec![Data::Int(1), Data::Str("a".into())]))?;
/// assert_eq!(pair, (1, "a".to_owned()));
/// # Ok::<(), acoro::Error>(())
/// ```
pub fn from_data<T: DeserializeOwned>(data: Data) -> Result<T, Error> {
    T::deserialize(Reader(data))
}

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Error::conversion(message.to_string())
    }
}

/// Reads one `Data`.
struct Reader(Data);

impl IntoDeserializer<'_, Error> for Reader {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Reader {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Data::None => visitor.visit_unit(),
            Data::Bool(value) => visitor.visit_bool(value),
            Data::Int(value) => visitor.visit_i64(value),
            Data::BigInt(value) => match (value.to_u64(), value.to_i128(), value.to_u128()) {
                (Some(value), _, _) => visitor.visit_u64(value),
                (_, Some(value), _) => visitor.visit_i128(value),
                (_, _, Some(value)) => visitor.visit_u128(value),
                (None, None, None) => Err(Error::conversion("int does not fit into 128 bits")),
            },
            Data::Float(value) => visitor.visit_f64(value),
            Data::Str(text) => visitor.visit_string(text),
            Data::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Data::List(items) | Data::Tuple(items) | Data::Set(items) => visitor.visit_seq(
                de::value::SeqDeserializer::new(items.into_iter().map(Reader)),
            ),
            Data::Dict(pairs) => {
                let pairs = pairs
                    .into_iter()
                    .map(|(key, value)| (Reader(key), Reader(value)));
                visitor.visit_map(de::value::MapDeserializer::new(pairs))
            }
            Data::Other { type_name, .. } => Err(Error::conversion(format!(
                "a '{type_name}' object is no plain data"
            ))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Data::None => visitor.visit_none(),
            data => visitor.visit_some(Reader(data)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Data::Str(variant) => visitor.visit_enum(Variant(variant, None)),
            Data::Dict(mut pairs) if pairs.len() == 1 => match pairs.pop() {
                Some((Data::Str(variant), data)) => {
                    visitor.visit_enum(Variant(variant, Some(data)))
                }
                Some(_) | None => Err(Error::conversion("a variant's name is a str")),
            },
            other => {
                let message = format!(
                    "expected a variant: a str, or a dict with one key; got {}",
                    other.type_name()
                );
                Err(Error::conversion(message))
            }
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant's name, and what it holds.
struct Variant(String, Option<Data>);

impl<'de> de::EnumAccess<'de> for Variant {
    type Error = Error;
    type Variant = Content;
    fn variant_seed<S: de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Content), Error> {
        let name = seed.deserialize(Reader(Data::Str(self.0)))?;
        Ok((name, Content(self.1)))
    }
}

struct Content(Option<Data>);

impl Content {
    fn reader(self) -> Result<Reader, Error> {
        self.0
            .map(Reader)
            .ok_or_else(|| Error::conversion("the variant's content is missing"))
    }
}

impl<'de> de::VariantAccess<'de> for Content {
    type Error = Error;
    fn unit_variant(self) -> Result<(), Error> {
        match self.0 {
            None | Some(Data::None) => Ok(()),
            Some(_) => Err(Error::conversion("the variant holds nothing")),
        }
    }
    fn newtype_variant_seed<S: de::DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.reader()?)
    }
    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Error> {
        de::Deserializer::deserialize_any(self.reader()?, visitor)
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        de::Deserializer::deserialize_any(self.reader()?, visitor)
    }
}
