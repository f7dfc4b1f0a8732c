//! JSON in which an array never stands for an object. A derived `Deserialize` takes a list of values in place of a
//! struct, at any depth; the description of the API says object, and so does this.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Wraps a deserializer of JSON, and through it everything that is read below.
#[derive(Debug)]
pub struct Strict<T>(pub T);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Strict(visitor))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Strict(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(Strict(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Strict(visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, Strict(visitor))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_ignored_any(visitor)
    }

    // JSON says itself what it holds.
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier
    }
}

/// A struct's fields, where nothing but an object will do.
struct Fields<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        from.deserialize_map(Strict(self.0))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(from))
    }
}

/// What holds nothing is passed on as it is.
macro_rules! plain {
    ($($visit:ident $of:ty),+ $(,)?) => {
        $(fn $visit<E: serde::de::Error>(self, value: $of) -> Result<V::Value, E> {
            self.0.$visit(value)
        })+
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    plain! {
        visit_bool bool,
        visit_i64 i64,
        visit_u64 u64,
        visit_f64 f64,
        visit_str &str,
        visit_borrowed_str &'de str,
        visit_string String,
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict(from))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Strict(from))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Strict(seq))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Strict(data))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (name, variant) = self.0.variant_seed(seed)?;
        Ok((name, Strict(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(len, Strict(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.newtype_variant_seed(Fields(visitor))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Whole {
        part: Part,
        maybe: Option<Part>,
        boxed: Option<Box<Whole>>,
        list: Vec<Part>,
        named: BTreeMap<String, Part>,
        wrapped: Option<Wrapped>,
        choice: Option<Choice>,
        pair: Option<(i64, String)>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Part {
        first: Option<i64>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Wrapped(Part);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        Nothing,
        One(Part),
        Two(i64, i64),
        Three { first: i64 },
    }

    fn strictly(json: &str) -> Result<Whole, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(json);
        Whole::deserialize(Strict(&mut reader))
    }

    #[test]
    fn an_array_stands_for_an_object_nowhere() {
        for json in [
            r#"[]"#,
            r#"[{"first":1}]"#,
            r#"{"part":[1]}"#,
            r#"{"maybe":[1]}"#,
            r#"{"maybe":[null]}"#,
            r#"{"boxed":[[1]]}"#,
            r#"{"boxed":{"part":[1]}}"#,
            r#"{"list":[[1]]}"#,
            r#"{"list":[{"first":1},[1]]}"#,
            r#"{"named":{"a":[1]}}"#,
            r#"{"wrapped":[1]}"#,
            r#"{"choice":{"one":[1]}}"#,
            r#"{"choice":{"three":[1]}}"#,
        ] {
            let lax = serde_json::from_str::<Whole>(json);
            assert!(lax.is_ok(), "{json} shows nothing");
            let why = strictly(json).expect_err(json);
            assert!(why.is_data(), "{json} {why}");
        }
    }

    #[test]
    fn what_is_right_is_read_as_before() {
        for json in [
            r#"{}"#,
            r#"{"part":{}}"#,
            r#"{"part":{"first":-1},"maybe":null}"#,
            r#"{"maybe":{"first":9223372036854775807},"boxed":{"maybe":{}}}"#,
            r#"{"list":[],"named":{}}"#,
            r#"{"list":[{"first":1},{}],"named":{"甲":{"first":null}}}"#,
            r#"{"wrapped":{"first":1},"pair":[1,"\u7532"]}"#,
            r#"{"choice":"nothing"}"#,
            r#"{"choice":{"one":{"first":1}}}"#,
            r#"{"choice":{"two":[1,2]}}"#,
            r#"{"choice":{"three":{"first":1}}}"#,
        ] {
            let read = strictly(json).expect(json);
            let lax: Whole = serde_json::from_str(json).expect(json);
            assert_eq!(read, lax, "{json}");
        }
        for json in [
            "",
            "{",
            r#"{"part":1}"#,
            r#"{"part":{"first":1.5}}"#,
            r#"{"x":1}"#,
        ] {
            let (strict, lax) = (strictly(json), serde_json::from_str::<Whole>(json));
            let (strict, lax) = (strict.expect_err(json), lax.expect_err(json));
            assert_eq!(strict.classify(), lax.classify(), "{json}");
        }
    }
}
