//! Any `Serialize` type as data: structs become dicts, enums what serde_json makes of them.

use super::data::Data;
use super::error::Error;
use serde::ser::{self, Serialize};
use std::fmt::Display;

/// Converts a serializable value.
///
/// # Errors
///
/// The type's own `Serialize` failed.
///
/// ```
/// use acoro::{Data, to_data};
///
/// assert_eq!(to_data(&(1, "a"))?, Data::Tuple(vec![Data::Int(1), Data::Str("a".into())]));
/// # Ok::<(), acoro::Error>(())
/// ```
pub fn to_data<T: Serialize + ?Sized>(value: &T) -> Result<Data, Error> {
    value.serialize(Writer)
}

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Error::conversion(message.to_string())
    }
}

/// Makes one `Data`.
struct Writer;

/// Collects what a sequence holds.
struct Items {
    variant: Option<&'static str>,
    tuple: bool,
    items: Vec<Data>,
}

/// Collects what a map or struct holds.
struct Pairs {
    variant: Option<&'static str>,
    key: Data,
    pairs: Vec<(Data, Data)>,
}

fn key(name: &str) -> Data {
    Data::Str(name.to_owned())
}

/// `{variant: data}`, or the data itself.
fn tagged(variant: Option<&'static str>, data: Data) -> Data {
    match variant {
        Some(name) => Data::Dict(vec![(key(name), data)]),
        None => data,
    }
}

macro_rules! numbers {
    ($($method:ident: $int:ty),+) => {$(
        fn $method(self, value: $int) -> Result<Data, Error> {
            Ok(match i64::try_from(value) {
                Ok(small) => Data::Int(small),
                Err(_) => Data::BigInt(value.into()),
            })
        }
    )+};
}

impl ser::Serializer for Writer {
    type Ok = Data;
    type Error = Error;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Pairs;
    type SerializeStruct = Pairs;
    type SerializeStructVariant = Pairs;

    numbers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    );

    fn serialize_bool(self, value: bool) -> Result<Data, Error> {
        Ok(Data::Bool(value))
    }
    fn serialize_f32(self, value: f32) -> Result<Data, Error> {
        Ok(Data::Float(value.into()))
    }
    fn serialize_f64(self, value: f64) -> Result<Data, Error> {
        Ok(Data::Float(value))
    }
    fn serialize_char(self, value: char) -> Result<Data, Error> {
        Ok(Data::Str(value.to_string()))
    }
    fn serialize_str(self, value: &str) -> Result<Data, Error> {
        Ok(key(value))
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<Data, Error> {
        Ok(Data::Bytes(value.to_vec()))
    }
    fn serialize_none(self) -> Result<Data, Error> {
        Ok(Data::None)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Data, Error> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<Data, Error> {
        Ok(Data::None)
    }
    fn serialize_unit_struct(self, _name: &'static str) -> Result<Data, Error> {
        Ok(Data::None)
    }
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _at: u32,
        variant: &'static str,
    ) -> Result<Data, Error> {
        Ok(key(variant))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Data, Error> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _at: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Data, Error> {
        Ok(tagged(Some(variant), value.serialize(Writer)?))
    }
    fn serialize_seq(self, length: Option<usize>) -> Result<Items, Error> {
        Ok(Items::new(None, false, length))
    }
    fn serialize_tuple(self, length: usize) -> Result<Items, Error> {
        Ok(Items::new(None, true, Some(length)))
    }
    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Items, Error> {
        Ok(Items::new(None, true, Some(length)))
    }
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _at: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Items, Error> {
        Ok(Items::new(Some(variant), true, Some(length)))
    }
    fn serialize_map(self, _length: Option<usize>) -> Result<Pairs, Error> {
        Ok(Pairs::new(None))
    }
    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Pairs, Error> {
        Ok(Pairs::new(None))
    }
    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _at: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Pairs, Error> {
        Ok(Pairs::new(Some(variant)))
    }
}

impl Items {
    fn new(variant: Option<&'static str>, tuple: bool, length: Option<usize>) -> Self {
        Self {
            variant,
            tuple,
            // The length is the type's claim.
            items: Vec::with_capacity(length.unwrap_or(0).min(1024)),
        }
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.items.push(value.serialize(Writer)?);
        Ok(())
    }

    fn finish(self) -> Result<Data, Error> {
        let data = if self.tuple {
            Data::Tuple(self.items)
        } else {
            Data::List(self.items)
        };
        Ok(tagged(self.variant, data))
    }
}

impl Pairs {
    fn new(variant: Option<&'static str>) -> Self {
        Self {
            variant,
            key: Data::None,
            pairs: Vec::new(),
        }
    }

    fn push<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.pairs.push((key(name), value.serialize(Writer)?));
        Ok(())
    }

    fn finish(self) -> Result<Data, Error> {
        Ok(tagged(self.variant, Data::Dict(self.pairs)))
    }
}

macro_rules! sequences {
    ($($name:ident::$method:ident),+) => {$(
        impl ser::$name for Items {
            type Ok = Data;
            type Error = Error;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.push(value)
            }
            fn end(self) -> Result<Data, Error> {
                self.finish()
            }
        }
    )+};
}

sequences!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! structs {
    ($($name:ident),+) => {$(
        impl ser::$name for Pairs {
            type Ok = Data;
            type Error = Error;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.push(name, value)
            }
            fn end(self) -> Result<Data, Error> {
                self.finish()
            }
        }
    )+};
}

structs!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Pairs {
    type Ok = Data;
    type Error = Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = key.serialize(Writer)?;
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        self.pairs.push((key, value.serialize(Writer)?));
        Ok(())
    }
    fn end(self) -> Result<Data, Error> {
        self.finish()
    }
}
