//! Objects that must be written as objects: a derived `Deserialize` would take an array in their place.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// For `#[serde(deserialize_with)]`.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Object::deserialize(from).map(|Object(value)| value)
}

/// As [`object`], where it may be null.
pub fn optional_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    let found = Option::<Object<T>>::deserialize(from)?;
    Ok(found.map(|Object(value)| value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Whole {
        #[serde(deserialize_with = "object")]
        part: Part,
        #[serde(default, deserialize_with = "optional_object")]
        other: Option<Part>,
    }

    #[derive(serde::Deserialize)]
    struct Part {
        first: Option<i64>,
    }

    #[test]
    fn an_array_does_not_stand_in_for_an_object() {
        for (json, good) in [
            (r#"{"part":{"first":1}}"#, true),
            (r#"{"part":{},"other":{"first":2}}"#, true),
            (r#"{"part":{},"other":null}"#, true),
            (r#"{"part":[1]}"#, false),
            (r#"{"part":{},"other":[1]}"#, false),
        ] {
            let parsed = serde_json::from_str::<Whole>(json);
            assert_eq!(parsed.is_ok(), good, "{json}");
            if let Ok(whole) = parsed {
                let first = whole.part.first.or(whole.other.and_then(|part| part.first));
                assert_eq!(first.is_some(), json.contains("first"), "{json}");
            }
        }
    }
}
