//! `Data` itself in any serde format, and serde types as arguments and results of host functions.

use super::convert::{FromScript, IntoScript};
use super::data::Data;
use super::error::Exception;
use super::{from_data, to_data};
use num_bigint::BigInt;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap, SerializeTuple, Serializer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A serde type as a host function's argument or result, or as a program's result.
///
/// ```
/// use acoro::{Engine, Serde};
///
/// #[derive(serde::Deserialize)]
/// struct Point {
///     x: i64,
///     y: i64,
/// }
///
/// let engine = Engine::builder().function("area", |Serde(p): Serde<Point>| p.x * p.y).build();
/// assert_eq!(engine.session().run::<i64>("area({'x': 6, 'y': 7})")?, 42);
/// # Ok::<(), acoro::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Serde<T>(pub T);

impl<T: DeserializeOwned> FromScript for Serde<T> {
    fn from_script(data: Data) -> Result<Self, Exception> {
        match from_data(data) {
            Ok(value) => Ok(Serde(value)),
            Err(error) => Err(Exception::new("TypeError", error.to_string())),
        }
    }
}

impl<T: Serialize> IntoScript for Serde<T> {
    fn into_script(self) -> Result<Data, Exception> {
        to_data(&self.0).map_err(|error| Exception::new("TypeError", error.to_string()))
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Data::None => serializer.serialize_unit(),
            Data::Bool(value) => serializer.serialize_bool(*value),
            Data::Int(value) => serializer.serialize_i64(*value),
            Data::BigInt(value) => match (u64::try_from(value), i128::try_from(value)) {
                (Ok(value), _) => serializer.serialize_u64(value),
                (_, Ok(value)) => serializer.serialize_i128(value),
                (Err(_), Err(_)) => Err(S::Error::custom("int does not fit into 128 bits")),
            },
            Data::Float(value) => serializer.serialize_f64(*value),
            Data::Str(text) => serializer.serialize_str(text),
            Data::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Data::List(items) | Data::Set(items) => serializer.collect_seq(items),
            Data::Tuple(items) => {
                let mut tuple = serializer.serialize_tuple(items.len())?;
                items
                    .iter()
                    .try_for_each(|item| tuple.serialize_element(item))?;
                tuple.end()
            }
            Data::Dict(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                pairs
                    .iter()
                    .try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Data::Other { type_name, .. } => Err(S::Error::custom(format!(
                "a '{type_name}' object is no plain data"
            ))),
        }
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

fn int(value: impl TryInto<i64> + Into<BigInt> + Copy) -> Data {
    match value.try_into() {
        Ok(small) => Data::Int(small),
        Err(_) => Data::BigInt(value.into()),
    }
}

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain data")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Int(value))
    }
    fn visit_i128<E>(self, value: i128) -> Result<Data, E> {
        Ok(int(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Data, E> {
        Ok(int(value))
    }
    fn visit_u128<E>(self, value: u128) -> Result<Data, E> {
        Ok(int(value))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
        Ok(Data::Float(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Data, E> {
        Ok(Data::Str(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Data, E> {
        Ok(Data::Str(value))
    }
    fn visit_bytes<E>(self, value: &[u8]) -> Result<Data, E> {
        Ok(Data::Bytes(value.to_vec()))
    }
    fn visit_byte_buf<E>(self, value: Vec<u8>) -> Result<Data, E> {
        Ok(Data::Bytes(value))
    }
    fn visit_none<E>(self) -> Result<Data, E> {
        Ok(Data::None)
    }
    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::None)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        Data::deserialize(deserializer)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        Data::deserialize(deserializer)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Data, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Data::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Data, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = access.next_entry()? {
            pairs.push(pair);
        }
        Ok(Data::Dict(pairs))
    }
}
