//! Conversions between Rust types and scripts' values.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::data::Data;
use super::error::Exception;
use indexmap::IndexMap;
use num_bigint::BigInt;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Display;
use std::hash::{BuildHasher, Hash};

/// Types that a script's value can become: arguments of host functions, results of programs.
///
/// An `int` becomes any Rust integer it fits, and an `f64`; `None` becomes `Option::None` and `()`; any value becomes [`Data`].
/// What a lone surrogate of a str is in Rust, [`Data::Str`] says.
pub trait FromScript: Sized {
    /// Converts.
    ///
    /// # Errors
    ///
    /// What was expected and what was given, as a TypeError or OverflowError.
    fn from_script(data: Data) -> Result<Self, Exception>;
}

/// Types that become a script's value: results of host functions, arguments of calls. A `Result`'s error is raised: an
/// [`Exception`] as it is, any other error as a RuntimeError with its text.
pub trait IntoScript {
    /// Converts.
    ///
    /// # Errors
    ///
    /// The exception to raise instead.
    fn into_script(self) -> Result<Data, Exception>;
}

fn expected(what: &str, data: &Data) -> Exception {
    Exception::new(
        "TypeError",
        format!("expected {what}, got {}", data.type_name()),
    )
}

impl FromScript for Data {
    fn from_script(data: Data) -> Result<Self, Exception> {
        Ok(data)
    }
}

impl IntoScript for Data {
    fn into_script(self) -> Result<Data, Exception> {
        Ok(self)
    }
}

/// Any value is accepted, and dropped.
impl FromScript for () {
    fn from_script(_data: Data) -> Result<Self, Exception> {
        Ok(())
    }
}

impl IntoScript for () {
    fn into_script(self) -> Result<Data, Exception> {
        Ok(Data::None)
    }
}

impl FromScript for bool {
    fn from_script(data: Data) -> Result<Self, Exception> {
        match data {
            Data::Bool(value) => Ok(value),
            other => Err(expected("bool", &other)),
        }
    }
}

impl IntoScript for bool {
    fn into_script(self) -> Result<Data, Exception> {
        Ok(Data::Bool(self))
    }
}

macro_rules! integers {
    ($($int:ty),+) => {$(
        impl FromScript for $int {
            fn from_script(data: Data) -> Result<Self, Exception> {
                let fits = match &data {
                    Data::Bool(value) => Some(<$int>::from(*value)),
                    Data::Int(value) => <$int>::try_from(*value).ok(),
                    Data::BigInt(value) => <$int>::try_from(value.clone()).ok(),
                    other => return Err(expected("int", other)),
                };
                fits.ok_or_else(|| Exception::new("OverflowError", concat!("int does not fit into ", stringify!($int))))
            }
        }

        impl IntoScript for $int {
            fn into_script(self) -> Result<Data, Exception> {
                Ok(match i64::try_from(self) {
                    Ok(small) => Data::Int(small),
                    Err(_) => Data::BigInt(BigInt::from(self)),
                })
            }
        }
    )+};
}

integers!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);

impl FromScript for BigInt {
    fn from_script(data: Data) -> Result<Self, Exception> {
        match data {
            Data::Bool(value) => Ok(BigInt::from(u8::from(value))),
            Data::Int(value) => Ok(BigInt::from(value)),
            Data::BigInt(value) => Ok(value),
            other => Err(expected("int", &other)),
        }
    }
}

impl IntoScript for BigInt {
    fn into_script(self) -> Result<Data, Exception> {
        Ok(Data::BigInt(self))
    }
}

impl FromScript for f64 {
    fn from_script(data: Data) -> Result<Self, Exception> {
        match data {
            Data::Float(value) => Ok(value),
            Data::Int(value) => Ok(value as f64),
            Data::Bool(value) => Ok(f64::from(u8::from(value))),
            other => Err(expected("float", &other)),
        }
    }
}

impl IntoScript for f64 {
    fn into_script(self) -> Result<Data, Exception> {
        Ok(Data::Float(self))
    }
}

impl FromScript for f32 {
    fn from_script(data: Data) -> Result<Self, Exception> {
        f64::from_script(data).map(|value| value as f32)
    }
}

impl IntoScript for f32 {
    fn into_script(self) -> Result<Data, Exception> {
        Ok(Data::Float(f64::from(self)))
    }
}

impl FromScript for String {
    fn from_script(data: Data) -> Result<Self, Exception> {
        match data {
            Data::Str(text) => Ok(text),
            other => Err(expected("str", &other)),
        }
    }
}

impl IntoScript for String {
    fn into_script(self) -> Result<Data, Exception> {
        Ok(Data::Str(self))
    }
}

impl IntoScript for &str {
    fn into_script(self) -> Result<Data, Exception> {
        Ok(Data::Str(self.to_owned()))
    }
}

impl FromScript for char {
    fn from_script(data: Data) -> Result<Self, Exception> {
        if let Data::Str(text) = &data {
            let mut chars = text.chars();
            if let (Some(only), None) = (chars.next(), chars.next()) {
                return Ok(only);
            }
        }
        Err(expected("a str of one character", &data))
    }
}

impl IntoScript for char {
    fn into_script(self) -> Result<Data, Exception> {
        Ok(Data::Str(self.to_string()))
    }
}

impl<T: FromScript> FromScript for Option<T> {
    fn from_script(data: Data) -> Result<Self, Exception> {
        match data {
            Data::None => Ok(None),
            other => T::from_script(other).map(Some),
        }
    }
}

impl<T: IntoScript> IntoScript for Option<T> {
    fn into_script(self) -> Result<Data, Exception> {
        self.map_or(Ok(Data::None), T::into_script)
    }
}

impl<T: IntoScript, E: Display + 'static> IntoScript for Result<T, E> {
    fn into_script(self) -> Result<Data, Exception> {
        match self {
            Ok(value) => value.into_script(),
            Err(error) => {
                let message = error.to_string();
                let any: Box<dyn std::any::Any> = Box::new(error);
                Err(match any.downcast::<Exception>() {
                    Ok(exception) => *exception,
                    Err(_) => Exception::new("RuntimeError", message),
                })
            }
        }
    }
}

/// Lists, tuples and sets become a `Vec`.
impl<T: FromScript> FromScript for Vec<T> {
    fn from_script(data: Data) -> Result<Self, Exception> {
        match data {
            Data::List(items) | Data::Tuple(items) | Data::Set(items) => {
                items.into_iter().map(T::from_script).collect()
            }
            // `Vec<u8>` takes bytes; for other types their items don't fit.
            Data::Bytes(bytes) => bytes
                .into_iter()
                .map(|byte| T::from_script(Data::Int(byte.into())))
                .collect(),
            other => Err(expected("list", &other)),
        }
    }
}

impl<T: IntoScript> IntoScript for Vec<T> {
    fn into_script(self) -> Result<Data, Exception> {
        self.into_iter()
            .map(T::into_script)
            .collect::<Result<_, _>>()
            .map(Data::List)
    }
}

impl<T: IntoScript, const N: usize> IntoScript for [T; N] {
    fn into_script(self) -> Result<Data, Exception> {
        self.into_iter()
            .map(T::into_script)
            .collect::<Result<_, _>>()
            .map(Data::List)
    }
}

fn pairs(data: Data) -> Result<Vec<(Data, Data)>, Exception> {
    match data {
        Data::Dict(pairs) => Ok(pairs),
        other => Err(expected("dict", &other)),
    }
}

fn dict<K: IntoScript, V: IntoScript>(
    pairs: impl Iterator<Item = (K, V)>,
) -> Result<Data, Exception> {
    pairs
        .map(|(key, value)| Ok((key.into_script()?, value.into_script()?)))
        .collect::<Result<_, _>>()
        .map(Data::Dict)
}

macro_rules! maps {
    ($($map:ident<$key:ident: $($bound:ident),+ $(; $state:ident)?>),+) => {$(
        impl<$key: FromScript + $($bound +)+, V: FromScript, $($state: BuildHasher + Default)?> FromScript
            for $map<$key, V $(, $state)?>
        {
            fn from_script(data: Data) -> Result<Self, Exception> {
                pairs(data)?
                    .into_iter()
                    .map(|(key, value)| Ok((K::from_script(key)?, V::from_script(value)?)))
                    .collect()
            }
        }

        impl<$key: IntoScript, V: IntoScript $(, $state)?> IntoScript for $map<$key, V $(, $state)?> {
            fn into_script(self) -> Result<Data, Exception> {
                dict(self.into_iter())
            }
        }
    )+};
}

maps!(HashMap<K: Eq, Hash; S>, IndexMap<K: Eq, Hash; S>, BTreeMap<K: Ord>);

macro_rules! sets {
    ($($set:ident<$key:ident: $($bound:ident),+ $(; $state:ident)?>),+) => {$(
        impl<$key: FromScript + $($bound +)+ $(, $state: BuildHasher + Default)?> FromScript for $set<$key $(, $state)?> {
            fn from_script(data: Data) -> Result<Self, Exception> {
                match data {
                    Data::Set(items) => items.into_iter().map(K::from_script).collect(),
                    other => Err(expected("set", &other)),
                }
            }
        }

        impl<$key: IntoScript $(, $state)?> IntoScript for $set<$key $(, $state)?> {
            fn into_script(self) -> Result<Data, Exception> {
                self.into_iter().map(K::into_script).collect::<Result<_, _>>().map(Data::Set)
            }
        }
    )+};
}

sets!(HashSet<K: Eq, Hash; S>, BTreeSet<K: Ord>);

macro_rules! tuples {
    ($($count:literal: $($item:ident)+;)+) => {$(
        impl<$($item: FromScript),+> FromScript for ($($item,)+) {
            fn from_script(data: Data) -> Result<Self, Exception> {
                let items = match data {
                    Data::Tuple(items) | Data::List(items) if items.len() == $count => items,
                    Data::Tuple(items) | Data::List(items) => {
                        let message = format!("expected {} items, got {}", $count, items.len());
                        return Err(Exception::new("ValueError", message));
                    }
                    other => return Err(expected("tuple", &other)),
                };
                let mut items = items.into_iter();
                Ok(($($item::from_script(items.next().unwrap_or_default())?,)+))
            }
        }

        impl<$($item: IntoScript),+> IntoScript for ($($item,)+) {
            #[expect(non_snake_case, reason = "the type parameters name the items")]
            fn into_script(self) -> Result<Data, Exception> {
                let ($($item,)+) = self;
                Ok(Data::Tuple(vec![$($item.into_script()?),+]))
            }
        }

        impl<$($item: IntoScript),+> Arguments for ($($item,)+) {
            #[expect(non_snake_case, reason = "the type parameters name the items")]
            fn into_arguments(self) -> Result<Vec<Data>, Exception> {
                let ($($item,)+) = self;
                Ok(vec![$($item.into_script()?),+])
            }
        }
    )+};
}

tuples! {
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
}

/// The arguments of a call from the host: `()`, a tuple of up to six values of different types, or a `Vec` of [`Data`].
pub trait Arguments {
    /// Converts.
    ///
    /// # Errors
    ///
    /// As [`IntoScript::into_script`].
    fn into_arguments(self) -> Result<Vec<Data>, Exception>;
}

impl Arguments for () {
    fn into_arguments(self) -> Result<Vec<Data>, Exception> {
        Ok(Vec::new())
    }
}

impl Arguments for Vec<Data> {
    fn into_arguments(self) -> Result<Vec<Data>, Exception> {
        Ok(self)
    }
}
